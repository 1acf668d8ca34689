// Taking a name off every worker: after a rename and at deletion. Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/model/plan.h"

namespace dynamod::controllers::model {

// How far unloading one name has come.
struct NameUnload {
  std::vector<std::string> remaining_pods;  // names of pods where it is, may be, or may come to be
  std::vector<WorkerAction> actions;
  std::optional<SteadyTime> recheck_at;

  [[nodiscard]] bool done() const { return remaining_pods.empty(); }
};

[[nodiscard]] NameUnload plan_unload(const std::string& name,
                                     const std::vector<EndpointView>& endpoints, SteadyTime now);

// True when the name is certainly not, and cannot come to be, on this worker.
[[nodiscard]] bool surely_absent(const std::string& name, const EndpointView& endpoint);

}  // namespace dynamod::controllers::model
