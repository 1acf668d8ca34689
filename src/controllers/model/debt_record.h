// What a living pod still owes after a deleted model gave up: adapter names in a condition of the
// pod, which dies with it.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "kube/pod.h"

namespace dynamod::controllers::model {

// The names in the pod's condition dynamod.dev/AdapterDebt (message: a JSON list); none when there
// is none or it is not ours to read.
[[nodiscard]] std::vector<std::string> debts_of(const kube::Pod& pod);

// The object to apply to pods/status (server-side, our field manager) so that the pod owes just
// `names`; with none the condition goes.
[[nodiscard]] json::value debt_patch(const kube::Pod& pod, const std::vector<std::string>& names,
                                     WallTime now);

}  // namespace dynamod::controllers::model
