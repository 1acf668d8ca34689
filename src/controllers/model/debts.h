// Paying debts: a pod that answers again unloads what deleted models left on it.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "client/kube_client.h"
#include "controllers/model/caches.h"
#include "controllers/model/members.h"
#include "controllers/model/worker_pool.h"
#include "runtime/controller.h"

namespace dynamod::controllers::model {

// What is to be done about the names a pod owes. Pure.
struct DebtPlan {
  std::vector<std::string> unload;  // ask the worker now
  std::vector<std::string> unpaid;  // what the pod owes from now on
  std::optional<SteadyTime> recheck_at;
};

// `wanted` are the owed names that a live model wants on this pod: that model's own plan unloads
// and loads them, and the debt is paid when a load of ours put them there.
[[nodiscard]] DebtPlan plan_debts(const std::vector<std::string>& owed, const EndpointView& view,
                                  const std::vector<std::string>& wanted, SteadyTime now);

// Keys: pods.
class DebtReconciler final : public runtime::Reconciler {
 public:
  // All outlive the reconciler.
  struct Services {
    Clock& clock;
    Log& log;
    client::KubeClient& client;
    const Caches& caches;
    WorkerPool& pool;
    std::uint16_t worker_port;
  };

  explicit DebtReconciler(Services services) : services_(services) {}

  [[nodiscard]] Async<runtime::Requeue> reconcile(kube::ObjectKey key) override;

 private:
  [[nodiscard]] bool wanted_by_a_model(const kube::Pod& pod, const std::string& name) const;

  Services services_;
};

}  // namespace dynamod::controllers::model
