// From an admission request to the verdict of the validation.
#include "kinds/dynamo_model_admission.h"

#include "kinds/dynamo_model.h"
#include "kinds/dynamo_model_validation.h"

namespace dynamod::kinds {

kube::AdmissionResponse admit_dynamo_model(const kube::AdmissionRequest& request) {
  const bool writes = request.operation == kube::Operation::kCreate ||
                      request.operation == kube::Operation::kUpdate;
  if (!writes || !request.sub_resource.empty()) return {};
  const kube::Verdict verdict = validate_model_json(request.object, request.old_object);
  return kube::admission_response(DynamoModel::kType, request.name, verdict);
}

}  // namespace dynamod::kinds
