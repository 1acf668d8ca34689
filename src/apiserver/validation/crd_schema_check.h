// What openAPIV3Schema of a CustomResourceDefinition must be: structural, with keywords Kubernetes
// knows, valid defaults and rules that can run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/go_value.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

enum class StatusSubresource : std::uint8_t { kOff, kOn };

// `path` is that of the object that holds openAPIV3Schema. Warnings name rules and patterns this
// server leaves out.
[[nodiscard]] kube::Verdict check_crd_schema(const json::object& schema, std::string_view path,
                                             StatusSubresource status);

// `["odd"]`: formats in `schema` that Kubernetes does not know for their type.
[[nodiscard]] std::vector<std::string> unknown_formats(const json::object& schema);

// Only "must be structural" and its like.
[[nodiscard]] Problems check_structural(const json::object& schema, std::string_view path);

// What RE2 says of a pattern, in Go's words; "" when it is valid.
[[nodiscard]] std::string pattern_error(std::string_view pattern);

// ".spec.color" followed through a schema: an error ("does not refer to a valid field"), or the
// schema found.
[[nodiscard]] Result<const json::object*> follow_field_path(const json::object& schema,
                                                            std::string_view path,
                                                            bool array_notation);

}  // namespace dynamod::apiserver
