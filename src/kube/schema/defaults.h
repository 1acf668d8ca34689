// Defaults and nulls of custom resources, by their schema. On a write: drop_nulls, apply_defaults;
// on a read of a stored object: apply_defaults alone, so that a default added later shows.
#pragma once

#include "base/json.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

// Gives every absent field its default, and every null one whose schema is not nullable; then goes
// into what is there, defaults included. Built-ins are not defaulted this way: what their documents
// call a default is mostly Go's zero.
void apply_defaults(json::object& object, const Schema& schema);

// Removes fields that are null though their schema is neither nullable nor has a default. Elements
// of lists and fields without a schema stay.
void drop_nulls(json::object& object, const Schema& schema);

}  // namespace dynamod::kube
