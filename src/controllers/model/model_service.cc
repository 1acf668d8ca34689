// Creating, repairing and deleting the model Service.
#include "controllers/model/model_service.h"

#include <utility>

#include "kube/encode.h"
#include "lora/base_model.h"

namespace dynamod::controllers::model {

namespace {

// Another controller's (Dynamo's own operator makes them with an owner), or somebody's by hand.
bool is_ours(const kube::Service& service) {
  return service.metadata.label(std::string(kinds::kManagedByLabel)) == kinds::kManagedByOperator &&
         service.metadata.owner_references.empty();
}

bool is_right(const kube::Service& existing, const kube::Service& desired) {
  return existing.spec.selector == desired.spec.selector &&
         existing.spec.publish_not_ready_addresses == desired.spec.publish_not_ready_addresses;
}

}  // namespace

ServiceStep plan_service(const kube::Service* existing, const kube::Service* desired) {
  if (existing == nullptr) return desired == nullptr ? ServiceStep::kNone : ServiceStep::kCreate;
  if (!is_ours(*existing) || existing->metadata.deleting()) return ServiceStep::kNone;
  if (desired == nullptr) return ServiceStep::kDelete;
  return is_right(*existing, *desired) ? ServiceStep::kNone : ServiceStep::kRepair;
}

kube::Service desired_service(const std::string& ns, const std::string& base_model) {
  const std::string hash = lora::base_model_hash(base_model);
  kube::Service service;
  service.metadata.name = lora::base_model_service(base_model);
  service.metadata.ns = ns;
  service.metadata.labels = {
      {std::string(kinds::kBaseModelHashLabel), hash},
      {std::string(kinds::kManagedByLabel), std::string(kinds::kManagedByOperator)}};
  service.metadata.annotations = {{std::string(kinds::kBaseModelAnnotation), base_model}};
  service.spec.cluster_ip = "None";
  service.spec.publish_not_ready_addresses =
      false;  // slices name pods that are not ready all the same
  service.spec.selector = {{std::string(kinds::kBaseModelHashLabel), hash}};
  service.spec.ports = {{.name = "system", .protocol = "TCP", .port = 9090, .target_port = 9090}};
  return service;
}

Async<runtime::Requeue> ServiceReconciler::reconcile(kube::ObjectKey key) {
  const std::string base = base_key(key.ns, key.name);
  const auto models = caches_.models.by_index(kByBase, base);
  if (models.empty()) {
    for (const auto& existing : caches_.services.by_index(kByBase, base)) {
      if (plan_service(existing.get(), nullptr) == ServiceStep::kDelete)
        CO_CHECK(co_await remove(existing));
    }
    co_return runtime::Requeue{};
  }
  kube::Service desired = desired_service(key.ns, models.front()->spec.base_model_name);
  const auto existing = caches_.services.find(desired.metadata.key());
  const ServiceStep step = plan_service(existing.get(), &desired);
  if (step == ServiceStep::kCreate) CO_CHECK(co_await create(std::move(desired)));
  if (step == ServiceStep::kRepair)
    CO_CHECK(co_await repair(std::move(desired), existing->metadata.uid));
  co_return runtime::Requeue{};
}

Async<> ServiceReconciler::create(kube::Service desired) {
  const std::string name = desired.metadata.key().text();
  const auto created = co_await client_.create<kube::Service>(std::move(desired));
  if (created) {
    log_.info("Created the Service of a base model", {{"service", name}});
    co_return Result<>{};
  }
  // Somebody was faster, perhaps a Service without our label: it is used as it is.
  if (created.error().kind == Error::Kind::kAlreadyExists) co_return Result<>{};
  co_return std::unexpected(created.error());
}

Async<> ServiceReconciler::repair(kube::Service desired, std::string uid) {
  const kube::ObjectKey key = desired.metadata.key();
  json::value patch = {{"spec",
                        {{"selector", kube::to_json(desired.spec.selector)},
                         {"publishNotReadyAddresses", desired.spec.publish_not_ready_addresses}}}};
  const client::PatchOptions options{
      .subresource = "", .resource_version = "", .uid = std::move(uid)};
  CO_CHECK(co_await client_.merge_patch<kube::Service>(key, std::move(patch), options));
  log_.info("Repaired the Service of a base model", {{"service", key.text()}});
  co_return Result<>{};
}

Async<> ServiceReconciler::remove(std::shared_ptr<const kube::Service> existing) {
  const client::RemoveOptions options{.uid = existing->metadata.uid,
                                      .resource_version = existing->metadata.resource_version,
                                      .propagation = ""};
  const auto removed = co_await client_.remove<kube::Service>(existing->metadata.key(), options);
  if (!removed && removed.error().kind != Error::Kind::kNotFound)
    co_return std::unexpected(removed.error());
  log_.info("Deleted the Service of a base model nobody refers to",
            {{"service", existing->metadata.key().text()}});
  co_return Result<>{};
}

}  // namespace dynamod::controllers::model
