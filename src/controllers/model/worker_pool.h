// All workers: polls what each holds, runs the orders of each in its own queue, and tells when
// something changed. Nothing that one worker does delays another: orders wait behind their own
// worker only, and a worker that does not answer holds none of the places that all share.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/faults.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/notifier.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "controllers/model/worker_queue.h"
#include "worker/worker_client.h"

namespace dynamod::controllers::model {

struct WorkerPoolOptions {
  std::size_t orders_per_worker = 16;  // loads of different adapters a worker is asked for at once
  std::size_t orders_in_all = 1024;    // sockets and memory of this program
  Duration list_period = std::chrono::seconds(10);
  double list_spread = 0.2;  // jitter of the period
  // While more orders run, a list comes this long after the first change, and longer for a worker
  // that holds much; when none runs it comes at once.
  Duration list_after_change = std::chrono::milliseconds(100);
  Duration list_per_adapter = std::chrono::microseconds(100);
  Duration load_limit =
      std::chrono::hours(1);  // how long an unanswered load may go on at the worker
  RetryTimes retry;
};

class WorkerPool {
 public:
  // All outlive the pool.
  struct Services {
    Executor executor;
    Clock& clock;
    Rng& rng;
    Log& log;
    Metrics& metrics;
    Faults& faults;
    worker::WorkerClient& client;
  };

  // `names` changed on that worker; none means that its contact changed, which concerns every model
  // of its base.
  using OnChange =
      std::function<void(const WorkerIdentity& worker, const std::vector<std::string>& names)>;

  WorkerPool(Services services, WorkerPoolOptions options, OnChange on_change);
  ~WorkerPool();

  // Adds the worker or takes in a change of it; it is polled while it is callable.
  void set(WorkerIdentity identity);
  void remove(const std::string& pod_uid);

  // Connections worth keeping: as many as the workers may be asked at once.
  [[nodiscard]] std::size_t connections() const {
    return workers_.size() * options_.orders_per_worker;
  }

  [[nodiscard]] std::size_t size() const { return workers_.size(); }

  [[nodiscard]] bool contains(const std::string& pod_uid) const {
    return workers_.contains(pod_uid);
  }

  // Never waits. An order for a worker that is not here is dropped: the next plan does not name it.
  void submit(const std::string& pod_uid, AdapterOrder order);
  void show(const std::string& pod_uid, EndpointView& view,
            const std::vector<std::string>& names) const;

  // From now on no order is started; those that run go on.
  void close() { closed_ = true; }

  // Waits until no order runs, at most `limit`.
  Task<> drain(Duration limit);
  // Abandons what runs (the workers finish it) and waits for the end of all coroutines.
  Task<> stop();

 private:
  struct Worker;
  using WorkerPtr = std::shared_ptr<Worker>;

  Async<> poll(WorkerPtr worker);
  Async<> list_once(WorkerPtr worker);
  Async<> run_order(WorkerPtr worker, StartedOrder started);
  Task<worker::Outcome> carry_out(WorkerPtr worker, StartedOrder started);
  Async<> wait_no_order();
  void pump(const WorkerPtr& worker);
  void pump_starved();
  void count_worker(Worker& worker);
  void count_resident(Worker& worker);
  void report(const Worker& worker, const AdapterOrder& order, const worker::Outcome& outcome,
              Duration took);
  [[nodiscard]] SteadyTime next_list(const Worker& worker);
  [[nodiscard]] Duration list_pause(const Worker& worker) const;

  Services services_;
  WorkerPoolOptions options_;
  OnChange on_change_;
  std::map<std::string, WorkerPtr> workers_;   // by pod uid
  std::deque<std::weak_ptr<Worker>> starved_;  // have orders waiting for one of the shared places
  std::size_t in_all_ = 0;                     // orders in flight on workers that answer
  std::size_t orders_running_ = 0;             // orders in flight
  bool closed_ = false;
  struct OrderMetrics;
  std::unique_ptr<OrderMetrics> order_metrics_;
  GaugeMetric resident_metric_;
  Notifier order_ended_;
  TaskGroup polls_;
  TaskGroup orders_;
};

}  // namespace dynamod::controllers::model
