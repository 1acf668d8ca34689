// Events for `kubectl describe`: events.k8s.io/v1, one object for each (object, type, reason,
// note), repeats counted in its series. Recording never waits and never fails: what waits is
// bounded, and writing is best effort, with retries.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "client/kube_client.h"
#include "kube/event.h"
#include "runtime/work_queue.h"

namespace dynamod::runtime {

// Events remembered for counting, written or not: more than thousands of models have in a
// series_end. Beyond it new events are dropped, and counted in dynamod_events_dropped_total.
inline constexpr std::size_t kEventSeriesMax = 8192;

enum class EventType : std::uint8_t { kNormal, kWarning };

struct EventRecorderOptions {
  std::string controller = {};  // reportingController: "dynamod.dev/operator"
  std::string instance = {};    // reportingInstance: the pod or host name
  // The least time between two writes of one series.
  Duration series_interval = std::chrono::seconds(30);
  // An event that did not repeat for this long starts a new object. The API server forgets events
  // after an hour.
  Duration series_end = std::chrono::minutes(10);
};

class EventRecorder {
 public:
  // All outlive the recorder. `client` goes through the leader's gate.
  struct Services {
    Executor executor;
    Clock& clock;
    Rng& rng;
    Log& log;
    Metrics& metrics;
    client::KubeClient& client;
  };

  EventRecorder(Services services, EventRecorderOptions options);
  ~EventRecorder();

  void start();
  // `action` is what was done or tried, in UpperCamelCase; the note is cut at kube::kEventNoteMax.
  // Events of cluster-scoped objects go to the namespace "default".
  void record(kube::ObjectReference regarding, EventType type, std::string reason, std::string note,
              std::string action = "Reconcile");
  // Waits until all that was recorded is written, at most `limit`.
  Task<> drain(Duration limit);
  Task<> stop();

 private:
  struct Series;
  using SeriesPtr = std::shared_ptr<Series>;

  Async<> work();
  Async<> write(SeriesPtr series);
  Async<> wait_written();
  void name_anew(Series& series);
  void settle(const SeriesPtr& series, const Result<>& result);
  void forget_old();

  Services services_;
  EventRecorderOptions options_;
  WorkQueue queue_;  // of names of event objects
  std::map<std::string, SeriesPtr> by_content_;
  std::map<kube::ObjectKey, SeriesPtr> by_name_;
  SteadyTime cleaned_at_{};
  CounterMetric dropped_;
  Broadcast written_;
  TaskGroup tasks_;
};

}  // namespace dynamod::runtime
