// API paths, names and keys.
#include "kube/resource.h"

#include <unordered_set>

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

constexpr ResourceType kPods{"", "v1", "pods", "Pod"};
constexpr ResourceType kModels{"nvidia.com", "v1alpha1", "dynamomodels", "DynamoModel"};
constexpr ResourceType kNodes{"", "v1", "nodes", "Node", false};

TEST(ResourceType, BuildsPaths) {
  EXPECT_EQ(kPods.collection_path(), "/api/v1/pods");
  EXPECT_EQ(kPods.collection_path("x"), "/api/v1/namespaces/x/pods");
  EXPECT_EQ(kPods.object_path({"x", "y"}, "status"), "/api/v1/namespaces/x/pods/y/status");
  EXPECT_EQ(kModels.collection_path("x"), "/apis/nvidia.com/v1alpha1/namespaces/x/dynamomodels");
  EXPECT_EQ(kModels.object_path({"x", "y"}),
            "/apis/nvidia.com/v1alpha1/namespaces/x/dynamomodels/y");
  EXPECT_EQ(kNodes.object_path({"ignored", "n"}), "/api/v1/nodes/n");
}

TEST(ResourceType, EncodesNamesSoThatTheyStayOneSegment) {
  EXPECT_EQ(kPods.object_path({"a/b", "../c?d=1 e"}),
            "/api/v1/namespaces/a%2Fb/pods/..%2Fc%3Fd%3D1%20e");
}

TEST(ResourceType, NamesItself) {
  EXPECT_EQ(kPods.api_version(), "v1");
  EXPECT_EQ(kModels.api_version(), "nvidia.com/v1alpha1");
  EXPECT_EQ(kPods.kind_name(), "Pod");
  EXPECT_EQ(kModels.kind_name(), "DynamoModel.nvidia.com");
  EXPECT_EQ(kPods.resource_name(), "pods");
  EXPECT_EQ(kModels.resource_name(), "dynamomodels.nvidia.com");
}

TEST(CallText, NamesVerbResourceAndObject) {
  EXPECT_EQ(call_text("get", kModels, {"ns", "m"}), "get dynamomodels.nvidia.com ns/m");
  EXPECT_EQ(call_text("list", kPods, {"ns", ""}), "list pods in namespace ns");
  EXPECT_EQ(call_text("watch", kPods, {}), "watch pods");
}

TEST(ObjectKey, GoesThroughText) {
  for (const ObjectKey& key : {ObjectKey{"ns", "name"}, ObjectKey{"", "name"}})
    EXPECT_EQ(parse_object_key(key.text()).value(), key);
  for (const std::string text : {"", "/", "a/", "/a", "a/b/c"})
    EXPECT_EQ(parse_object_key(text).error().kind, Error::Kind::kInvalid) << text;
}

TEST(ObjectKey, IsOrderedByNamespaceThenName) {
  EXPECT_LT((ObjectKey{"a", "z"}), (ObjectKey{"b", "a"}));
  EXPECT_LT((ObjectKey{"a", "a"}), (ObjectKey{"a", "b"}));
}

TEST(ObjectKey, HashTellsNamespaceFromName) {
  const std::unordered_set<ObjectKey> keys = {{"a", "b"}, {"b", "a"}, {"", "a"}, {"a", "b"}};
  EXPECT_EQ(keys.size(), 3);
}

}  // namespace

}  // namespace dynamod::kube
