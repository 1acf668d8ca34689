// What Kubernetes fills in where a pod leaves something out; the same for pods and for templates of
// pods, but for a few fields.
#pragma once

#include "base/json.h"

namespace dynamod::apiserver {

// `spec` of a template in a Deployment, Job, ...
void default_pod_spec(json::object& spec);
// A Pod itself: also requests from limits, host ports, service links.
void default_pod(json::object& pod);
// A PodTemplateSpec.
void default_pod_template(json::object& pod_template);
// `spec` of a PersistentVolumeClaim, which pods and stateful sets embed.
void default_claim_spec(json::object& spec);

}  // namespace dynamod::apiserver
