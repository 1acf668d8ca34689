// Merge patches of DynamoModel.
#include "controllers/model/writes.h"

#include <string>
#include <utility>

#include "kube/encode.h"

namespace dynamod::controllers::model {

json::value intent_patch(const kinds::DynamoModel& model, const std::optional<Applied>& applied,
                         FinalizerChange finalizer) {
  json::object metadata;
  if (applied) metadata["annotations"] = {{kinds::kAppliedAnnotation, encode_applied(*applied)}};
  if (finalizer != FinalizerChange::kKeep) {
    json::array finalizers;
    for (const std::string& other : model.metadata.finalizers) {
      if (other != kinds::kFinalizer) finalizers.emplace_back(other);
    }
    if (finalizer == FinalizerChange::kAdd) finalizers.emplace_back(kinds::kFinalizer);
    metadata["finalizers"] = std::move(finalizers);
  }
  return {{"metadata", std::move(metadata)}};
}

json::value status_patch(const kinds::DynamoModelStatus& status) {
  json::object document;
  kube::for_each_field<kinds::DynamoModelStatus>(
      [&](const auto& field) { document[field.name] = nullptr; });
  for (auto& [name, value] : kube::to_json(status).as_object()) document[name] = std::move(value);
  return {{"status", std::move(document)}};
}

}  // namespace dynamod::controllers::model
