// What clients of the CRD depend on; the reference page is compared with the generator.
#include "kinds/crd.h"

#include <gmock/gmock.h>

#include "testing/golden.h"

namespace dynamod::kinds {

namespace {

using ::testing::ElementsAre;

const json::value& version_of(const json::value& crd) {
  return *find_json(crd, "spec.versions[0]");
}

TEST(DynamoModelCrd, HasTheIdentityOfDynamosOwn) {
  const auto crd = dynamo_model_crd();
  EXPECT_EQ(string_at(crd, "metadata.name"), "dynamomodels.nvidia.com");
  EXPECT_EQ(find_json(crd, "metadata.annotations")->at("helm.sh/resource-policy"), "keep");
  EXPECT_EQ(string_at(crd, "spec.group"), "nvidia.com");
  EXPECT_EQ(encode_json(*find_json(crd, "spec.names")),
            R"({"kind":"DynamoModel","listKind":"DynamoModelList","plural":"dynamomodels",)"
            R"("singular":"dynamomodel","shortNames":["dm"]})");
  EXPECT_EQ(string_at(version_of(crd), "name"), "v1alpha1");
  EXPECT_NE(find_json(version_of(crd), "subresources.status"), nullptr);
}

TEST(DynamoModelCrd, RequiresWhatDynamosOwnRequires) {
  const auto crd = dynamo_model_crd();
  const auto required = [&](std::string_view path) {
    const auto* schema =
        find_json(version_of(crd), std::string("schema.openAPIV3Schema").append(path));
    const auto* list = schema ? schema->as_object().if_contains("required") : nullptr;
    return list ? encode_json(*list) : std::string();
  };
  EXPECT_EQ(required(""), "");
  EXPECT_EQ(required(".properties.spec"), R"(["baseModelName","modelName"])");
  EXPECT_EQ(required(".properties.spec.properties.source"), R"(["uri"])");
  EXPECT_EQ(required(".properties.status"), R"(["readyEndpoints","totalEndpoints"])");
  EXPECT_EQ(required(".properties.status.properties.endpoints.items"), R"(["address","ready"])");
}

TEST(DynamoModelCrd, PrintsTheDocumentedColumns) {
  std::vector<std::string> narrow;
  std::vector<std::string> wide;
  const auto crd = dynamo_model_crd();
  for (const auto& column : version_of(crd).at("additionalPrinterColumns").as_array())
    (column.as_object().contains("priority") ? wide : narrow).push_back(string_at(column, "name"));
  EXPECT_THAT(narrow, ElementsAre("Total", "Ready", "Age"));
  EXPECT_THAT(wide, ElementsAre("Model", "BaseModel", "Type", "Reason"));
}

TEST(DynamoModelCrd, KeepsTypeAndBaseByCel) {
  const auto crd = dynamo_model_crd();
  for (const std::string field : {"baseModelName", "modelType"}) {
    const auto* schema =
        find_json(version_of(crd), "schema.openAPIV3Schema.properties.spec.properties." + field);
    EXPECT_EQ(
        encode_json(schema->at("x-kubernetes-validations")),
        R"([{"rule":"self == oldSelf","message":"is immutable and cannot be changed after creation"}])");
  }
  const auto* type =
      find_json(version_of(crd), "schema.openAPIV3Schema.properties.spec.properties.modelType");
  EXPECT_EQ(encode_json(type->at("enum")), R"(["base","lora","adapter"])");
  EXPECT_EQ(type->at("default"), "base");
}

TEST(DynamoModelReference, StandsInTheUsersDocument) {
  constexpr std::string_view kBegin =
      "<!-- fields: generated; to renew, run kinds_test with DYNAMOD_UPDATE_GENERATED=1 -->\n";
  constexpr std::string_view kEnd = "<!-- end of fields -->\n";
  const std::string path = "../../docs/spec/dynamomodel.md";
  const std::string page = make_real_files()->read(path).value_or("");
  const auto begin = page.find(kBegin);
  const auto end = page.find(kEnd);
  ASSERT_LT(begin, end) << path << " has no marks between which the fields stand";
  ASSERT_NE(end, std::string::npos) << path << " has no marks between which the fields stand";

  const std::string generated =
      page.substr(0, begin + kBegin.size()) + dynamo_model_reference() + page.substr(end);
  EXPECT_EQ(testing::differs_from_committed(path, generated), "");
}

}  // namespace

}  // namespace dynamod::kinds
