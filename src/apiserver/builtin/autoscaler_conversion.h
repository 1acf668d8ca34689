// HorizontalPodAutoscalers of autoscaling/v1 and v2. Version 1 knows one metric, the CPU; what else
// version 2 says travels in annotations, as Kubernetes does it.
#pragma once

#include "base/json.h"

namespace dynamod::apiserver {

// Both rewrite apiVersion as well; an object that has it already stays as it is.
void autoscaler_to_v2(json::object& autoscaler);
void autoscaler_to_v1(json::object& autoscaler);

}  // namespace dynamod::apiserver
