// The headless Service of a base model, `dynamo-model-<hash>`: it makes Kubernetes find the
// workers. It exists while a DynamoModel refers to the hash. One reconciler alone writes it; it has
// no owner references, so no owner's end takes it away from the others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "client/kube_client.h"
#include "controllers/model/caches.h"
#include "runtime/controller.h"

namespace dynamod::controllers::model {

enum class ServiceStep : std::uint8_t { kNone, kCreate, kRepair, kDelete };

// Pure. `existing` is what stands under the name now, `desired` what a model wants there (null: no
// model refers to it). A Service of another controller is used and left alone.
[[nodiscard]] ServiceStep plan_service(const kube::Service* existing, const kube::Service* desired);

// What the Service looks like (reference "The headless Service").
[[nodiscard]] kube::Service desired_service(const std::string& ns, const std::string& base_model);

// Keys: namespace and hash of the base model.
class ServiceReconciler final : public runtime::Reconciler {
 public:
  // All outlive the reconciler.
  ServiceReconciler(client::KubeClient& client, const Caches& caches, Log& log)
      : client_(client), caches_(caches), log_(log) {}

  [[nodiscard]] Async<runtime::Requeue> reconcile(kube::ObjectKey key) override;

 private:
  Async<> create(kube::Service desired);
  Async<> repair(kube::Service desired, std::string uid);
  Async<> remove(std::shared_ptr<const kube::Service> existing);

  client::KubeClient& client_;
  const Caches& caches_;
  Log& log_;
};

}  // namespace dynamod::controllers::model
