// Checks a value by the keywords of its schema, with the words of k8s.io/kube-openapi: which
// problems are reported, and how, follows its rules for alternatives (anyOf and its like).
#pragma once

#include <string>
#include <string_view>

#include "apiserver/validation/go_value.h"
#include "apiserver/validation/schema_node.h"

namespace dynamod::apiserver {

// `prefix` stands before the path of every problem ("status" when only status is checked). With
// `old`, what equals its old value is not complained about.
[[nodiscard]] Problems check_schema(const SchemaNode& schema, const json::value& value,
                                    const json::value* old, std::string_view prefix);

// The element of `old` that element `wanted` of a list-type map stands for; null when there is
// none.
[[nodiscard]] const json::value* correlated_element(const SchemaNode& list, const json::value* old,
                                                    const json::value& wanted);

}  // namespace dynamod::apiserver
