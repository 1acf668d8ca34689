// autoscaling/v1 Scale: what /scale shows of an object, and what a write of it changes there.
#pragma once

#include "apiserver/refusal.h"
#include "apiserver/registry/resource.h"
#include "base/json.h"

namespace dynamod::apiserver {

// `object` is of `resource`, which has a scale. An object without status.replicas has 0.
[[nodiscard]] json::object scale_of(const Resource& resource, const json::object& object);
// `object` with the replicas (and the resourceVersion, as a precondition) of `scale`. 422 when they
// are negative.
[[nodiscard]] Outcome<json::object> with_scale(const Resource& resource, json::object object,
                                               const json::object& scale);

}  // namespace dynamod::apiserver
