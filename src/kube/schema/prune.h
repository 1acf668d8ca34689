// Fields that no schema names: found, and removed. As Kubernetes does it for custom resources
// (structural pruning) and, with the schema of a built-in kind, as its typed decoding does.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

// Removes what `schema` (of a whole object) does not name and returns the paths, as strict decoding
// prints them: "spec.containers[0].foo", "spec.labels.x.y". Sorted for custom resources, in the
// order of the document for built-ins, as their servers do. At the root and in every embedded
// resource apiVersion, kind and metadata stay, and for custom resources metadata is not looked into
// (coerce_metadata in kube/builtin/canonical.h does that).
std::vector<std::string> prune(json::object& object, const Schema& schema);

// The same paths; nothing is removed.
[[nodiscard]] std::vector<std::string> unknown_fields(const json::object& object,
                                                      const Schema& schema);

// prune for a part of an object, e.g. the default value of one field: no field is special unless
// the schema says so.
void prune_part(json::value& part, const Schema& schema);

}  // namespace dynamod::kube
