// x-kubernetes-list-type and its keys in the schema of a CustomResourceDefinition.
#pragma once

#include <string>

#include "apiserver/validation/go_value.h"
#include "base/json.h"

namespace dynamod::apiserver {

// `is_list`: the node's type is array, or it has no list type.
void check_list_keywords(const json::object& schema, const std::string& path, bool is_list,
                         Problems& out);

}  // namespace dynamod::apiserver
