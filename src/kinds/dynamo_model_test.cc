// A DynamoModel through JSON and back, also as other operators write it.
#include "kinds/dynamo_model.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "kube/decode.h"
#include "kube/encode.h"

namespace dynamod::kinds {

namespace {

constexpr std::string_view kText =
    R"({"apiVersion":"nvidia.com/v1alpha1","kind":"DynamoModel",)"
    R"("metadata":{"name":"my-lora","namespace":"dynamo-system","generation":2},)"
    R"("spec":{"baseModelName":"Qwen/Qwen3-0.6B","modelName":"my-custom-lora","modelType":"lora",)"
    R"("source":{"uri":"s3://my-bucket/loras/my-lora"}},)"
    R"("status":{"conditions":[{"lastTransitionTime":"2026-01-02T03:04:05Z",)"
    R"("message":"Discovered 2 ready endpoints for base model Qwen/Qwen3-0.6B","observedGeneration":2,)"
    R"("reason":"EndpointsDiscovered","status":"True","type":"EndpointsReady"}],)"
    R"("endpoints":[{"address":"http://10.0.1.5:9090","podName":"worker-0","ready":true,"reason":"Loaded",)"
    R"("message":"m","source":"s3://my-bucket/loras/my-lora","podUID":"u","containerID":"c",)"
    R"("since":"2026-01-02T03:04:05Z","loraFallbackCovered":true},)"
    R"({"address":"http://10.0.1.6:9090","ready":false}],)"
    R"("loraFallbackCoveredEndpoints":1,"observedGeneration":2,"readyEndpoints":1,"totalEndpoints":2}})";

TEST(DynamoModel, IsWrittenAsItIsRead) {
  const auto model = kube::from_json<DynamoModel>(decode_json(kText).value());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(encode_json(kube::to_json(*model)), kText);
}

TEST(DynamoModel, IsABaseModelUnlessItSaysMore) {
  const auto model = kube::from_json<DynamoModel>(
      decode_json(R"({"spec":{"modelName":"m","baseModelName":"b"}})").value());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->spec.model_type, ModelType::kBase);
  EXPECT_EQ(model->spec.source, std::nullopt);
}

TEST(DynamoModel, AlwaysWritesTheCounts) {
  EXPECT_EQ(encode_json(kube::to_json(DynamoModelStatus{})),
            R"({"readyEndpoints":0,"totalEndpoints":0})");
}

TEST(DynamoModel, TakesAStatusOfAnOlderOperator) {
  const auto model = kube::from_json<DynamoModel>(
      decode_json(
          R"({"spec":{"modelName":"m","baseModelName":"b"},"status":{"readyEndpoints":0,"totalEndpoints":1,
                      "endpoints":[{"address":"http://10.0.0.1:9090","ready":false,"novel":1}]}})")
          .value());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->status.endpoints[0].address, "http://10.0.0.1:9090");
}

RC_GTEST_PROP(DynamoModel, SurvivesARoundTrip, ()) {
  DynamoModel model;
  model.metadata.name = *rc::gen::arbitrary<std::string>();
  model.spec.model_name = *rc::gen::arbitrary<std::string>();
  model.spec.base_model_name = *rc::gen::arbitrary<std::string>();
  model.spec.model_type =
      *rc::gen::element(ModelType::kBase, ModelType::kLora, ModelType::kAdapter);
  if (*rc::gen::arbitrary<bool>())
    model.spec.source = ModelSource{*rc::gen::arbitrary<std::string>()};
  model.status.total_endpoints = *rc::gen::arbitrary<std::int32_t>();
  model.status.observed_generation = *rc::gen::arbitrary<std::int64_t>();
  const int endpoints = *rc::gen::inRange(0, 4);
  for (int i = 0; i < endpoints; ++i)
    model.status.endpoints.push_back({.address = *rc::gen::arbitrary<std::string>(),
                                      .ready = *rc::gen::arbitrary<bool>(),
                                      .message = *rc::gen::arbitrary<std::string>(),
                                      .lora_fallback_covered = *rc::gen::arbitrary<bool>()});

  const auto read = kube::from_json<DynamoModel>(kube::to_json(model));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == model);
}

}  // namespace

}  // namespace dynamod::kinds
