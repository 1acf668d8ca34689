// Reviews as an API server sends them, and the answers it takes.
#include "kube/admission.h"

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

constexpr ResourceType kModels{"nvidia.com", "v1alpha1", "dynamomodels", "DynamoModel"};

TEST(AdmissionReview, IsRead) {
  const auto request =
      parse_admission_review(R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
      "request":{"uid":"u-1","kind":{"group":"nvidia.com","version":"v1alpha1","kind":"DynamoModel"},
      "resource":{"group":"nvidia.com","version":"v1alpha1","resource":"dynamomodels"},"name":"m","namespace":"prod",
      "operation":"UPDATE","userInfo":{"username":"alice","groups":["devs"],"extra":{"a":["b"]}},
      "object":{"spec":{"modelName":"x"}},"oldObject":null,"dryRun":true,"options":{"kind":"UpdateOptions"}}})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->uid, "u-1");
  EXPECT_EQ(request->kind, (GroupVersionKind{"nvidia.com", "v1alpha1", "DynamoModel"}));
  EXPECT_EQ(request->operation, Operation::kUpdate);
  EXPECT_EQ(request->ns, "prod");
  EXPECT_EQ(request->user_info.username, "alice");
  EXPECT_EQ(encode_json(request->object), R"({"spec":{"modelName":"x"}})");
  EXPECT_TRUE(request->old_object.is_null());
  EXPECT_TRUE(request->dry_run);
}

TEST(AdmissionReview, IsRefusedWhenItIsNone) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})",
       "admission review: request: Required value"},
      {R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview",
           "request":{"uid":"u","kind":{"kind":"K"},"operation":"CREATE"}})",
       "admission review: only admission.k8s.io/v1 AdmissionReview is understood"},
      {R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
           "request":{"uid":"u","kind":{"kind":"K"},"operation":"LOOK"}})",
       R"(admission review: request.operation: Unsupported value: "LOOK": )"
       R"(supported values: "CREATE", "UPDATE", "DELETE", "CONNECT")"},
  };
  for (const auto& [body, message] : cases)
    EXPECT_EQ(parse_admission_review(body).error(),
              (Error{Error::Kind::kBadRequest, std::string(message)}));
  EXPECT_EQ(parse_admission_review("<html>").error().kind, Error::Kind::kBadRequest);
}

TEST(AdmissionResponse, AllowsWithWarnings) {
  const auto response =
      admission_response(kModels, "m", {.problems = {}, .warnings = {"w", std::string(300, 'x')}});
  EXPECT_EQ(encode_admission_review("u", response),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",)"
            R"("response":{"uid":"u","allowed":true,"warnings":["w",")" +
                std::string(kWarningBytesMax, 'x') + R"("]}})");
}

TEST(AdmissionResponse, RefusesWithAStatus) {
  const auto response =
      admission_response(kModels, "m", {.problems = {required("spec", "")}, .warnings = {}});
  EXPECT_FALSE(response.allowed);
  const auto review = decode_json(encode_admission_review("u", response)).value();
  EXPECT_EQ(string_at(review, "response.status.message"),
            R"(DynamoModel.nvidia.com "m" is invalid: spec: Required value)");
  EXPECT_EQ(find_json(review, "response.status.code")->as_int64(), 422);
  EXPECT_EQ(find_json(review, "response.allowed")->as_bool(), false);
}

}  // namespace

}  // namespace dynamod::kube
