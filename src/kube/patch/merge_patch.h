// JSON Merge Patch (RFC 7386): application/merge-patch+json, the only patch that needs nothing but
// the two documents.
#pragma once

#include "base/json.h"

namespace dynamod::kube {

// `target` changed by `patch`: objects are merged, null removes a field, anything else replaces. A
// null inside a list of the patch stays. Never fails; a patch that is no object is the new
// document, so callers who need an object check that first ("Invalid JSON Patch" in Kubernetes).
[[nodiscard]] json::value merge_patch(json::value target, const json::value& patch);

}  // namespace dynamod::kube
