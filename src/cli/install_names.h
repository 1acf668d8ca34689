// The names that an installation and the running operator share: `dynamod manifests` writes them,
// `dynamod operator` looks for them.
#pragma once

#include <cstdint>
#include <string_view>

namespace dynamod::cli {

inline constexpr std::string_view kDefaultNamespace = "dynamo-system";
inline constexpr std::string_view kDeploymentName =
    "dynamo-operator-controller-manager";  // as Dynamo's chart names it
inline constexpr std::string_view kOperatorName =
    "dynamo-operator";  // ServiceAccount, roles and bindings
inline constexpr std::string_view kLeaseName = "dynamod-operator";

inline constexpr std::string_view kWebhookServiceName = "dynamo-operator-webhook-service";
inline constexpr std::string_view kWebhookConfigurationName = "dynamo-operator-validating";
inline constexpr std::string_view kWebhookSecretName = "dynamod-webhook-ca";
inline constexpr std::string_view kModelWebhookName = "vdynamomodel.kb.io";
inline constexpr std::string_view kModelWebhookPath = "/validate-nvidia-com-v1alpha1-dynamomodel";

inline constexpr std::uint16_t kMetricsPort = 8080;
inline constexpr std::uint16_t kHealthPort = 8081;
inline constexpr std::uint16_t kWebhookPort = 9443;

}  // namespace dynamod::cli
