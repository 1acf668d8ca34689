// The loop around a Reconciler: takes keys from a WorkQueue, runs several at once (never one key
// twice at once), retries failures with back-off, measures and logs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "kube/metadata.h"
#include "runtime/work_queue.h"

namespace dynamod::runtime {

// When to look again without a change: nothing means only on a change.
struct Requeue {
  std::optional<Duration> after = {};
};

// Level-triggered: reads the world, never the event. Safe to run twice, safe to stop anywhere (it
// is cancelled).
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  // An Error is retried with back-off (after Error::retry_after at least). kCancelled is no
  // failure: the gate closed.
  [[nodiscard]] virtual Async<Requeue> reconcile(kube::ObjectKey key) = 0;
};

// What runs a controller; all of it outlives the controller.
struct ControllerServices {
  Executor executor;
  Clock& clock;
  Rng& rng;
  Log& log;
  Metrics& metrics;
};

struct ControllerOptions {
  std::string resource_type = {};  // "DynamoModel": label of the metrics
  // the object's name in log lines: "model" gives model=<namespace>/<name>
  std::string log_key = "object";
  unsigned concurrent = 16;  // reconciles at once
  Duration backoff_base = std::chrono::milliseconds(50);
  Duration backoff_max = std::chrono::seconds(30);
};

// Metrics: dynamo_operator_reconcile_duration_seconds, _reconcile_total, _reconcile_errors_total,
// as Dynamo's operator names them (labels resource_type, namespace, result: success requeue error;
// error_type).
class Controller {
 public:
  Controller(ControllerServices services, Reconciler& reconciler, ControllerOptions options);

  // Where changes go; may be used before start().
  [[nodiscard]] WorkQueue& queue() { return queue_; }

  void start();
  // Starts nothing new and waits for the reconciles that run, at most `limit`.
  Task<> drain(Duration limit);
  // Cancels the reconciles that run and waits for their end.
  Task<> stop();

 private:
  Async<> work();
  Async<> wait_until_quiet();
  void settle(const kube::ObjectKey& key, const Result<Requeue>& result, Duration took);
  void count(const std::string& ns, std::string_view result, Duration took);

  // Of one namespace and result: looking a metric up by its labels costs more than counting.
  struct Counts {
    CounterMetric reconciles;
    HistogramMetric duration;
  };

  ControllerServices services_;
  Reconciler& reconciler_;
  ControllerOptions options_;
  WorkQueue queue_;
  std::map<std::string, std::map<std::string_view, Counts>> counts_;
  Broadcast quiet_;
  TaskGroup tasks_;
};

}  // namespace dynamod::runtime
