// What every object's metadata must be, whatever its kind: names, labels, annotations, finalizers,
// owners, and what an update may not change. As ValidateObjectMeta of k8s.io/apimachinery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/go_value.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

enum class NameRule : std::uint8_t {
  kDnsSubdomain,  // most kinds, all custom resources
  kDnsLabel,      // namespaces
  kDns1035Label,  // services of old
  kPathSegment,   // RBAC: anything that stands between two slashes
};

enum class Scope : std::uint8_t { kCluster, kNamespaced };

struct ObjectMetaRules {
  NameRule name = NameRule::kDnsSubdomain;
  Scope scope = Scope::kNamespaced;
  std::string_view path = "metadata";
};

// For a new object; its name has been generated if it was to be. Reads metadata leniently: a field
// of the wrong type counts as absent (decoding has refused it before).
[[nodiscard]] Problems validate_object_meta(const json::object& metadata,
                                            const ObjectMetaRules& rules);

// For a changed object: immutable fields, finalizers of a dying object, and the shared rules.
// deletionTimestamp, uid, creationTimestamp are to be filled from `old` before, as
// rest.BeforeUpdate does.
[[nodiscard]] Problems validate_object_meta_update(const json::object& metadata,
                                                   const json::object& old,
                                                   std::string_view path = "metadata");

// What every update is checked for before its kind's own rules, as rest.BeforeUpdate: the rules for
// a new object (any path segment as its name) and those for a changed one. Kinds add
// validate_object_meta_update again, so causes repeat, as in Kubernetes.
[[nodiscard]] Problems validate_common_update(const json::object& metadata, const json::object& old,
                                              Scope scope);

// Warnings for finalizers that are new in `metadata` and no qualified names; `old` may be empty.
[[nodiscard]] std::vector<std::string> finalizer_warnings(const json::object& metadata,
                                                          const json::object& old);

}  // namespace dynamod::apiserver
