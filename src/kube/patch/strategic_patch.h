// Strategic merge patch: application/strategic-merge-patch+json. A merge patch that knows from the
// schema which lists are merged by a key, and that may carry directives ($patch, $retainKeys,
// $setElementOrder/..., $deleteFromPrimitiveList/...).
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

// `original` changed by `patch`; `schema` is of the root of a built-in kind. Fields the schema does
// not know are an error, as Go's types have no place for them. Errors: kBadRequest for a directive
// that is used wrongly, kInvalid for what does not fit the kind (HTTP 422), both in the words of
// Kubernetes.
[[nodiscard]] Result<json::object> strategic_patch(const json::object& original,
                                                   const json::object& patch, const Schema& schema);

}  // namespace dynamod::kube
