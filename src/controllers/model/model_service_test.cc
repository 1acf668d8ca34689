// When the model Service is made, mended and taken away.
#include "controllers/model/model_service.h"

#include <gtest/gtest.h>

#include "kube/encode.h"

namespace dynamod::controllers::model {
namespace {

const kube::Service kDesired = desired_service("prod", "Qwen/Qwen3-0.6B");

kube::Service owned_by_another() {
  kube::Service service = kDesired;
  service.metadata.owner_references.push_back({.api_version = "nvidia.com/v1alpha1",
                                               .kind = "DynamoGraphDeployment",
                                               .name = "g",
                                               .uid = "u",
                                               .controller = true});
  return service;
}

TEST(DesiredService, HasTheShapeThatDynamoGivesIt) {
  EXPECT_EQ(
      encode_json(kube::to_json(kDesired)),
      R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"dynamo-model-fb68f5a6","namespace":"prod",)"
      R"("labels":{"nvidia.com/dynamo-base-model-hash":"fb68f5a6","nvidia.com/managed-by":"dynamo-operator"},)"
      R"("annotations":{"nvidia.com/dynamo-base-model":"Qwen/Qwen3-0.6B"}},)"
      R"("spec":{"clusterIP":"None","selector":{"nvidia.com/dynamo-base-model-hash":"fb68f5a6"},)"
      R"("ports":[{"name":"system","protocol":"TCP","port":9090,"targetPort":9090}]}})");
}

TEST(PlanService, FollowsWhatStandsUnderTheName) {
  kube::Service edited = kDesired;
  edited.spec.selector = {{"app", "x"}};
  kube::Service deleting = kDesired;
  deleting.metadata.deletion_timestamp = WallTime{};
  const kube::Service foreign = owned_by_another();

  EXPECT_EQ(plan_service(nullptr, &kDesired), ServiceStep::kCreate);
  EXPECT_EQ(plan_service(nullptr, nullptr), ServiceStep::kNone);
  EXPECT_EQ(plan_service(&kDesired, &kDesired), ServiceStep::kNone);
  EXPECT_EQ(plan_service(&kDesired, nullptr), ServiceStep::kDelete);
  EXPECT_EQ(plan_service(&edited, &kDesired), ServiceStep::kRepair);
  EXPECT_EQ(plan_service(&deleting, &kDesired), ServiceStep::kNone);
  EXPECT_EQ(plan_service(&foreign, &kDesired), ServiceStep::kNone);
  EXPECT_EQ(plan_service(&foreign, nullptr), ServiceStep::kNone);
}

}  // namespace
}  // namespace dynamod::controllers::model
