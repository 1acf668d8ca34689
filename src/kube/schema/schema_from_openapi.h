// The structural schema of a custom resource, read from its CRD's openAPIV3Schema. Separate from
// schema.h because built-in kinds come from a table instead.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

// Adds the nodes of `schema` to `tree` and returns the root. `source` of each node points into
// `schema`, which must outlive the tree and not move. Keywords that only validate (enum, pattern,
// allOf, ...) stay in `source`. Errors: kInvalid with the path ("properties[spec].items: ...") for
// keywords Kubernetes refuses ($ref, definitions, dependencies, patternProperties, additionalItems,
// id, $schema), an items array, and a keyword of the wrong JSON type.
[[nodiscard]] Result<const Schema*> schema_from_openapi(const json::object& schema,
                                                        SchemaTree& tree);

}  // namespace dynamod::kube
