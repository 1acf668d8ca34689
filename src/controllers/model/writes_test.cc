// The bodies of our patches.
#include "controllers/model/writes.h"

#include <gtest/gtest.h>

#include "controllers/model/test_world.h"

namespace dynamod::controllers::model {
namespace {

TEST(IntentPatch, TouchesOurAnnotationAndOurFinalizerAlone) {
  auto model = lora("x").without_finalizer().get();
  model.metadata.finalizers = {"other/finalizer"};
  const Applied applied{.names = {"x"}, .source = "11", .from = std::nullopt};
  EXPECT_EQ(
      encode_json(intent_patch(model, applied, FinalizerChange::kAdd)),
      R"({"metadata":{"annotations":{"dynamod.dev/applied":"{\"names\":[\"x\"],\"source\":\"11\"}"},)"
      R"("finalizers":["other/finalizer","nvidia.com/finalizer"]}})");
  EXPECT_EQ(
      encode_json(intent_patch(model, applied, FinalizerChange::kKeep)),
      R"({"metadata":{"annotations":{"dynamod.dev/applied":"{\"names\":[\"x\"],\"source\":\"11\"}"}}})");

  model.metadata.finalizers = {"nvidia.com/finalizer", "other/finalizer"};
  EXPECT_EQ(encode_json(intent_patch(model, std::nullopt, FinalizerChange::kRemove)),
            R"({"metadata":{"finalizers":["other/finalizer"]}})");
}

TEST(StatusPatch, TakesAwayWhatTheNewStatusLeavesOut) {
  kinds::DynamoModelStatus status;
  status.observed_generation = 2;
  EXPECT_EQ(encode_json(status_patch(status)),
            R"({"status":{"conditions":null,"endpoints":null,"loraFallbackCoveredEndpoints":null,)"
            R"("observedGeneration":2,"readyEndpoints":0,"totalEndpoints":0}})");
}

}  // namespace
}  // namespace dynamod::controllers::model
