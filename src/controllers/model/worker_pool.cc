// Polling, order queues and the shared limit of the worker pool.
#include "controllers/model/worker_pool.h"

#include <algorithm>
#include <utility>

#include "base/with_timeout.h"

namespace dynamod::controllers::model {

namespace {

using Kind = worker::Outcome::Kind;

constexpr Duration kFirstListRetry = std::chrono::seconds(1);
constexpr unsigned kListDoublingsMax = 4;  // 1, 2, 4, 8, then the period

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

const char* word(AdapterTask task) {
  switch (task) {
    case AdapterTask::kLoad:
      return "load";
    case AdapterTask::kReload:
      return "reload";
    case AdapterTask::kUnload:
      return "unload";
  }
  return "load";
}

}  // namespace

struct WorkerPool::Worker {
  Worker(WorkerIdentity identity, const WorkerPoolOptions& options, Rng& rng, Executor executor)
      : queue(std::move(identity), options.retry, rng), wake(std::move(executor)) {}

  WorkerQueue queue;
  Notifier wake;              // its poller: something to look at now
  SteadyTime list_at{};       // when it is asked next
  std::size_t in_flight = 0;  // orders, those of earlier incarnations too
  std::size_t counted = 0;    // of them, how many hold a shared place
  std::size_t resident = 0;   // adapters in its last list, as the metric counts them
  bool removed = false;
};

// Of orders that succeeded, which come in thousands: looking a metric up by its labels costs more
// than counting.
struct WorkerPool::OrderMetrics {
  explicit OrderMetrics(Metrics& metrics)
      : loads(ended(metrics, AdapterTask::kLoad, "ok")),
        reloads(ended(metrics, AdapterTask::kReload, "ok")),
        unloads(ended(metrics, AdapterTask::kUnload, "ok")),
        load_seconds(metrics.histogram("dynamod_adapter_load_seconds",
                                       "How long a worker took to load an adapter.",
                                       {0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800})) {}

  static CounterMetric ended(Metrics& metrics, AdapterTask task, const char* result) {
    return metrics.counter("dynamod_adapter_orders_total",
                           "Loads, reloads and unloads that ended, by result.",
                           {{"task", word(task)}, {"result", result}});
  }

  void count(AdapterTask task, Duration took) {
    if (task == AdapterTask::kUnload) return unloads.add();
    (task == AdapterTask::kLoad ? loads : reloads).add();
    load_seconds.observe(seconds(took));
  }

  CounterMetric loads;
  CounterMetric reloads;
  CounterMetric unloads;
  HistogramMetric load_seconds;
};

WorkerPool::~WorkerPool() = default;

WorkerPool::WorkerPool(Services services, WorkerPoolOptions options, OnChange on_change)
    : services_(services),
      options_(options),
      on_change_(std::move(on_change)),
      order_metrics_(std::make_unique<OrderMetrics>(services.metrics)),
      resident_metric_(services.metrics.gauge(
          "dynamod_adapters_resident", "Adapters in the workers' last lists, ours and others.")),
      order_ended_(services.executor),
      polls_(services.executor),
      orders_(services.executor) {}

void WorkerPool::set(WorkerIdentity identity) {
  auto& worker = workers_[identity.pod_uid];
  if (!worker) {
    worker = std::make_shared<Worker>(identity, options_, services_.rng, services_.executor);
    worker->list_at = services_.clock.now();
    polls_.spawn("poll worker " + identity.pod_name, poll(worker));
    return;
  }
  if (worker->queue.identity() == identity) return;
  const bool was_callable = worker->queue.identity().callable;
  const bool reborn = worker->queue.update(std::move(identity));
  count_resident(*worker);
  if (!reborn && (was_callable || !worker->queue.identity().callable)) return;
  worker->list_at = services_.clock.now();
  worker->wake.notify();
}

void WorkerPool::remove(const std::string& pod_uid) {
  const auto place = workers_.find(pod_uid);
  if (place == workers_.end()) return;
  const WorkerPtr worker = place->second;
  workers_.erase(place);
  worker->removed = true;
  in_all_ -= worker->counted;
  worker->counted = 0;
  count_resident(*worker);
  worker->wake.notify();
  pump_starved();
}

void WorkerPool::submit(const std::string& pod_uid, AdapterOrder order) {
  const auto place = workers_.find(pod_uid);
  if (place == workers_.end()) return;
  place->second->queue.submit(std::move(order));
  pump(place->second);
}

void WorkerPool::show(const std::string& pod_uid, EndpointView& view,
                      const std::vector<std::string>& names) const {
  const auto place = workers_.find(pod_uid);
  if (place != workers_.end()) place->second->queue.show(view, names, services_.clock.now());
}

// Starts what may start on this worker.
void WorkerPool::pump(const WorkerPtr& worker) {
  if (closed_ || worker->removed || !worker->queue.identity().callable || !worker->queue.answers())
    return;
  while (worker->queue.has_waiting() && worker->queue.running() < options_.orders_per_worker) {
    if (in_all_ >= options_.orders_in_all) {
      starved_.push_back(worker);
      return;
    }
    auto started = worker->queue.start_next(services_.clock.now());
    if (!started) return;
    ++worker->in_flight;
    ++orders_running_;
    count_worker(*worker);
    const std::string name = std::string(word(started->order.task)) + " " + started->order.name;
    orders_.spawn(name, run_order(worker, *std::move(started)));
  }
}

void WorkerPool::pump_starved() {
  auto starved = std::exchange(starved_, {});
  for (const auto& weak : starved) {
    if (const WorkerPtr worker = weak.lock()) pump(worker);
  }
}

// A worker that does not answer may hang for an hour on each order: they take no shared place
// meanwhile, nor do unloads that others pass.
void WorkerPool::count_worker(Worker& worker) {
  const bool holds_places = !worker.removed && worker.queue.answers();
  const std::size_t counted = holds_places ? worker.in_flight - worker.queue.aside() : 0;
  in_all_ += counted;
  in_all_ -= worker.counted;
  worker.counted = counted;
}

void WorkerPool::count_resident(Worker& worker) {
  const std::size_t resident = worker.removed ? 0 : worker.queue.resident();
  resident_metric_.add(static_cast<double>(resident) - static_cast<double>(worker.resident));
  worker.resident = resident;
}

Async<> WorkerPool::run_order(WorkerPtr worker, StartedOrder started) {
  const SteadyTime began = services_.clock.now();
  const worker::Outcome outcome = co_await carry_out(worker, started);
  const SteadyTime now = services_.clock.now();
  --worker->in_flight;
  --orders_running_;
  const bool repaired = worker->queue.finish(started, outcome, now, options_.load_limit);
  count_worker(*worker);
  if (repaired) {
    services_.metrics
        .counter("dynamod_drift_repaired_total",
                 "Adapters that went from a worker by themselves and were loaded again.")
        .add();
  }
  report(*worker, started.order, outcome, now - began);
  // Idle: ask at once what is there now; busy: let some more come together first.
  const SteadyTime soon = worker->queue.running() == 0 ? now : now + list_pause(*worker);
  worker->list_at = std::min(worker->list_at, soon);
  worker->wake.notify();
  order_ended_.notify();
  pump(worker);
  pump_starved();
  co_return Result<>{};
}

Task<worker::Outcome> WorkerPool::carry_out(WorkerPtr worker, StartedOrder started) {
  const AdapterOrder& order = started.order;
  const Url address = worker->queue.identity().address;
  if (order.task != AdapterTask::kLoad) {
    services_.faults.at("worker.before_unload");
    worker::Outcome unloaded = co_await services_.client.unload(address, order.name);
    services_.faults.at("worker.after_unload");
    const bool gone = unloaded.kind == Kind::kDone || unloaded.kind == Kind::kAbsent;
    if (order.task == AdapterTask::kUnload || !gone) co_return unloaded;
    const bool goes_on = worker->queue.unloaded(started);
    if (!goes_on) co_return unloaded;
    count_worker(*worker);
  }
  services_.faults.at("worker.before_load");
  worker::Outcome loaded = co_await services_.client.load(address, order.name, order.uri);
  services_.faults.at("worker.after_load");
  co_return loaded;
}

void WorkerPool::report(const Worker& worker, const AdapterOrder& order,
                        const worker::Outcome& outcome, Duration took) {
  Metrics& metrics = services_.metrics;
  const bool failed = outcome.kind == Kind::kFailed || outcome.kind == Kind::kUnknown;
  const bool unload = order.task == AdapterTask::kUnload;
  const std::string pod = worker.queue.identity().pod_name;
  if (!failed) {
    order_metrics_->count(order.task, took);
    services_.log.info(unload ? "Unloaded LoRA" : "Loaded LoRA",
                       {{"model", order.model}, {"lora", order.name}, {"pod", pod}});
    return;
  }
  OrderMetrics::ended(metrics, order.task, "failed").add();
  const std::string reason(lora::to_string(outcome.reason));
  metrics
      .counter("dynamod_adapter_failures_total",
               "Loads, reloads and unloads that failed, by reason.", {{"reason", reason}})
      .add();
  services_.log.error(unload ? "Failed to unload LoRA" : "Failed to load LoRA",
                      {{"model", order.model},
                       {"lora", order.name},
                       {"pod", pod},
                       {"reason", reason},
                       {"error", outcome.message}});
}

Async<> WorkerPool::poll(WorkerPtr worker) {
  while (!worker->removed) {
    const bool due = worker->queue.identity().callable && worker->list_at <= services_.clock.now();
    if (due) {
      CO_CHECK(co_await list_once(worker));
      worker->list_at = std::min(worker->list_at, next_list(*worker));
      continue;
    }
    if (!worker->queue.identity().callable) {
      co_await worker->wake.wait();
      continue;
    }
    const SteadyTime until = worker->list_at;
    auto timer = services_.clock.at(until, [worker] { worker->wake.notify(); });
    co_await worker->wake.wait();
    services_.clock.cancel(timer);
  }
  co_return Result<>{};
}

Duration WorkerPool::list_pause(const Worker& worker) const {
  return options_.list_after_change + options_.list_per_adapter * worker.queue.resident();
}

SteadyTime WorkerPool::next_list(const Worker& worker) {
  const SteadyTime now = services_.clock.now();
  const unsigned failures = worker.queue.list_failures();
  if (failures == 0 && worker.queue.unconfirmed()) return now + list_pause(worker);
  Duration wait = options_.list_period;
  if (failures > 0)
    wait = std::min(wait, kFirstListRetry * (1U << std::min(failures - 1, kListDoublingsMax)));
  return now + services_.rng.jitter(wait, options_.list_spread);
}

Async<> WorkerPool::list_once(WorkerPtr worker) {
  const std::uint64_t epoch = worker->queue.epoch();
  const std::uint64_t ticket = worker->queue.begin_list();
  worker->list_at = SteadyTime::max();  // a change while it is in flight sets an earlier time again
  worker::ListOutcome list = co_await services_.client.list(worker->queue.identity().address);
  if (worker->removed) co_return Result<>{};
  if (list.failure) {
    const bool changed =
        worker->queue.list_failed(epoch, {list.failure->reason, list.failure->message});
    count_worker(*worker);
    if (changed) on_change_(worker->queue.identity(), {});
    pump_starved();
    co_return Result<>{};
  }
  const auto change = worker->queue.listed(epoch, ticket, list.names, services_.clock.now());
  count_resident(*worker);
  count_worker(*worker);
  if (change.contact) {
    on_change_(worker->queue.identity(), {});
  } else if (!change.names.empty()) {
    on_change_(worker->queue.identity(), change.names);
  }
  pump(worker);
  pump_starved();
  co_return Result<>{};
}

Async<> WorkerPool::wait_no_order() {
  while (orders_running_ > 0) co_await order_ended_.wait();
  co_return Result<>{};
}

Task<> WorkerPool::drain(Duration limit) {
  const auto drained =
      co_await with_timeout(services_.clock, limit, "drain worker orders", wait_no_order());
  (void)drained;  // what still runs is abandoned by stop(); the workers finish it
}

Task<> WorkerPool::stop() {
  closed_ = true;
  co_await orders_.stop();
  co_await polls_.stop();
  resident_metric_.set(0);
}

}  // namespace dynamod::controllers::model
