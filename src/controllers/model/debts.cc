// The debt of one pod, from its condition to the worker's queue and back.
#include "controllers/model/debts.h"

#include <algorithm>
#include <utility>

#include "controllers/model/debt_record.h"
#include "controllers/model/unload_plan.h"

namespace dynamod::controllers::model {

DebtPlan plan_debts(const std::vector<std::string>& owed, const EndpointView& view,
                    const WantedDebts& wanted, SteadyTime now) {
  DebtPlan plan;
  for (const std::string& name : owed) {
    if (const auto live = wanted.find(name); live != wanted.end()) {
      const AdapterView& adapter = view.adapter(name);
      const bool is_ours = adapter.listed && adapter.source == live->second;
      if (!is_ours || adapter.running) plan.unpaid.push_back(name);
      continue;
    }
    const NameUnload unload = plan_unload(name, {view}, now);
    if (unload.done()) continue;
    plan.unpaid.push_back(name);
    if (!unload.actions.empty()) plan.unload.push_back(name);
    if (unload.recheck_at)
      plan.recheck_at = std::min(plan.recheck_at.value_or(*unload.recheck_at), *unload.recheck_at);
  }
  return plan;
}

// Nothing when no live model wants it; "" while none of those that do has taken the name.
std::optional<std::string> DebtReconciler::wanted_source(const kube::Pod& pod,
                                                         const std::string& name) const {
  const std::string slug = slug_key(base_key(pod.metadata), name);
  std::optional<std::string> source;
  for (const auto& model : services_.caches.models.by_index(kBySlug, slug)) {
    if (model->metadata.deleting() || model->spec.model_name != name) continue;
    const auto applied = applied_of(*model);
    const bool is_owner = applied && applied->holds(name);
    if (is_owner) return applied->source;
    source = "";
  }
  return source;
}

Async<runtime::Requeue> DebtReconciler::reconcile(kube::ObjectKey key) {
  const auto pod = services_.caches.pods.find(key);
  if (!pod) co_return runtime::Requeue{};
  const std::vector<std::string> owed = debts_of(*pod);
  if (owed.empty()) co_return runtime::Requeue{};

  EndpointView view;
  view.pod_name = pod->metadata.name;
  view.pod_uid = pod->metadata.uid;
  view.callable = identify(*pod, services_.worker_port).callable;
  services_.pool.show(view.pod_uid, view, owed);
  WantedDebts wanted;
  for (const std::string& name : owed) {
    if (auto source = wanted_source(*pod, name)) wanted.emplace(name, *std::move(source));
  }
  const SteadyTime now = services_.clock.now();
  const DebtPlan plan = plan_debts(owed, view, wanted, now);
  for (const std::string& name : plan.unload) {
    services_.pool.submit(view.pod_uid,
                          {AdapterTask::kUnload, name, "", "", "debt of pod " + key.text()});
  }
  if (plan.unpaid != owed) {
    json::value patch = debt_patch(*pod, plan.unpaid, services_.clock.wall());
    const client::ApplyOptions options{.subresource = "status"};
    CO_CHECK(co_await services_.client.apply(kube::Pod::kType, std::move(patch), options));
    services_.log.info("Paid a debt: adapters that a deleted model left are unloaded",
                       {{"pod", key.text()}, {"left", std::to_string(plan.unpaid.size())}});
  }
  if (!plan.recheck_at) co_return runtime::Requeue{};
  co_return runtime::Requeue{*plan.recheck_at - now};
}

}  // namespace dynamod::controllers::model
