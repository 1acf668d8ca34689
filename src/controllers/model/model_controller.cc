// The steps of one reconcile, and their writes.
#include "controllers/model/model_controller.h"

#include <algorithm>
#include <utility>

#include "controllers/model/debt_record.h"
#include "controllers/model/writes.h"
#include "kube/decode.h"

namespace dynamod::controllers::model {

namespace {

using kinds::DynamoModel;

// resourceVersions are compared as numbers only to tell our own last write from a cache that is
// behind it; when they are none, the cache is believed.
bool is_newer(const DynamoModel& written, const DynamoModel& cached) {
  if (written.metadata.uid != cached.metadata.uid) return false;
  const std::string& a = written.metadata.resource_version;
  const std::string& b = cached.metadata.resource_version;
  return a.size() != b.size() ? a.size() > b.size() : a > b;
}

std::optional<SteadyTime> earliest(std::optional<SteadyTime> a, std::optional<SteadyTime> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Async<runtime::Requeue> ModelController::reconcile(kube::ObjectKey key) {
  const ModelPtr model = current(key);
  if (!model) {
    memory_.erase(key);
    unwritten_.erase(key);
    count_models(key, std::nullopt);
    co_return runtime::Requeue{};
  }
  const ModelWorld world = services_.observer.observe(model);
  tell_oddities(*model);
  const PlanTime now{services_.clock.now(), services_.clock.wall()};
  const ModelPlan plan = plan_model(world, now, options_.plan);
  CO_CHECK(co_await write_intent(model, &plan));
  submit(*model, plan);

  Memory& memory = memory_of(*model);
  if (!memory.announced) memory.announced = Announced::from_status(*model);
  const ModelReport report = report_model(world, plan, now, *memory.announced);
  if (plan.finalizer == FinalizerChange::kRemove) {
    CO_CHECK(co_await let_go(model, &plan));
    record(*model, report);
    co_return runtime::Requeue{};
  }
  CO_TRY(const std::optional<SteadyTime> write_at, co_await write_status(model, &report));
  record(*model, report);
  count_models(key, report.status.total_endpoints > 0 &&
                        report.status.ready_endpoints == report.status.total_endpoints);
  const auto next = earliest(earliest(plan.recheck_at, report.recheck_at), write_at);
  if (!next) co_return runtime::Requeue{};
  co_return runtime::Requeue{std::max(*next - services_.clock.now(), Duration::zero())};
}

// The object as we know it: the newer of the cache and our last write, with the status we wrote
// last.
ModelController::ModelPtr ModelController::current(const kube::ObjectKey& key) {
  ModelPtr model = services_.caches.models.find(key);
  if (!model) return nullptr;
  const auto known = memory_.find(key);
  if (known == memory_.end()) return model;
  Memory& memory = known->second;
  if (memory.newest && memory.newest->metadata.uid != model->metadata.uid) memory = Memory{};
  if (memory.newest && is_newer(*memory.newest, *model)) {
    model = memory.newest;
  } else {
    memory.newest = nullptr;
  }
  if (!memory.written) return model;
  if (model->status == *memory.written) {
    if (!memory.newest) memory.written.reset();
    return model;
  }
  auto merged = std::make_shared<DynamoModel>(*model);
  merged->status = *memory.written;
  return merged;
}

// The annotation and the finalizer are on the object before any worker is called for it.
Async<> ModelController::write_intent(ModelPtr model, const ModelPlan* plan) {
  if (!plan->write_applied && plan->finalizer != FinalizerChange::kAdd) co_return Result<>{};
  services_.faults.at("model.before_intent");
  json::value patch = intent_patch(*model, plan->write_applied, plan->finalizer);
  const client::PatchOptions options{.subresource = "",
                                     .resource_version = model->metadata.resource_version,
                                     .uid = model->metadata.uid};
  CO_TRY(DynamoModel written, co_await services_.client.merge_patch<DynamoModel>(
                                  model->metadata.key(), std::move(patch), options));
  services_.faults.at("model.after_intent");
  memory_of(*model).newest = std::make_shared<DynamoModel>(std::move(written));
  co_return Result<>{};
}

void ModelController::submit(const DynamoModel& model, const ModelPlan& plan) {
  for (const WorkerAction& action : plan.actions) {
    services_.pool.submit(action.pod_uid, {action.task, action.name, action.uri, action.source,
                                           model.metadata.key().text()});
  }
}

// Gives when to come back for a write that had to wait.
Async<std::optional<SteadyTime>> ModelController::write_status(ModelPtr model,
                                                               const ModelReport* report) {
  const kube::ObjectKey key = model->metadata.key();
  if (report->premature || report->status == model->status) {
    unwritten_.erase(key);
    co_return std::nullopt;
  }
  const Memory& before = memory_of(*model);
  const SteadyTime now = services_.clock.now();
  if (!report->urgent && before.written_at && now < *before.written_at + options_.status_period) {
    unwritten_.insert(key);
    co_return *before.written_at + options_.status_period;
  }
  services_.faults.at("model.before_status");
  const client::PatchOptions options{
      .subresource = "status", .resource_version = "", .uid = model->metadata.uid};
  CO_TRY(DynamoModel written, co_await services_.client.merge_patch<DynamoModel>(
                                  key, status_patch(report->status), options));
  services_.faults.at("model.after_status");
  Memory& memory = memory_of(*model);
  memory.newest = std::make_shared<DynamoModel>(std::move(written));
  memory.written = report->status;
  memory.written_at = services_.clock.now();
  unwritten_.erase(key);
  show_model(*model, report->status);
  co_return std::nullopt;
}

void ModelController::show_model(const DynamoModel& model, const kinds::DynamoModelStatus& status) {
  services_.log.info("Successfully reconciled",
                     {{"model", model.metadata.key().text()},
                      {"lora", model.spec.model_name},
                      {"ready", std::to_string(status.ready_endpoints)},
                      {"total", std::to_string(status.total_endpoints)}});
}

// Gauge dynamo_operator_resources_total, as Dynamo's operator counts: ready when all of its
// endpoints are.
void ModelController::count_models(const kube::ObjectKey& key, std::optional<bool> ready) {
  const auto gauge = [&](bool is_ready) {
    return services_.metrics.gauge("dynamo_operator_resources_total", "Objects by state.",
                                   {{"resource_type", "DynamoModel"},
                                    {"namespace", key.ns},
                                    {"status", is_ready ? "ready" : "not_ready"}});
  };
  const auto before = ready_.find(key);
  if (before != ready_.end()) {
    if (ready == before->second) return;
    gauge(before->second).add(-1);
    ready_.erase(before);
  }
  if (!ready) return;
  gauge(*ready).add(1);
  ready_.emplace(key, *ready);
}

void ModelController::uncount() {
  while (!ready_.empty()) {
    const kube::ObjectKey key = ready_.begin()->first;
    count_models(key, std::nullopt);
  }
}

// Pods that cannot be what they say: told once for each, on the pod.
void ModelController::tell_oddities(const DynamoModel& model) {
  const Members& members =
      services_.observer.members(model.metadata.ns, model.spec.base_model_name);
  for (const MemberWarning& warning : members.warnings) {
    if (!told_.insert(warning).second) continue;
    services_.log.warning("A pod is not taken as it says",
                          {{"pod", warning.pod_name}, {"error", warning.message}});
    const auto pod = services_.caches.pods.find({model.metadata.ns, warning.pod_name});
    if (!pod) continue;
    services_.events.record({.api_version = "v1",
                             .kind = "Pod",
                             .ns = pod->metadata.ns,
                             .name = pod->metadata.name,
                             .uid = pod->metadata.uid},
                            runtime::EventType::kWarning, "EndpointIgnored", warning.message);
  }
}

// The end of a deleted object: what could not be unloaded is written down on the pods first.
Async<> ModelController::let_go(ModelPtr model, const ModelPlan* plan) {
  for (const Debt& debt : plan->debts) CO_CHECK(co_await write_debt(model, debt));
  if (plan->write_applied) CO_CHECK(co_await write_intent(model, plan));
  services_.faults.at("model.before_let_go");
  const ModelPtr newest = current(model->metadata.key());
  if (!newest) co_return Result<>{};
  json::value patch = intent_patch(*newest, std::nullopt, FinalizerChange::kRemove);
  const client::PatchOptions options{.subresource = "",
                                     .resource_version = newest->metadata.resource_version,
                                     .uid = newest->metadata.uid};
  const auto written = co_await services_.client.merge_patch<DynamoModel>(
      newest->metadata.key(), std::move(patch), options);
  services_.faults.at("model.after_let_go");
  if (!written && written.error().kind != Error::Kind::kNotFound)
    co_return std::unexpected(written.error());
  unwritten_.erase(model->metadata.key());
  co_return Result<>{};
}

Async<> ModelController::write_debt(ModelPtr model, Debt debt) {
  const auto pod = services_.caches.pods.find({model->metadata.ns, debt.pod_name});
  if (!pod || pod->metadata.uid != debt.pod_uid) co_return Result<>{};
  std::vector<std::string> names = debts_of(*pod);
  for (const std::string& name : debt.names) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  json::value patch = debt_patch(*pod, names, services_.clock.wall());
  const client::ApplyOptions options{.subresource = "status"};
  const auto written = co_await services_.client.apply(kube::Pod::kType, std::move(patch), options);
  if (written || written.error().kind == Error::Kind::kNotFound) co_return Result<>{};
  co_return std::unexpected(
      Error(written.error()).within("write the debt of pod " + debt.pod_name));
}

void ModelController::record(const DynamoModel& model, const ModelReport& report) {
  memory_of(model).announced = report.announced;
  for (const ModelEvent& event : report.events) {
    services_.events.record(
        {.api_version = DynamoModel::kType.api_version(),
         .kind = std::string(DynamoModel::kType.kind),
         .ns = model.metadata.ns,
         .name = model.metadata.name,
         .uid = model.metadata.uid},
        event.warning ? runtime::EventType::kWarning : runtime::EventType::kNormal, event.reason,
        event.message);
  }
}

}  // namespace dynamod::controllers::model
