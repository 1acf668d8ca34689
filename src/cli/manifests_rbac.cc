// The rules, written with the resource types the code uses.
#include "cli/manifests_rbac.h"

#include <initializer_list>
#include <optional>
#include <string_view>

#include "cli/install_names.h"
#include "kinds/dynamo_model.h"
#include "kube/event.h"
#include "kube/lease.h"
#include "kube/pod.h"
#include "kube/secret.h"
#include "kube/service.h"

namespace dynamod::cli {

namespace {

using Words = std::initializer_list<std::string_view>;

json::array array_of(Words words) {
  json::array array;
  for (const auto word : words) array.emplace_back(word);
  return array;
}

json::object rule(const kube::ResourceType& type, std::string_view subresource, Words verbs) {
  std::string resource(type.plural);
  if (!subresource.empty()) resource.append("/").append(subresource);
  return {{"apiGroups", array_of({type.group})},
          {"resources", array_of({std::string_view(resource)})},
          {"verbs", array_of(verbs)}};
}

json::object rule(const kube::ResourceType& type, Words verbs) {
  return rule(type, "", verbs);
}

// Only the object of that name. (No right to create can be limited so: a new object's name is not
// known yet.)
json::object rule_for(const kube::ResourceType& type, std::string_view name, Words verbs) {
  json::object limited = rule(type, verbs);
  limited["resourceNames"] = array_of({name});
  return limited;
}

constexpr kube::ResourceType kValidatingWebhooks{"admissionregistration.k8s.io", "v1",
                                                 "validatingwebhookconfigurations",
                                                 "ValidatingWebhookConfiguration", false};

}  // namespace

json::array work_rules() {
  return {rule(kinds::DynamoModel::kType, {"get", "list", "watch", "patch"}),
          rule(kinds::DynamoModel::kType, "status", {"patch"}),
          rule(kube::Pod::kType, {"get", "list", "watch"}),
          rule(kube::Pod::kType, "status", {"patch"}),
          rule(kube::Service::kType, {"get", "list", "watch", "create", "patch", "delete"}),
          rule(kube::EndpointSlice::kType, {"get", "list", "watch"}),
          rule(kube::Event::kType, {"create", "patch"})};
}

json::array lease_rules() {
  return {rule(kube::Lease::kType, {"create"}),
          rule_for(kube::Lease::kType, kLeaseName, {"get", "patch"})};
}

json::array webhook_secret_rules() {
  return {rule(kube::Secret::kType, {"create"}),
          rule_for(kube::Secret::kType, kWebhookSecretName, {"get", "patch"})};
}

json::array webhook_configuration_rules() {
  return {rule_for(kValidatingWebhooks, kWebhookConfigurationName, {"get", "patch"})};
}

}  // namespace dynamod::cli
