// What is generated from the declared fields of our kinds: CustomResourceDefinitions and the tables
// of the reference page.
#pragma once

#include <string>

#include "base/json.h"

namespace dynamod::kinds {

// The CRD dynamomodels.nvidia.com, as applied to a cluster.
[[nodiscard]] json::value dynamo_model_crd();

// The fields of DynamoModel as Markdown tables, for docs/spec/dynamomodel.md.
[[nodiscard]] std::string dynamo_model_reference();

}  // namespace dynamod::kinds
