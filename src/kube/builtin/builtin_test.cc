// The table by samples of each fact; tests/oracle compares it whole with client-go.
#include "kube/builtin/builtin.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/json.h"
#include "kube/schema/prune.h"

namespace dynamod::kube {
namespace {

using testing::ElementsAre;

const Schema* at(const Schema* schema, std::initializer_list<std::string_view> steps) {
  for (const auto step : steps) {
    if (!schema) return nullptr;
    schema = step == "[]" ? schema->items : schema->field(step);
  }
  return schema;
}

TEST(BuiltinResources, AreWhatDiscoverySays) {
  const auto* deployments = find_builtin_resource("apps", "v1", "deployments");
  ASSERT_NE(deployments, nullptr);
  EXPECT_EQ(deployments->kind, "Deployment");
  EXPECT_EQ(deployments->singular, "deployment");
  EXPECT_TRUE(deployments->namespaced);
  EXPECT_THAT(deployments->short_names, ElementsAre("deploy"));
  EXPECT_THAT(deployments->categories, ElementsAre("all"));
  EXPECT_NE(deployments->verbs & kVerbDeleteCollection, 0);
  ASSERT_EQ(deployments->subresources.size(), 2U);
  EXPECT_EQ(deployments->subresources[0].name, "scale");
  EXPECT_EQ(deployments->subresources[0].group, "autoscaling");
  EXPECT_EQ(deployments->subresources[0].kind, "Scale");
  EXPECT_EQ(deployments->subresources[1].group, "apps");

  const auto* reviews =
      find_builtin_resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews");
  ASSERT_NE(reviews, nullptr);
  EXPECT_EQ(reviews->verbs, kVerbCreate);
  EXPECT_EQ(find_builtin_resource("", "v1", "deployments"), nullptr);
  EXPECT_EQ(builtin_release(), "v1.36.3");
}

TEST(BuiltinResources, ListCoreFirstAndPreferredVersionsFirst) {
  const auto all = builtin_resources();
  EXPECT_EQ(all.front().group, "");
  const auto version = [&](std::string_view wanted) {
    return std::ranges::find_if(all, [&](const BuiltinResource& r) {
      return r.group == "autoscaling" && r.version == wanted;
    });
  };
  EXPECT_LT(version("v2"), version("v1"));
}

TEST(BuiltinResources, AllHaveSchemas) {
  for (const auto& r : builtin_resources()) {
    const auto api_version =
        r.group.empty() ? std::string(r.version) : fmt::format("{}/{}", r.group, r.version);
    EXPECT_NE(builtin_schema(api_version, r.kind), nullptr) << r.kind;
  }
}

TEST(BuiltinSchema, KnowsTypesListsAndPatchStrategies) {
  const auto* pod = builtin_schema("v1", "Pod");
  const auto* containers = at(pod, {"spec", "containers"});
  ASSERT_NE(containers, nullptr);
  EXPECT_EQ(containers->list_type, ListType::kMap);
  EXPECT_THAT(containers->list_map_keys, ElementsAre("name"));
  EXPECT_TRUE(containers->patch_merge);
  EXPECT_EQ(containers->patch_merge_key, "name");

  const auto* ports = at(pod, {"spec", "containers", "[]", "ports"});
  EXPECT_THAT(ports->list_map_keys, ElementsAre("containerPort", "protocol"));
  EXPECT_EQ(ports->patch_merge_key, "containerPort");
  EXPECT_EQ(*at(ports, {"[]", "protocol"})->default_value, json::value("TCP"));

  EXPECT_EQ(at(pod, {"metadata", "finalizers"})->list_type, ListType::kSet);
  EXPECT_TRUE(at(pod, {"spec", "nodeSelector"})->atomic_map);
  EXPECT_TRUE(at(pod, {"spec", "imagePullSecrets", "[]"})->atomic_map);
  EXPECT_TRUE(at(pod, {"spec", "volumes"})->patch_retain_keys);
  EXPECT_EQ(at(pod, {"spec", "containers", "[]", "resources", "limits", "cpu"})->format,
            "quantity");
  EXPECT_EQ(at(pod, {"metadata", "creationTimestamp"})->format, "date-time");
  EXPECT_EQ(at(pod, {"spec", "terminationGracePeriodSeconds"})->format, "int64");
  EXPECT_EQ(at(pod, {"spec", "containers", "[]", "livenessProbe", "httpGet", "port"})->type,
            SchemaType::kIntOrString);
  EXPECT_EQ(at(builtin_schema("v1", "Secret"), {"data", "x"})->format, "byte");
  EXPECT_THAT(at(pod, {"spec"})->required, ElementsAre("containers"));
}

TEST(BuiltinSchema, AFieldOverridesWhatItsTypeSays) {
  EXPECT_TRUE(at(builtin_schema("v1", "Event"), {"involvedObject"})->atomic_map);
  EXPECT_FALSE(at(builtin_schema("v1", "PersistentVolume"), {"spec", "claimRef"})->atomic_map);
  EXPECT_TRUE(
      at(builtin_schema("policy/v1", "PodDisruptionBudget"), {"spec", "selector"})->patch_replace);
}

TEST(BuiltinSchema, IsTheSameForEveryCallAndSharedBetweenKinds) {
  EXPECT_EQ(builtin_schema("v1", "Pod"), builtin_schema("v1", "Pod"));
  EXPECT_EQ(at(builtin_schema("v1", "Pod"), {"spec"}),
            at(builtin_schema("apps/v1", "Deployment"), {"spec", "template", "spec"}));
  EXPECT_EQ(at(builtin_schema("v1", "Pod"), {"metadata"}), &object_meta_schema());
}

TEST(BuiltinSchema, MayFormCycles) {
  const auto* crd = builtin_schema("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  const auto* schema = at(crd, {"spec", "versions", "[]", "schema", "openAPIV3Schema"});
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(at(schema, {"properties", "x"}), schema);
  EXPECT_EQ(at(schema, {"not"}), schema);
}

TEST(BuiltinSchema, KnowsOptionsInEveryGroup) {
  EXPECT_NE(builtin_schema("v1", "DeleteOptions"), nullptr);
  EXPECT_EQ(builtin_schema("nvidia.com/v1", "DeleteOptions"),
            builtin_schema("v1", "DeleteOptions"));
  EXPECT_EQ(builtin_schema("v1", "Deployment"), nullptr);
  EXPECT_EQ(builtin_schema("apps/v1", ""), nullptr);
}

TEST(BuiltinSchema, FindsUnknownFieldsInTheOrderOfTheDocument) {
  const auto object = *decode_json(R"({"apiVersion":"v1","kind":"Pod","zz":1,"metadata":{"nam":"x",
      "labels":{"any":"y"}},"spec":{"containers":[{"name":"a"},{"imge":"b"}]},"aa":2})");
  EXPECT_THAT(unknown_fields(object.get_object(), *builtin_schema("v1", "Pod")),
              ElementsAre("zz", "metadata.nam", "spec.containers[1].imge", "aa"));
}

}  // namespace
}  // namespace dynamod::kube
