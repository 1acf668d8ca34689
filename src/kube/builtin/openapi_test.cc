// Documents as clients read them: complete, with the parts kubectl decides by.
#include "kube/builtin/openapi.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Every "$ref" of a document leads to one of its schemas.
void collect_references(const json::value& value, std::set<std::string>& found) {
  if (const auto* array = value.if_array())
    for (const auto& element : *array) collect_references(element, found);
  const auto* object = value.if_object();
  if (!object) return;
  for (const auto& [key, element] : *object) {
    if (key == "$ref" && element.is_string()) {
      std::string_view name = element.get_string();
      name.remove_prefix(name.rfind('/') + 1);
      found.emplace(name);
    }
    collect_references(element, found);
  }
}

void expect_complete(const json::value& document) {
  std::set<std::string> references;
  collect_references(document, references);
  const auto& schemas = document.at("components").at("schemas").get_object();
  for (const auto& name : references) EXPECT_TRUE(schemas.contains(name)) << name;
}

json::value read(const std::string& document) {
  auto value = decode_json(document, {.size_bytes_max = 8'000'000});
  EXPECT_TRUE(value) << value.error().message;
  return value ? *std::move(value) : json::value();
}

TEST(OpenApiDocument, IsThereForEveryEntryAndComplete) {
  std::set<std::string_view> paths;
  for (const auto& entry : openapi_entries()) {
    const auto text = openapi_document(entry.path);
    EXPECT_EQ(openapi_hash(text), entry.hash);
    expect_complete(read(text));
    EXPECT_TRUE(paths.insert(entry.path).second);
  }
  EXPECT_TRUE(paths.contains("api/v1"));
  EXPECT_TRUE(paths.contains("apis/apps/v1"));
  EXPECT_TRUE(paths.contains("apis/apiextensions.k8s.io/v1"));
  EXPECT_EQ(openapi_document("apis/nothing/v1"), "");
}

TEST(OpenApiDocument, TellsClientsHowToPatch) {
  const auto document = read(openapi_document("apis/apps/v1"));
  const auto& patch = document.at("paths")
                          .at("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
                          .at("patch");
  EXPECT_EQ(encode_json(patch.at("x-kubernetes-group-version-kind")),
            R"({"group":"apps","kind":"Deployment","version":"v1"})");
  EXPECT_THAT(encode_json(patch.at("parameters")), HasSubstr(R"("name":"fieldValidation")"));
  const auto& types = patch.at("requestBody").at("content").get_object();
  for (const auto type : {"application/apply-patch+yaml", "application/json-patch+json",
                          "application/merge-patch+json", "application/strategic-merge-patch+json"})
    EXPECT_TRUE(types.contains(type)) << type;
  EXPECT_EQ(string_at(patch, "operationId"), "patchAppsV1NamespacedDeployment");
}

TEST(OpenApiDocument, KeepsDescriptionsAndExtensions) {
  const auto text = openapi_document("api/v1");
  EXPECT_THAT(text,
              AllOf(HasSubstr("Entrypoint array. Not executed within a shell."),
                    HasSubstr(R"("x-kubernetes-patch-merge-key":"containerPort")"),
                    HasSubstr(R"("x-kubernetes-list-map-keys":["containerPort","protocol"])")));
  EXPECT_THAT(text, Not(HasSubstr("ComponentStatus")));  // not served
}

TEST(OpenApiIndex, GivesEachDocumentAnAddressWithItsHash) {
  const OpenApiEntry entries[] = {{"api/v1", "abc"}, {"apis/nvidia.com/v1alpha1", "def"}};
  EXPECT_EQ(encode_json(openapi_index(entries)),
            R"({"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=abc"},)"
            R"("apis/nvidia.com/v1alpha1":{"serverRelativeURL":)"
            R"("/openapi/v3/apis/nvidia.com/v1alpha1?hash=def"}}})");
}

TEST(RenderOpenApi, DescribesACustomResource) {
  const auto schema = decode_json(R"({"type":"object","description":"A model.","properties":{
      "spec":{"type":"object","properties":{"e":{"type":"object",
      "x-kubernetes-embedded-resource":true}}}}})")
                          ->get_object();
  const OpenApiKind kind{.group = "nvidia.com",
                         .version = "v1alpha1",
                         .plural = "dynamomodels",
                         .kind = "DynamoModel",
                         .list_kind = "DynamoModelList",
                         .status_subresource = true,
                         .scale_subresource = true,
                         .schema = &schema};
  const auto document = read(render_openapi(std::span(&kind, 1)));
  expect_complete(document);
  const auto& schemas = document.at("components").at("schemas");
  const auto& model = schemas.at("com.nvidia.v1alpha1.DynamoModel");
  EXPECT_EQ(encode_json(model.at("x-kubernetes-group-version-kind")),
            R"([{"group":"nvidia.com","kind":"DynamoModel","version":"v1alpha1"}])");
  EXPECT_EQ(string_at(model, "description"), "A model.");
  EXPECT_NE(find_json(model, "properties.metadata.allOf"), nullptr);
  EXPECT_NE(find_json(model, "properties.spec.properties.e.properties.metadata"), nullptr);
  EXPECT_EQ(encode_json(schemas.at("com.nvidia.v1alpha1.DynamoModelList").at("required")),
            R"(["items"])");

  const auto& paths = document.at("paths").get_object();
  const std::string base = "/apis/nvidia.com/v1alpha1/namespaces/{namespace}/dynamomodels";
  for (const auto& path : {base, base + "/{name}", base + "/{name}/status", base + "/{name}/scale",
                           std::string("/apis/nvidia.com/v1alpha1/dynamomodels"),
                           std::string("/apis/nvidia.com/v1alpha1/")})
    EXPECT_TRUE(paths.contains(path)) << path;
  const auto& patch = paths.at(base + "/{name}").at("patch").at("requestBody").at("content");
  EXPECT_FALSE(patch.get_object().contains("application/strategic-merge-patch+json"));
  EXPECT_EQ(
      encode_json(paths.at(base + "/{name}/scale").at("get").at("x-kubernetes-group-version-kind")),
      R"({"group":"autoscaling","kind":"Scale","version":"v1"})");
}

TEST(RenderOpenApi, ClusterScopedAndWithoutSchema) {
  const OpenApiKind kind{.group = "x.dev",
                         .version = "v1",
                         .plural = "things",
                         .kind = "Thing",
                         .list_kind = "ThingList",
                         .namespaced = false};
  const auto document = read(render_openapi(std::span(&kind, 1)));
  EXPECT_TRUE(document.at("paths").get_object().contains("/apis/x.dev/v1/things/{name}"));
  EXPECT_THAT(encode_json(document.at("components").at("schemas").at("dev.x.v1.Thing")),
              HasSubstr(R"("x-kubernetes-preserve-unknown-fields":true)"));
}

}  // namespace
}  // namespace dynamod::kube
