// Runs x-kubernetes-validations over an object.
#pragma once

#include "apiserver/validation/go_value.h"
#include "apiserver/validation/schema_node.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

// `old` is null for a new object: rules that read oldSelf then do not run, unless it is optional
// to them. A rule that fails on what did not change only warns.
[[nodiscard]] kube::Verdict check_rules(const CompiledSchema& schema, const json::value& value,
                                        const json::value* old);

}  // namespace dynamod::apiserver
