// Unloading a name everywhere, never on a guess: a worker that did not answer is not done.
#include "controllers/model/unload_plan.h"

#include <algorithm>

namespace dynamod::controllers::model {

bool surely_absent(const std::string& name, const EndpointView& endpoint) {
  if (endpoint.terminating && !endpoint.callable)
    return true;  // it serves nobody and will not come back
  if (!endpoint.callable || endpoint.contact || !endpoint.listed_once) return false;
  const AdapterView& adapter = endpoint.adapter(name);
  return !adapter.listed && !adapter.running && !adapter.load_may_run;
}

NameUnload plan_unload(const std::string& name, const std::vector<EndpointView>& endpoints,
                       SteadyTime now) {
  NameUnload unload;
  for (const EndpointView& endpoint : endpoints) {
    if (surely_absent(name, endpoint)) continue;
    unload.remaining_pods.push_back(endpoint.pod_name);
    const AdapterView& adapter = endpoint.adapter(name);
    const bool can_be_called = endpoint.callable && !endpoint.contact && endpoint.listed_once;
    const bool unloading = adapter.running && adapter.running->task == AdapterTask::kUnload;
    // A load in flight is followed by the unload in the worker's own queue; one that may run unseen
    // shows in the list.
    const bool to_unload = adapter.listed || adapter.running;
    if (!can_be_called || unloading || !to_unload) continue;
    if (adapter.failed && adapter.failed->task == AdapterTask::kUnload &&
        adapter.failed->retry_at > now) {
      const SteadyTime due = adapter.failed->retry_at;
      unload.recheck_at = std::min(unload.recheck_at.value_or(due), due);
      continue;
    }
    unload.actions.push_back({endpoint.pod_uid, AdapterTask::kUnload, name, "", ""});
  }
  return unload;
}

}  // namespace dynamod::controllers::model
