// The words our objects, pods and Services carry: labels, annotations, finalizers and condition
// types. All are an API: Dynamo's operator, its workers and users' tools read them.
#pragma once

#include <string_view>

#include "lora/base_model.h"

namespace dynamod::kinds {

inline constexpr std::string_view kGroup = "nvidia.com";

// What links a model to its workers is known to the workers' side too.
using lora::kBaseModelAnnotation;
using lora::kBaseModelHashLabel;
inline constexpr std::string_view kManagedByLabel = "nvidia.com/managed-by";
inline constexpr std::string_view kManagedByOperator = "dynamo-operator";
inline constexpr std::string_view kComponentTypeLabel = "nvidia.com/dynamo-component-type";
inline constexpr std::string_view kSubComponentTypeLabel = "nvidia.com/dynamo-sub-component-type";
inline constexpr std::string_view kGraphDeploymentLabel = "nvidia.com/dynamo-graph-deployment-name";
inline constexpr std::string_view kSelectorLabel = "nvidia.com/selector";

inline constexpr std::string_view kFinalizer = "nvidia.com/finalizer";
// On the model: which adapter names it may have left on workers, and from which source.
inline constexpr std::string_view kAppliedAnnotation = "dynamod.dev/applied";
// On a pod: the condition that names adapters still to be unloaded there, and the one of its
// readiness gate.
inline constexpr std::string_view kAdapterDebtCondition = "dynamod.dev/AdapterDebt";

inline constexpr std::string_view kEndpointsReadyCondition = "EndpointsReady";
inline constexpr std::string_view kServicesFoundCondition = "ServicesFound";
inline constexpr std::string_view kReadyCondition = "Ready";
inline constexpr std::string_view kStalledCondition = "Stalled";

}  // namespace dynamod::kinds
