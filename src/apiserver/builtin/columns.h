// The columns of `kubectl get` for built-in kinds, as kube-apiserver sends them.
#pragma once

#include <string_view>
#include <vector>

#include "apiserver/registry/resource.h"

namespace dynamod::apiserver {

// All columns of a resource, the one named "Name" included: it is the first but for events, where
// it is the last. print_builtin gives a cell for each.
[[nodiscard]] std::vector<TableColumn> builtin_columns(std::string_view api_version,
                                                       std::string_view plural);

}  // namespace dynamod::apiserver
