// Who wakes whom, start and end of the DynamoModel operator.
#include "controllers/model/model_operator.h"

#include <algorithm>
#include <utility>

#include "base/with_timeout.h"
#include "controllers/model/debt_record.h"
#include "lora/base_model.h"

namespace dynamod::controllers::model {

namespace {

constexpr unsigned kReconcilesAtOnce = 32;  // as many as there are connections to the API server
constexpr Duration kContactCheckPeriod =
    std::chrono::seconds(5);  // how soon a lost or refused watch shows in status

runtime::InformerServices informer_services(const ModelOperator::Services& services) {
  return {services.executor, services.clock,   services.rng,
          services.log,      services.metrics, services.client};
}

runtime::ControllerServices controller_services(const ModelOperator::Services& services) {
  return {services.executor, services.clock, services.rng, services.log, services.metrics};
}

runtime::ControllerOptions named(std::string resource_type) {
  runtime::ControllerOptions options;
  options.resource_type = std::move(resource_type);
  options.concurrent = kReconcilesAtOnce;
  return options;
}

// What of a pod concerns the models of its base.
bool concerns_models(const kube::Pod& before, const kube::Pod& now, std::uint16_t port) {
  return identify(before, port) != identify(now, port) ||
         kube::is_ready(before) != kube::is_ready(now) ||
         kube::terminating(before) != kube::terminating(now) ||
         kube::unready_text(before) != kube::unready_text(now) ||
         debts_of(before) != debts_of(now) || before.metadata.labels != now.metadata.labels ||
         before.metadata.annotations != now.metadata.annotations;
}

}  // namespace

ModelOperator::ModelOperator(Services services, ModelOperatorOptions options)
    : services_(services),
      options_(std::move(options)),
      caches_(informer_services(services), options_.name_space),
      pool_({services.executor, services.clock, services.rng, services.log, services.metrics,
             services.faults, services.workers},
            options_.pool,
            [this](const WorkerIdentity& worker, const std::vector<std::string>& names) {
              worker_changed(worker, names);
            }),
      observer_(services.clock, caches_, pool_, options_.observe),
      model_reconciler_({services.clock, services.log, services.metrics, services.faults,
                         services.client, services.events, caches_, observer_, pool_},
                        options_.controller),
      service_reconciler_(services.client, caches_, services.log),
      debt_reconciler_({services.clock, services.log, services.client, caches_, pool_,
                        options_.observe.worker_port}),
      models_(controller_services(services), model_reconciler_, named("DynamoModel")),
      model_services_(controller_services(services), service_reconciler_, named("ModelService")),
      debts_(controller_services(services), debt_reconciler_, named("AdapterDebt")),
      tasks_(services.executor) {
  connect();
}

void ModelOperator::connect() {
  caches_.models.on_change(
      [this](const ModelPtr& before, const ModelPtr& now) { model_changed(before, now); });
  caches_.pods.on_change(
      [this](const PodPtr& before, const PodPtr& now) { pod_changed(before, now); });
  caches_.slices.on_change(
      [this](const SlicePtr& before, const SlicePtr& now) { slice_changed(before, now); });
  caches_.services.on_change([this](const auto& before, const auto& now) {
    const kube::Service& service = now ? *now : *before;
    const std::string hash(service.metadata.label(std::string(kinds::kBaseModelHashLabel)));
    model_services_.queue().add({service.metadata.ns, hash});
  });
}

void ModelOperator::start() {
  caches_.start();
  tasks_.spawn("start controllers", begin());
  tasks_.spawn("watch contact", watch_contact());
}

// Nothing is decided before everything has been seen once.
Async<> ModelOperator::begin() {
  co_await caches_.wait_synced();
  started_ = true;
  for (const PodPtr& pod : caches_.pods.all()) sync_base(base_key(pod->metadata));
  models_.start();
  model_services_.start();
  debts_.start();
  services_.log.info("Watching DynamoModels", {{"models", std::to_string(caches_.models.size())},
                                               {"workers", std::to_string(caches_.pods.size())}});
  co_return Result<>{};
}

void ModelOperator::model_changed(const ModelPtr& before, const ModelPtr& now) {
  const kinds::DynamoModel& model = now ? *now : *before;
  models_.queue().add(model.metadata.key());
  // Rivals for a name hear of every change of a claim on it.
  const auto slugs_before = before ? slug_keys(*before) : std::vector<std::string>{};
  const auto slugs_now = now ? slug_keys(*now) : std::vector<std::string>{};
  const bool deletion_began =
      before && now && before->metadata.deleting() != now->metadata.deleting();
  if (slugs_before != slugs_now || deletion_began) {
    for (const std::string& slug : slugs_before) wake_slug(slug);
    for (const std::string& slug : slugs_now) wake_slug(slug);
  }
  if (before && now && before->spec.base_model_name == now->spec.base_model_name &&
      before->spec.model_type == now->spec.model_type)
    return;
  for (const ModelPtr& side : {before, now}) {
    if (!side) continue;
    const std::string hash = lora::base_model_hash(side->spec.base_model_name);
    model_services_.queue().add({side->metadata.ns, hash});
    // Only the first lora of a base, and the end of the last one, concern its workers.
    const std::string base = base_key(*side);
    if (started_ && caches_.models.count(kLorasByBase, base) <= 1) sync_base(base);
  }
}

void ModelOperator::pod_changed(const PodPtr& before, const PodPtr& now) {
  const kube::Pod& pod = now ? *now : *before;
  if (!now || (before && before->metadata.uid != now->metadata.uid))
    pool_.remove(before->metadata.uid);
  for (const PodPtr& side : {before, now}) {
    if (!side) continue;
    const std::string base = base_key(side->metadata);
    observer_.forget(base);
    if (started_) sync_base(base);
  }
  if (now && !debts_of(*now).empty()) debts_.queue().add(now->metadata.key());
  if (before && now && !concerns_models(*before, *now, options_.observe.worker_port)) return;
  wake_base(base_key(pod.metadata));
  if (before && now && base_key(before->metadata) != base_key(now->metadata))
    wake_base(base_key(before->metadata));
}

void ModelOperator::slice_changed(const SlicePtr& before, const SlicePtr& now) {
  for (const SlicePtr& side : {before, now}) {
    if (!side) continue;
    const std::string base = base_key(side->metadata);
    observer_.forget(base);
    if (!before || !now || before->endpoints != now->endpoints) wake_base(base);
  }
}

void ModelOperator::wake_slug(const std::string& slug) {
  for (const ModelPtr& model : caches_.models.by_index(kBySlug, slug))
    models_.queue().add(model->metadata.key());
}

void ModelOperator::wake_base(const std::string& base) {
  for (const ModelPtr& model : caches_.models.by_index(kByBase, base))
    models_.queue().add(model->metadata.key());
}

// Workers are polled while a lora wants something of their base model, or while they owe something.
void ModelOperator::sync_base(const std::string& base) {
  const bool wanted = caches_.models.count(kLorasByBase, base) > 0;
  for (const PodPtr& pod : caches_.pods.by_index(kByBase, base)) {
    if (wanted || !debts_of(*pod).empty()) {
      pool_.set(identify(*pod, options_.observe.worker_port));
    } else {
      pool_.remove(pod->metadata.uid);
    }
  }
}

void ModelOperator::worker_changed(const WorkerIdentity& worker,
                                   const std::vector<std::string>& names) {
  const auto pod = caches_.pods.find({worker.name_space, worker.pod_name});
  if (!pod || pod->metadata.uid != worker.pod_uid) return;
  const std::string base = base_key(pod->metadata);
  if (names.empty()) wake_base(base);
  for (const std::string& name : names) wake_slug(slug_key(base, name));
  if (!debts_of(*pod).empty()) debts_.queue().add(pod->metadata.key());
}

// Silence makes no event: whether discovery still works is looked at from time to time.
Async<> ModelOperator::watch_contact() {
  for (;;) {
    co_await services_.clock.sleep_for(kContactCheckPeriod);
    const bool failed = started_ && observer_.discovery_failure().has_value();
    if (failed == discovery_failed_) continue;
    discovery_failed_ = failed;
    for (const ModelPtr& model : caches_.models.all()) models_.queue().add(model->metadata.key());
  }
}

Task<> ModelOperator::finish(Duration limit) {
  const SteadyTime end = services_.clock.now() + limit;
  pool_.close();
  co_await pool_.drain(limit);
  model_reconciler_.hurry();
  for (const kube::ObjectKey& key : std::set<kube::ObjectKey>(model_reconciler_.unwritten()))
    models_.queue().add(key);
  const Duration left = std::max(end - services_.clock.now(), Duration::zero());
  co_await models_.drain(left);
}

Task<> ModelOperator::stop() {
  co_await tasks_.stop();
  co_await models_.stop();
  model_reconciler_.uncount();
  co_await model_services_.stop();
  co_await debts_.stop();
  co_await pool_.stop();
  co_await caches_.stop();
}

}  // namespace dynamod::controllers::model
