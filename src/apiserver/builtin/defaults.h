// What Kubernetes fills in where an object of a built-in kind leaves something out, as
// kube-apiserver v1.36.3 answers. Pure: addresses and uids are given elsewhere (strategies).
#pragma once

#include <string_view>

#include "base/json.h"

namespace dynamod::apiserver {

// `object` is in canonical form (kube::canonicalize). `api_version` and `kind` are those of the
// request; kinds without defaults stay as they are. Doing it twice changes nothing.
void apply_builtin_defaults(json::object& object, std::string_view api_version,
                            std::string_view kind);

// The label kubernetes.io/metadata.name of a namespace is always its name, also when that was made
// from generateName after defaulting.
void label_namespace_with_name(json::object& ns);

}  // namespace dynamod::apiserver
