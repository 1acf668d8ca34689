// What the versions of a CustomResourceDefinition must be.
#pragma once

#include "apiserver/validation/go_value.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

// Names, the one storage version, presence of schemas, deprecation.
void check_versions(const json::array& versions, Problems& out);
// Schemas, subresources, printer columns, selectable fields.
void check_version_fields(const json::array& versions, kube::Verdict& out);
// `unrecognized format "odd"`, but for formats that `old` (may be null) has too.
void add_format_warnings(const json::object& crd, const json::object* old, kube::Verdict& out);

}  // namespace dynamod::apiserver
