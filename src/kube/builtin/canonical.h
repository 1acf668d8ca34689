// A built-in object as a Go server would print it after reading it into its types. Patches, applies
// and comparisons of objects rely on it: "0.5" and "500m" are one CPU request, and an empty
// `omitempty` list is no list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

// Reads `object` as `kind` of `api_version` and writes it back:
// - unknown fields go; their paths are returned as unknown_fields would;
// - nulls go, and so do zero values where Go's type says omitempty; zero values of other fields
// come
//   in ("resources": {}, "status": {}, "containers": null), as clients are used to;
// - quantities get their canonical text, times are in UTC.
// Errors: kBadRequest as Go's decoder says it, e.g. `json: cannot unmarshal string into Go struct
// field DeploymentSpec.spec.replicas of type int32`; kNotFound when the kind is unknown.
Result<std::vector<std::string>> canonicalize(json::object& object, std::string_view api_version,
                                              std::string_view kind);

// What to do with metadata that does not fit its type ("labels": 3).
enum class Malformed : std::uint8_t {
  kRefuse,  // a write
  kDrop,    // a read of something stored
};

// The same for `metadata`, `apiVersion` and `kind` of a custom resource and of the embedded
// resources its schema names. Returns the unknown fields below metadata ("metadata.foo"). Errors:
// kBadRequest, e.g. `metadata.labels: Invalid value: ...`.
Result<std::vector<std::string>> coerce_metadata(json::object& object, const Schema& schema,
                                                 Malformed malformed);

}  // namespace dynamod::kube
