// Edits: a changed source is rolled over the workers, a changed name leaves nothing behind.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class UpdateSim : public SimTest {
 protected:
  [[nodiscard]] std::size_t holding(const std::string& name, const std::string& uri = "") {
    std::size_t count = 0;
    for (const PlayedPod* pod : cluster.nodes.living()) {
      const auto there = pod->adapters().find(name);
      if (there != pod->adapters().end() && (uri.empty() || there->second == uri)) ++count;
    }
    return count;
  }

  void set_load_latency(Duration latency) {
    for (const PlayedPod* pod : cluster.nodes.living())
      pod->worker->fake().options().load_latency = latency;
  }
};

TEST_P(UpdateSim, ANewSourceIsRolledWithinTheBudget) {
  quick_start(8);
  set_load_latency(5s);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  const SteadyTime end = cluster.loop.now() + 2min;
  std::size_t least = 8;
  while (cluster.loop.now() < end && holding("my-custom-lora", "s3://adapters/v2") < 8) {
    cluster.run_for(100ms);
    least = std::min(least, holding("my-custom-lora"));
  }
  ASSERT_CONVERGES(30s);
  EXPECT_GE(least, 6u) << "25 % of 8 may be away at a time";
  EXPECT_EQ(cluster.posts(), 16u);
  EXPECT_EQ(cluster.deletes(), 8u);
  cluster.run_for(1min);
  EXPECT_EQ(cluster.deletes(), 8u);
}

TEST_P(UpdateSim, ABadSourcePausesTheRollAndTheOthersServeOn) {
  quick_start(8);
  for (const PlayedPod* pod : cluster.nodes.living()) {
    pod->worker->fake().set_source("s3://adapters/bad",
                                   {.kind = testing::FakeSource::Kind::kMissing});
  }
  cluster.edit_uri("my-lora", "s3://adapters/bad");
  cluster.run_for(5min);
  EXPECT_GE(holding("my-custom-lora", "s3://adapters/my-custom-lora"), 6u);
  EXPECT_THAT(cluster.message("my-lora", "EndpointsReady"),
              HasSubstr("0 of 8 updated, paused: w-"));
  EXPECT_TRUE(cluster.has_event("my-lora", "PartialEndpointFailure"));
  cluster.edit_uri("my-lora", "s3://adapters/good");
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(holding("my-custom-lora", "s3://adapters/good"), 8u);
}

TEST_P(UpdateSim, GoingBackInTheMiddleOfARoll) {
  quick_start(4);
  set_load_latency(3s);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  cluster.run_for(cluster.random_duration(12s));
  cluster.edit_uri("my-lora", "s3://adapters/my-custom-lora");
  ASSERT_CONVERGES(2min);
}

TEST_P(UpdateSim, EditsThatComeFasterThanTheRoll) {
  quick_start(4);
  set_load_latency(2s);
  for (int i = 0; i < 6; ++i) {
    cluster.edit_uri("my-lora", "s3://adapters/v" + std::to_string(i));
    cluster.run_for(cluster.random_duration(8s));
  }
  ASSERT_CONVERGES(2min);
}

TEST_P(UpdateSim, ARenameLoadsTheNewNameAndLeavesNothingOfTheOld) {
  quick_start(3);
  cluster.rename("my-lora", "another-name");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 6u);
  EXPECT_EQ(cluster.deletes(), 3u);
}

TEST_P(UpdateSim, RenamesAndEditsAtRandom) {
  quick_start(3);
  set_load_latency(cluster.random_duration(4s));
  for (int i = 0; i < 12; ++i) {
    if (cluster.toss()) {
      cluster.rename("my-lora", "name-" + std::to_string(cluster.loop.rng().between(0, 2)));
    } else {
      cluster.edit_uri("my-lora",
                       "s3://adapters/v" + std::to_string(cluster.loop.rng().between(0, 2)));
    }
    if (cluster.toss()) cluster.add_pods(1);
    cluster.run_for(cluster.random_duration(10s));
  }
  ASSERT_CONVERGES(3min);
}

// A pod that does not answer neither counts nor blocks.
TEST_P(UpdateSim, ARollGoesPastAWorkerThatHangs) {
  quick_start(4);
  cluster.net.set_fault(cluster.nodes.pod("w-2").address(),
                        {.kind = testing::SimFault::Kind::kHang});
  cluster.run_for(1min);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  EXPECT_TRUE(
      cluster.run_until([&] { return holding("my-custom-lora", "s3://adapters/v2") == 3; }, 2min));
  cluster.net.set_fault(cluster.nodes.pod("w-2").address(), {});
  ASSERT_CONVERGES(2min);
}

DYNAMOD_SIM_WORKLOAD(UpdateSim);

}  // namespace
}  // namespace dynamod::sim
