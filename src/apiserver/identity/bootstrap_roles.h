// The cluster roles and bindings that every cluster starts with.
#pragma once

#include <vector>

#include "base/json.h"

namespace dynamod::apiserver {

// Complete objects but for uid, creationTimestamp and resourceVersion, in the order to create them.
// Roles that aggregate have their rules filled in.
[[nodiscard]] std::vector<json::object> bootstrap_cluster_roles();
[[nodiscard]] std::vector<json::object> bootstrap_cluster_role_bindings();

}  // namespace dynamod::apiserver
