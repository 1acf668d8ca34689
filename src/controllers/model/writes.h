// The bodies of the patches a model gets. Pure.
#pragma once

#include <optional>

#include "base/json.h"
#include "controllers/model/plan.h"

namespace dynamod::controllers::model {

// JSON merge patch of metadata: our annotation and our finalizer, everything else as it is on
// `model`.
[[nodiscard]] json::value intent_patch(const kinds::DynamoModel& model,
                                       const std::optional<Applied>& applied,
                                       FinalizerChange finalizer);

// JSON merge patch of the whole status: what the new one leaves out is taken away.
[[nodiscard]] json::value status_patch(const kinds::DynamoModelStatus& status);

}  // namespace dynamod::controllers::model
