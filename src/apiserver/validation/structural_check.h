// What a structural schema says of an object beyond its keywords: unique elements of sets and maps,
// embedded objects with metadata.
#pragma once

#include "apiserver/validation/go_value.h"
#include "apiserver/validation/schema_node.h"

namespace dynamod::apiserver {

// x-kubernetes-list-type set and map: no element twice.
[[nodiscard]] Problems check_list_types(const SchemaNode& schema, const json::value& value);
// x-kubernetes-embedded-resource: apiVersion, kind and metadata as every object has them.
[[nodiscard]] Problems check_embedded(const SchemaNode& schema, const json::value& value);

}  // namespace dynamod::apiserver
