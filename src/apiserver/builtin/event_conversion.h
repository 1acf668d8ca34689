// Events have two faces, core/v1 and events.k8s.io/v1, and one store: the same fields under other
// names.
#pragma once

#include "base/json.h"

namespace dynamod::apiserver {

// Both rewrite apiVersion as well; an object that has it already stays as it is.
void event_to_core(json::object& event);
void event_to_events_api(json::object& event);

}  // namespace dynamod::apiserver
