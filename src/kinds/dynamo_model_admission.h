// The admission rule of DynamoModel, for the webhook and for the embedded API server: validation on
// create, and on update when the spec changed and the object is not being deleted.
#pragma once

#include "kube/admission.h"

namespace dynamod::kinds {

// Pure. Requests about other operations or subresources are allowed.
[[nodiscard]] kube::AdmissionResponse admit_dynamo_model(const kube::AdmissionRequest& request);

}  // namespace dynamod::kinds
