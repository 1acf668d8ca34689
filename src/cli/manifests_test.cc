// What an installation holds and what it may do; deploy/ is compared with the generator.
#include "cli/manifests.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/yaml.h"
#include "kinds/crd.h"
#include "testing/golden.h"

namespace dynamod::cli {

namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> kinds_in(const std::vector<json::value>& manifests) {
  std::vector<std::string> kinds;
  for (const auto& manifest : manifests) kinds.push_back(string_at(manifest, "kind"));
  return kinds;
}

const json::value& the(std::string_view kind, const std::vector<json::value>& manifests) {
  return *std::ranges::find(
      manifests, kind, [](const json::value& manifest) { return string_at(manifest, "kind"); });
}

// Each right as "group/resource verb", of all roles.
std::set<std::string> rights_in(const std::vector<json::value>& manifests) {
  std::set<std::string> rights;
  for (const auto& manifest : manifests) {
    const auto* rules = manifest.as_object().if_contains("rules");
    if (!rules) continue;
    for (const auto& rule : rules->as_array())
      for (const auto& verb : rule.at("verbs").as_array())
        rights.insert(fmt::format("{}/{} {}", string_at(rule, "apiGroups[0]"),
                                  string_at(rule, "resources[0]"),
                                  std::string_view(verb.as_string())));
  }
  return rights;
}

TEST(Manifests, InstallEverythingInAnOrderThatWorks) {
  EXPECT_THAT(kinds_in(render_manifests({})),
              ElementsAre("CustomResourceDefinition", "Namespace", "ClusterRole",
                          "ClusterRoleBinding", "ValidatingWebhookConfiguration", "ServiceAccount",
                          "Role", "RoleBinding", "Service", "Deployment"));
}

TEST(Manifests, NeedNoClusterRightInNamespacedMode) {
  const ManifestOptions cluster{.scope = InstallScope::kNamespace, .part = InstallPart::kCluster};
  EXPECT_THAT(kinds_in(render_manifests(cluster)),
              ElementsAre("CustomResourceDefinition", "Namespace"));

  const ManifestOptions own{
      .ns = "team-a", .scope = InstallScope::kNamespace, .part = InstallPart::kNamespace};
  const auto manifests = render_manifests(own);
  EXPECT_THAT(kinds_in(manifests),
              ElementsAre("ServiceAccount", "Role", "RoleBinding", "Deployment"));
  for (const auto& manifest : manifests)
    EXPECT_EQ(string_at(manifest, "metadata.namespace"), "team-a");
  EXPECT_EQ(
      encode_json(
          *find_json(the("Deployment", manifests), "spec.template.spec.containers[0].args")),
      R"(["operator","--leader-elect","--metrics-bind-address=:8080","--health-probe-bind-address=:8081",)"
      R"("--webhook-bind-address=0","--namespace=team-a"])");
}

TEST(Manifests, GiveTheLeastRights) {
  const std::set<std::string> everywhere = {"nvidia.com/dynamomodels get",
                                            "nvidia.com/dynamomodels list",
                                            "nvidia.com/dynamomodels watch",
                                            "nvidia.com/dynamomodels patch",
                                            "nvidia.com/dynamomodels/status patch",
                                            "/pods get",
                                            "/pods list",
                                            "/pods watch",
                                            "/pods/status patch",
                                            "/services get",
                                            "/services list",
                                            "/services watch",
                                            "/services create",
                                            "/services patch",
                                            "/services delete",
                                            "discovery.k8s.io/endpointslices get",
                                            "discovery.k8s.io/endpointslices list",
                                            "discovery.k8s.io/endpointslices watch",
                                            "events.k8s.io/events create",
                                            "events.k8s.io/events patch"};
  std::set<std::string> own = everywhere;
  own.insert({"coordination.k8s.io/leases create", "coordination.k8s.io/leases get",
              "coordination.k8s.io/leases patch"});
  EXPECT_EQ(rights_in(render_manifests({.scope = InstallScope::kNamespace})), own);

  std::set<std::string> cluster = everywhere;
  cluster.insert({"admissionregistration.k8s.io/validatingwebhookconfigurations get",
                  "admissionregistration.k8s.io/validatingwebhookconfigurations patch"});
  EXPECT_EQ(rights_in({the("ClusterRole", render_manifests({}))}), cluster);
}

TEST(Manifests, LimitSecretsLeasesAndWebhooksByName) {
  for (const auto& manifest : render_manifests({})) {
    const auto* rules = manifest.as_object().if_contains("rules");
    if (!rules) continue;
    for (const auto& rule : rules->as_array()) {
      const std::string resource = string_at(rule, "resources[0]");
      const bool creates = string_at(rule, "verbs[0]") == "create";
      const bool by_name = resource == "secrets" || resource == "leases" ||
                           resource == "validatingwebhookconfigurations";
      if (by_name && !creates) EXPECT_NE(string_at(rule, "resourceNames[0]"), "") << resource;
    }
  }
}

TEST(Manifests, KeepReadsOfSecretsOutOfTheClusterRole) {
  EXPECT_THAT(rights_in({the("ClusterRole", render_manifests({}))}),
              Each(Not(::testing::StartsWith("/secrets"))));
}

TEST(Manifests, HardenTheOperatorsPod) {
  const auto manifests = render_manifests({.image = "example/dynamod:1", .replicas = 2});
  const auto& deployment = the("Deployment", manifests);
  EXPECT_EQ(string_at(deployment, "metadata.name"), "dynamo-operator-controller-manager");
  EXPECT_EQ(string_at(deployment, "metadata.namespace"), "dynamo-system");
  EXPECT_EQ(find_json(deployment, "spec.replicas")->as_int64(), 2);
  const auto& pod = *find_json(deployment, "spec.template.spec");
  EXPECT_EQ(string_at(pod, "containers[0].image"), "example/dynamod:1");
  EXPECT_EQ(find_json(pod, "securityContext.runAsNonRoot")->as_bool(), true);
  EXPECT_EQ(
      encode_json(*find_json(pod, "containers[0].securityContext")),
      R"({"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}})");
  EXPECT_EQ(encode_json(*find_json(deployment, "spec.selector.matchLabels")),
            encode_json(*find_json(deployment, "spec.template.metadata.labels")));
}

TEST(Manifests, SendAdmissionToTheOperatorAndLetUsersWorkWithoutIt) {
  const auto manifests = render_manifests({.ns = "ops"});
  const auto& webhook = *find_json(the("ValidatingWebhookConfiguration", manifests), "webhooks[0]");
  EXPECT_EQ(string_at(webhook, "name"), "vdynamomodel.kb.io");
  EXPECT_EQ(string_at(webhook, "failurePolicy"), "Ignore");
  EXPECT_EQ(encode_json(*find_json(webhook, "clientConfig")),
            R"({"service":{"name":"dynamo-operator-webhook-service","namespace":"ops",)"
            R"("path":"/validate-nvidia-com-v1alpha1-dynamomodel","port":443}})");
  EXPECT_EQ(encode_json(*find_json(the("Service", manifests), "spec.selector")),
            encode_json(*find_json(the("Deployment", manifests), "spec.template.metadata.labels")));
}

TEST(ManifestsText, IsAStreamOfDocuments) {
  const auto manifests = render_manifests({});
  const auto read = decode_yaml_stream(manifests_text(manifests));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), manifests.size());
  for (std::size_t i = 0; i < manifests.size(); ++i)
    EXPECT_TRUE(equal_json((*read)[i], manifests[i])) << i;
  EXPECT_THAT(manifests_text({}), IsEmpty());
}

TEST(Deploy, HoldsWhatIsGenerated) {
  const ManifestOptions everything;
  const ManifestOptions for_admins{.scope = InstallScope::kNamespace,
                                   .part = InstallPart::kCluster};
  const ManifestOptions for_owners{.scope = InstallScope::kNamespace,
                                   .part = InstallPart::kNamespace};
  const std::pair<std::string, std::vector<json::value>> files[] = {
      {"crds/nvidia.com_dynamomodels.yaml", {kinds::dynamo_model_crd()}},
      {"operator.yaml", render_manifests(everything)},
      {"namespaced-cluster.yaml", render_manifests(for_admins)},
      {"namespaced.yaml", render_manifests(for_owners)},
  };
  for (const auto& [file, manifests] : files) {
    const std::string text =
        "# Generated by `dynamod manifests`; do not edit.\n" + manifests_text(manifests);
    EXPECT_EQ(testing::differs_from_committed("../../deploy/" + file, text), "");
  }
}

}  // namespace

}  // namespace dynamod::cli
