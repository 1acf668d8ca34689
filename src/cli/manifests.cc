// Everything but the rights (manifests_rbac.cc): the objects of each part, and the operator's
// Deployment.
#include "cli/manifests.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/yaml.h"
#include "cli/manifests_rbac.h"
#include "kinds/crd.h"
#include "kinds/dynamo_model.h"

namespace dynamod::cli {

namespace {

constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";
constexpr std::int64_t kNonRootUser = 65532;  // "nonroot" of the usual minimal base images
// A clean stop takes up to 10 s: calls end, the last status is written, the Lease is released.
constexpr std::int32_t kStopSeconds = 15;

// An object as a rendered manifest; ns "" for cluster-scoped ones.
json::object object_of(std::string_view api_version, std::string_view kind, std::string_view name,
                       std::string_view ns = "") {
  json::object metadata{{"name", name}};
  if (!ns.empty()) metadata["namespace"] = ns;
  metadata["labels"] = json::object{{"app.kubernetes.io/name", kOperatorName}};
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", std::move(metadata)}};
}

// "Role" or "ClusterRole" with its binding to the operator's ServiceAccount.
void add_role(std::vector<json::value>& out, std::string_view name, std::string_view role_ns,
              std::string_view account_ns, json::array rules) {
  const std::string kind = role_ns.empty() ? "ClusterRole" : "Role";
  const std::string api_version = fmt::format("{}/v1", kRbacGroup);
  json::object role = object_of(api_version, kind, name, role_ns);
  role["rules"] = std::move(rules);
  json::object binding = object_of(api_version, kind + "Binding", name, role_ns);
  binding["roleRef"] = json::object{{"apiGroup", kRbacGroup}, {"kind", kind}, {"name", name}};
  binding["subjects"] = json::array{
      json::object{{"kind", "ServiceAccount"}, {"name", kOperatorName}, {"namespace", account_ns}}};
  out.emplace_back(std::move(role));
  out.emplace_back(std::move(binding));
}

void append(json::array& rules, json::array more) {
  for (auto& rule : more) rules.push_back(std::move(rule));
}

json::value webhook_service(const ManifestOptions& options) {
  json::object service = object_of("v1", "Service", kWebhookServiceName, options.ns);
  service["spec"] = json::object{
      {"selector", json::object{{"app.kubernetes.io/name", kOperatorName}}},
      {"ports",
       json::array{json::object{
           {"name", "webhook"}, {"port", 443}, {"targetPort", "webhook"}, {"protocol", "TCP"}}}}};
  return service;
}

// The operator writes caBundle itself, under a field manager of its own.
json::value webhook_configuration(const ManifestOptions& options) {
  const auto& type = kinds::DynamoModel::kType;
  json::object rule{{"apiGroups", json::array{type.group}},
                    {"apiVersions", json::array{type.version}},
                    {"operations", json::array{"CREATE", "UPDATE"}},
                    {"resources", json::array{type.plural}},
                    {"scope", "Namespaced"}};
  json::object service{{"name", kWebhookServiceName},
                       {"namespace", options.ns},
                       {"path", kModelWebhookPath},
                       {"port", 443}};
  json::object webhook{
      {"name", kModelWebhookName},
      {"admissionReviewVersions", json::array{"v1"}},
      {"clientConfig", json::object{{"service", std::move(service)}}},
      {"rules", json::array{std::move(rule)}},
      // CEL rules and the controller check again: a stopped operator must not stop its users.
      {"failurePolicy", "Ignore"},
      {"matchPolicy", "Equivalent"},
      {"sideEffects", "None"},
      {"timeoutSeconds", 5}};
  json::object configuration =
      object_of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration",
                kWebhookConfigurationName);
  configuration["webhooks"] = json::array{std::move(webhook)};
  return configuration;
}

json::array operator_args(const ManifestOptions& options) {
  const bool everywhere = options.scope == InstallScope::kCluster;
  json::array args{"operator", "--leader-elect",
                   fmt::format("--metrics-bind-address=:{}", kMetricsPort),
                   fmt::format("--health-probe-bind-address=:{}", kHealthPort)};
  if (everywhere) {
    args.emplace_back(fmt::format("--webhook-bind-address=:{}", kWebhookPort));
  } else {
    args.emplace_back("--webhook-bind-address=0");
    args.emplace_back(fmt::format("--namespace={}", options.ns));
  }
  return args;
}

json::object port(std::string_view name, std::uint16_t number) {
  return {{"name", name}, {"containerPort", number}, {"protocol", "TCP"}};
}

json::object field_env(std::string_view name, std::string_view path) {
  return {{"name", name},
          {"valueFrom", json::object{{"fieldRef", json::object{{"fieldPath", path}}}}}};
}

json::object probe(std::string_view path, std::int32_t period_seconds) {
  return {{"httpGet", json::object{{"path", path}, {"port", "health"}}},
          {"periodSeconds", period_seconds}};
}

json::object operator_container(const ManifestOptions& options) {
  json::array ports{port("metrics", kMetricsPort), port("health", kHealthPort)};
  if (options.scope == InstallScope::kCluster) ports.push_back(port("webhook", kWebhookPort));
  return {{"name", "manager"},
          {"image", options.image},
          {"args", operator_args(options)},
          {"env", json::array{field_env("POD_NAME", "metadata.name"),
                              field_env("POD_NAMESPACE", "metadata.namespace")}},
          {"ports", std::move(ports)},
          {"livenessProbe", probe("/healthz", 20)},
          {"readinessProbe", probe("/readyz", 5)},
          {"resources", json::object{{"requests", json::object{{"cpu", "50m"}, {"memory", "64Mi"}}},
                                     {"limits", json::object{{"memory", "512Mi"}}}}},
          {"securityContext",
           json::object{{"allowPrivilegeEscalation", false},
                        {"readOnlyRootFilesystem", true},
                        {"capabilities", json::object{{"drop", json::array{"ALL"}}}}}}};
}

json::value deployment(const ManifestOptions& options) {
  const json::object labels{{"app.kubernetes.io/name", kOperatorName}};
  json::object pod_spec{
      {"serviceAccountName", kOperatorName},
      {"terminationGracePeriodSeconds", kStopSeconds},
      {"securityContext",
       json::object{{"runAsNonRoot", true},
                    {"runAsUser", kNonRootUser},
                    {"seccompProfile", json::object{{"type", "RuntimeDefault"}}}}},
      {"containers", json::array{operator_container(options)}}};
  json::object object = object_of("apps/v1", "Deployment", kDeploymentName, options.ns);
  object["spec"] =
      json::object{{"replicas", options.replicas},
                   {"selector", json::object{{"matchLabels", labels}}},
                   {"template", json::object{{"metadata", json::object{{"labels", labels}}},
                                             {"spec", std::move(pod_spec)}}}};
  return object;
}

void add_cluster_part(std::vector<json::value>& out, const ManifestOptions& options) {
  out.push_back(kinds::dynamo_model_crd());
  out.emplace_back(object_of("v1", "Namespace", options.ns));
  if (options.scope == InstallScope::kNamespace) return;
  json::array rules = work_rules();
  append(rules, webhook_configuration_rules());
  add_role(out, kOperatorName, "", options.ns, std::move(rules));
  out.push_back(webhook_configuration(options));
}

void add_namespace_part(std::vector<json::value>& out, const ManifestOptions& options) {
  const bool everywhere = options.scope == InstallScope::kCluster;
  out.emplace_back(object_of("v1", "ServiceAccount", kOperatorName, options.ns));
  json::array rules = everywhere ? webhook_secret_rules() : work_rules();
  append(rules, lease_rules());
  add_role(out, kOperatorName, options.ns, options.ns, std::move(rules));
  if (everywhere) out.push_back(webhook_service(options));
  out.push_back(deployment(options));
}

}  // namespace

std::vector<json::value> render_manifests(const ManifestOptions& options) {
  std::vector<json::value> out;
  if (options.part != InstallPart::kNamespace) add_cluster_part(out, options);
  if (options.part != InstallPart::kCluster) add_namespace_part(out, options);
  return out;
}

std::string manifests_text(const std::vector<json::value>& manifests) {
  std::string text;
  for (const auto& manifest : manifests) text.append("---\n").append(encode_yaml(manifest));
  return text;
}

}  // namespace dynamod::cli
