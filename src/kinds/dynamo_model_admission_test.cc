// What the webhook answers.
#include "kinds/dynamo_model_admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::kinds {
namespace {

using ::testing::HasSubstr;

json::value model(const std::string& uri) {
  return {{"apiVersion", "nvidia.com/v1alpha1"},
          {"kind", "DynamoModel"},
          {"metadata", {{"name", "m"}}},
          {"spec",
           {{"modelName", "x"},
            {"baseModelName", "qwen"},
            {"modelType", "lora"},
            {"source", {{"uri", uri}}}}}};
}

TEST(AdmitDynamoModel, LetsAValidObjectPass) {
  kube::AdmissionRequest request;
  request.object = model("s3://b/x");
  EXPECT_TRUE(admit_dynamo_model(request).allowed);
}

TEST(AdmitDynamoModel, RefusesWithTheFieldTheReasonAndNoSecret) {
  kube::AdmissionRequest request;
  request.name = "m";
  request.object = model("ftp://user:secret@host/x");
  const auto response = admit_dynamo_model(request);
  EXPECT_FALSE(response.allowed);
  const std::string message = string_at(response.status, "message");
  EXPECT_THAT(message, HasSubstr("spec.source.uri"));
  EXPECT_EQ(message.find("secret"), std::string::npos);
}

TEST(AdmitDynamoModel, AsksNothingOfDeletionsAndStatusWrites) {
  kube::AdmissionRequest request;
  request.operation = kube::Operation::kDelete;
  EXPECT_TRUE(admit_dynamo_model(request).allowed);
  request.operation = kube::Operation::kUpdate;
  request.sub_resource = "status";
  request.object = model("ftp://x");
  EXPECT_TRUE(admit_dynamo_model(request).allowed);
}

}  // namespace
}  // namespace dynamod::kinds
