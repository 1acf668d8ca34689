// Paying debts: a pod that answers again unloads what deleted models left on it.
#pragma once

#include <map>
#include <optional>
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

// Owed names that a live model wants on this pod, with its source_hash (empty while none has taken
// the name): that model's own plan unloads and loads them.
using WantedDebts = std::map<std::string, std::string>;

// A wanted name is paid when a load of ours put it there from the wanted source, and nothing is
// under way for it.
[[nodiscard]] DebtPlan plan_debts(const std::vector<std::string>& owed, const EndpointView& view,
                                  const WantedDebts& wanted, SteadyTime now);

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
  [[nodiscard]] std::optional<std::string> wanted_source(const kube::Pod& pod,
                                                         const std::string& name) const;

  Services services_;
};

}  // namespace dynamod::controllers::model
