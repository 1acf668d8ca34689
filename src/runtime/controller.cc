// Taking keys, running the reconciler, and what its results mean.
#include "runtime/controller.h"

#include <algorithm>
#include <utility>

#include "base/with_timeout.h"

namespace dynamod::runtime {

namespace {

// The buckets of Dynamo's operator.
const std::vector<double> kDurationBuckets = {.005, .01, .025, .05, .1, .25, .5,
                                              1,    2.5, 5,    10,  30, 60};

}  // namespace

Controller::Controller(ControllerServices services, Reconciler& reconciler,
                       ControllerOptions options)
    : services_(services),
      reconciler_(reconciler),
      options_(std::move(options)),
      queue_(services.clock, services.rng, services.metrics,
             {options_.resource_type, options_.backoff_base, options_.backoff_max}),
      tasks_(services.executor) {}

void Controller::start() {
  for (unsigned i = 0; i < options_.concurrent; ++i)
    tasks_.spawn(options_.resource_type + " controller", work());
}

Async<> Controller::work() {
  while (true) {
    auto taken = co_await queue_.take();
    if (!taken) co_return Result<>{};
    const kube::ObjectKey key = *std::move(taken);
    const SteadyTime started = services_.clock.now();
    const Result<Requeue> result = co_await reconciler_.reconcile(key);
    settle(key, result, services_.clock.now() - started);
    queue_.done(key);
    quiet_.notify_all();
  }
}

void Controller::settle(const kube::ObjectKey& key, const Result<Requeue>& result, Duration took) {
  if (result) {
    queue_.forget(key);
    if (result->after) queue_.add_after(key, *result->after);
    count(key.ns, result->after ? "requeue" : "success", took);
    return;
  }
  const Error& error = result.error();
  if (error.kind == Error::Kind::kCancelled) {
    queue_.retry(key);  // the next leader does it, or we do when we lead again
    return;
  }
  count(key.ns, "error", took);
  services_.metrics
      .counter("dynamo_operator_reconcile_errors_total",
               "Reconciles that failed, by the kind of error.",
               {{"resource_type", options_.resource_type},
                {"namespace", key.ns},
                {"error_type", std::string(to_string(error.kind))}})
      .add();
  const Duration delay = queue_.retry(key, error.retry_after.value_or(Duration::zero()));
  const auto delay_ms = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  // A lost race is daily business: the next try reads the newer object.
  if (error.kind == Error::Kind::kConflict) {
    services_.log.debug("Reconcile lost a race",
                        {{options_.log_key, key.text()}, {"error", error.message}});
    return;
  }
  services_.log.error("Reconcile failed", {{options_.log_key, key.text()},
                                           {"error", error.message},
                                           {"retry_ms", std::to_string(delay_ms)}});
}

// `result` is a literal.
void Controller::count(const std::string& ns, std::string_view result, Duration took) {
  auto& of_namespace = counts_[ns];
  auto place = of_namespace.find(result);
  if (place == of_namespace.end()) {
    const MetricLabels labels = {{"resource_type", options_.resource_type},
                                 {"namespace", ns},
                                 {"result", std::string(result)}};
    Metrics& metrics = services_.metrics;
    const Counts counts{
        metrics.counter("dynamo_operator_reconcile_total", "Reconciles, by result.", labels),
        metrics.histogram("dynamo_operator_reconcile_duration_seconds",
                          "How long a reconcile took.", kDurationBuckets, labels)};
    place = of_namespace.emplace(result, counts).first;
  }
  place->second.reconciles.add();
  place->second.duration.observe(std::chrono::duration<double>(took).count());
}

Async<> Controller::wait_until_quiet() {
  while (queue_.busy() > 0) co_await quiet_.wait();
  co_return Result<>{};
}

Task<> Controller::drain(Duration limit) {
  queue_.shut_down();
  // Over the limit is no error here: stop() cancels what is left.
  (void)co_await with_timeout(services_.clock, limit, "drain " + options_.resource_type,
                              wait_until_quiet());
}

Task<> Controller::stop() {
  queue_.shut_down();
  co_await tasks_.stop();
}

}  // namespace dynamod::runtime
