// What the server knows of a custom resource once its definition is stored.
#include "apiserver/validation/custom_resource.h"

#include <gtest/gtest.h>

#include "apiserver/validation/crd_object.h"
#include "apiserver/validation/recorded.h"

namespace dynamod::apiserver {
namespace {

json::object definition() {
  auto crd = decode_json(R"({
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
      "group": "example.com", "scope": "Namespaced",
      "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"], "categories": ["all"]},
      "versions": [
        {"name": "v1alpha1", "served": true, "storage": false, "deprecated": true,
         "schema": {"openAPIV3Schema": {"type": "object"}}},
        {"name": "v1", "served": true, "storage": true,
         "schema": {"openAPIV3Schema": {"type": "object", "properties": {
           "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}}}}}},
         "additionalPrinterColumns": [
           {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1}],
         "selectableFields": [{"jsonPath": ".spec.replicas"}],
         "subresources": {"status": {}, "scale": {
           "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}},
        {"name": "v2", "served": false, "storage": false,
         "schema": {"openAPIV3Schema": {"type": "object"}}}]}})");
  default_crd(crd->get_object());
  return crd->get_object();
}

TEST(CustomResource, IsReadFromItsDefinition) {
  const auto read = read_custom_resource(definition());
  ASSERT_TRUE(read.has_value());
  const CustomResource& resource = **read;
  EXPECT_EQ(resource.name, "things.example.com");
  EXPECT_EQ(resource.scope, Scope::kNamespaced);
  EXPECT_EQ(resource.names.singular, "thing");
  EXPECT_EQ(resource.names.list_kind, "ThingList");
  EXPECT_EQ(resource.names.categories, std::vector<std::string>{"all"});
  EXPECT_FALSE(resource.webhook_conversion);

  const CustomResourceVersion& stored = resource.storage_version();
  EXPECT_EQ(stored.name, "v1");
  EXPECT_EQ(stored.columns[0].json_path, ".spec.replicas");
  EXPECT_EQ(stored.columns[0].priority, 1);
  EXPECT_TRUE(stored.status_subresource);
  EXPECT_EQ(stored.scale->status_replicas, ".status.replicas");
  EXPECT_EQ(stored.selectable_fields, std::vector<std::string>{".spec.replicas"});
  ASSERT_NE(stored.schema, nullptr);
  EXPECT_NE(stored.schema->property("spec"), nullptr);

  const auto* alpha = resource.version("v1alpha1");
  ASSERT_NE(alpha, nullptr);
  EXPECT_EQ(alpha->columns, default_printer_columns());
  EXPECT_EQ(alpha->deprecation_warning,
            "example.com/v1alpha1 Thing is deprecated; use example.com/v1 Thing");
  EXPECT_EQ(resource.version("v3"), nullptr);
}

TEST(CustomResource, ServesTheMostStableVersionFirst) {
  const auto read = read_custom_resource(definition());
  ASSERT_TRUE(read.has_value());
  const auto served = (*read)->served_by_priority();
  ASSERT_EQ(served.size(), 2U);
  EXPECT_EQ(served[0]->name, "v1");
  std::vector<std::string> names = {"foo10",    "v1alpha1", "v2beta1",   "v1",       "v10", "foo1",
                                    "v11beta2", "v3beta1",  "v11alpha2", "v10beta3", "v2"};
  std::ranges::sort(names, comes_before);
  EXPECT_EQ(names, (std::vector<std::string>{"v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1",
                                             "v2beta1", "v11alpha2", "v1alpha1", "foo1", "foo10"}));
}

TEST(CustomResource, NeedsAStorageVersion) {
  json::object crd = definition();
  crd["spec"].at("versions").at(1).get_object()["storage"] = false;
  const auto read = read_custom_resource(std::move(crd));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "things.example.com: no version is marked as storage version");
}

TEST(CustomResource, ChecksItsObjects) {
  const auto read = read_custom_resource(definition());
  ASSERT_TRUE(read.has_value());
  const auto object = decode_json(R"({"apiVersion": "example.com/v1", "kind": "Thing",
      "metadata": {"name": "a", "namespace": "default"}, "spec": {"replicas": "many"}})");
  const auto verdict = (*read)->storage_version().validator->validate_create(object->get_object());
  EXPECT_EQ(cause_lines(verdict.problems),
            (std::vector<std::string>{
                "FieldValueInvalid | .spec.replicas | Invalid value: 0: .spec.replicas accessor "
                "error: many is of the type string, expected int64",
                "FieldValueTypeInvalid | spec.replicas | Invalid value: \"string\": spec.replicas "
                "in body must be of type integer: \"string\""}));
}

}  // namespace
}  // namespace dynamod::apiserver
