// Rows of meta.k8s.io Tables: what `kubectl get` prints.
#pragma once

#include <vector>

#include "apiserver/registry/resource.h"
#include "base/clock.h"
#include "base/json.h"

namespace dynamod::apiserver {

// All columns in their order, the name among them.
[[nodiscard]] json::array table_columns(const Resource& resource);
// One value for each of table_columns(); `object` is in the version of `resource`.
[[nodiscard]] json::array table_cells(const Resource& resource, const json::object& object,
                                      WallTime now);

}  // namespace dynamod::apiserver
