// What Go's types do to an object; tests/oracle does it to every kind.
#include "kube/builtin/canonical.h"

#include <gtest/gtest.h>

#include "kube/builtin/builtin.h"
#include "kube/schema/schema_from_openapi.h"

namespace dynamod::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string canonical(std::string_view api_version, std::string_view kind, std::string_view text) {
  auto object = decode_json(text)->get_object();
  const auto unknown = canonicalize(object, api_version, kind);
  return unknown ? encode_json(object) : "error: " + unknown.error().message;
}

TEST(Canonicalize, PrintsWhatGoPrintsForAPod) {
  EXPECT_EQ(canonical("v1", "Pod", R"({"spec":{"containers":[{"name":"a","resources":
      {"limits":{"cpu":"0.5","memory":1024}},"env":[],"args":null,"stdin":false}]},
      "metadata":{"labels":{}},"kind":"Pod"})"),
            R"({"kind":"Pod","metadata":{},"spec":{"containers":[{"name":"a","resources":)"
            R"({"limits":{"cpu":"500m","memory":"1024"}}}]},"status":{}})");
}

TEST(Canonicalize, BringsInZeroValuesThatAreNotOmitted) {
  EXPECT_EQ(canonical("apps/v1", "Deployment", "{}"),
            R"({"metadata":{},"spec":{"selector":null,"template":{"metadata":{},)"
            R"("spec":{"containers":null}},"strategy":{}},"status":{}})");
}

TEST(Canonicalize, PointersKeepTheirZero) {
  EXPECT_EQ(canonical("autoscaling/v1", "Scale", R"({"spec":{"replicas":0}})"),
            R"({"metadata":{},"spec":{},"status":{"replicas":0}})");
  EXPECT_THAT(canonical("apps/v1", "ReplicaSet", R"({"spec":{"replicas":0,"selector":{}}})"),
              testing::HasSubstr(R"("replicas":0,"selector":{})"));
}

TEST(Canonicalize, PutsTimesInUtc) {
  EXPECT_THAT(canonical("v1", "ConfigMap",
                        R"({"metadata":{"creationTimestamp":"2026-01-02T05:04:05+02:00"}})"),
              testing::HasSubstr(R"("creationTimestamp":"2026-01-02T03:04:05Z")"));
  EXPECT_THAT(canonical("coordination.k8s.io/v1", "Lease",
                        R"({"spec":{"renewTime":"2026-01-02T03:04:05.5Z"}})"),
              testing::HasSubstr(R"("renewTime":"2026-01-02T03:04:05.500000Z")"));
}

TEST(Canonicalize, DropsUnknownFieldsAndNamesThem) {
  auto object =
      decode_json(R"({"x":1,"spec":{"containers":[{"name":"a","imge":"b"}]}})")->get_object();
  const auto unknown = canonicalize(object, "v1", "Pod");
  ASSERT_TRUE(unknown);
  EXPECT_THAT(*unknown, ElementsAre("spec.containers[0].imge", "x"));
  EXPECT_FALSE(object.contains("x"));
}

TEST(Canonicalize, RefusesWrongTypesInGoWords) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"({"spec":{"replicas":"3"}})",
       "error: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of "
       "type int32"},
      {R"({"spec":{"replicas":3000000000}})",
       "error: json: cannot unmarshal number 3000000000 into Go struct field "
       "DeploymentSpec.spec.replicas of type int32"},
      {R"({"spec":{"template":{"spec":{"containers":[{"image":1}]}}}})",
       "error: json: cannot unmarshal number into Go struct field "
       "Container.spec.template.spec.containers.image of type string"},
      {R"({"spec":[]})",
       "error: json: cannot unmarshal array into Go struct field Deployment.spec of type "
       "v1.DeploymentSpec"},
      {R"({"metadata":{"labels":{"a":1}}})",
       "error: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of "
       "type string"},
      {R"({"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}}})",
       "error: quantities must match the regular expression "
       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
  };
  for (const auto& [text, error] : rows)
    EXPECT_EQ(canonical("apps/v1", "Deployment", text), error) << text;
}

TEST(Canonicalize, KnowsOnlyBuiltInKinds) {
  EXPECT_EQ(canonical("nvidia.com/v1", "X", "{}"),
            "error: no kind \"X\" is registered for version \"nvidia.com/v1\"");
}

// A custom resource with an embedded one at spec.e.
class Metadata : public testing::Test {
 protected:
  Result<std::vector<std::string>> coerce(std::string_view text, Malformed malformed) {
    source_ = decode_json(R"({"type":"object","properties":{"spec":{"type":"object","properties":{
        "e":{"type":"object","x-kubernetes-embedded-resource":true}}}}})")
                  ->get_object();
    const auto* schema = *schema_from_openapi(source_, tree_);
    object_ = decode_json(text)->get_object();
    return coerce_metadata(object_, *schema, malformed);
  }

  json::object source_;
  SchemaTree tree_;
  json::object object_;
};

TEST_F(Metadata, UnknownFieldsGoEverywhere) {
  const auto unknown = coerce(R"({"metadata":{"name":"n","foo":1},
      "spec":{"e":{"metadata":{"bar":{}}}}})",
                              Malformed::kRefuse);
  ASSERT_TRUE(unknown);
  EXPECT_THAT(*unknown, ElementsAre("metadata.foo", "spec.e.metadata.bar"));
  EXPECT_EQ(encode_json(object_), R"({"metadata":{"name":"n"},"spec":{"e":{"metadata":{}}}})");
}

TEST_F(Metadata, AWrongTypeIsRefusedOnAWrite) {
  const auto unknown = coerce(R"({"metadata":{"labels":3}})", Malformed::kRefuse);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::kBadRequest);
  EXPECT_EQ(
      unknown.error().message,
      R"(metadata: Invalid value: {"labels":3}: json: cannot unmarshal number into Go struct )"
      "field ObjectMeta.labels of type map[string]string");
  EXPECT_FALSE(coerce(R"({"kind":3})", Malformed::kRefuse));
}

TEST_F(Metadata, AWrongTypeIsDroppedOnARead) {
  const auto unknown = coerce(R"({"kind":3,"metadata":{"labels":3,"name":"n"}})", Malformed::kDrop);
  ASSERT_TRUE(unknown);
  EXPECT_THAT(*unknown, IsEmpty());
  EXPECT_EQ(encode_json(object_), R"({"metadata":{"name":"n"}})");
}

}  // namespace
}  // namespace dynamod::kube
