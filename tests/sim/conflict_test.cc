// Two objects that claim one adapter name, or two names that Dynamo's discovery cannot tell apart.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ConflictSim : public SimTest {
 protected:
  [[nodiscard]] bool stalls(const std::string& object, Duration limit = 30s) {
    return cluster.run_until(
        [&] { return cluster.condition(object, "Stalled") == "True NameConflict"; }, limit);
  }

  void one_ready_and_one_stalled(const std::string& second_name) {
    quick_start();
    cluster.apply_lora("second", {.name = second_name, .uri = "s3://adapters/second"});
    ASSERT_TRUE(stalls("second"));
  }

  [[nodiscard]] std::string uri_on(const std::string& pod, const std::string& name) {
    const auto& adapters = cluster.nodes.pod(pod).adapters();
    const auto place = adapters.find(name);
    return place == adapters.end() ? "" : place->second;
  }
};

TEST_P(ConflictSim, TheIncumbentWinsAndTheLoserLoadsNothing) {
  one_ready_and_one_stalled("my-custom-lora");
  cluster.run_for(2min);
  EXPECT_EQ(cluster.posts(), 2u);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "2/2");
  EXPECT_THAT(cluster.message("second", "Stalled"), HasSubstr("my-lora"));
  EXPECT_TRUE(cluster.has_event("second", "NameConflict"));
}

TEST_P(ConflictSim, DeletingTheLoserTouchesNothing) {
  one_ready_and_one_stalled("my-custom-lora");
  cluster.delete_model("second");
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(ConflictSim, DeletingTheWinnerHandsTheNameOver) {
  one_ready_and_one_stalled("my-custom-lora");
  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.condition("second", "Stalled"), "");
  EXPECT_EQ(uri_on("w-0", "my-custom-lora"), "s3://adapters/second");
}

TEST_P(ConflictSim, SlugTwinsAreOneName) {
  one_ready_and_one_stalled("My-Custom-LoRA");
  EXPECT_TRUE(cluster.nodes.pod("w-0").worker->fake().is_published("my-custom-lora") ||
              cluster.difference().empty());
  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(1min);
  EXPECT_TRUE(cluster.nodes.pod("w-0").worker->fake().is_published("My-Custom-LoRA"));
}

TEST_P(ConflictSim, ARenameGivesTheNameFree) {
  one_ready_and_one_stalled("my-custom-lora");
  cluster.rename("my-lora", "moved-away");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(uri_on("w-1", "my-custom-lora"), "s3://adapters/second");
  EXPECT_EQ(uri_on("w-1", "moved-away"), "s3://adapters/my-custom-lora");
}

TEST_P(ConflictSim, TwoAtOnceHaveOneWinnerThatStays) {
  cluster.start_operator();
  cluster.add_pods(2);
  cluster.apply_lora("a", {.uri = "s3://adapters/a"});
  cluster.apply_lora("b", {.uri = "s3://adapters/b"});
  cluster.run_for(1s);
  const bool a_lost = cluster.condition("a", "Stalled") == "True NameConflict";
  const bool b_lost = cluster.condition("b", "Stalled") == "True NameConflict";
  EXPECT_NE(a_lost, b_lost);
  cluster.run_for(1min);
  EXPECT_EQ(cluster.condition("a", "Stalled") == "True NameConflict", a_lost);
  ASSERT_CONVERGES(1s);
}

TEST_P(ConflictSim, TheSameNameOnAnotherBaseWorks) {
  quick_start();
  cluster.nodes.add_pod("other", {.base = "another/base"});
  cluster.apply_lora("second", {.uri = "s3://adapters/second", .base = "another/base"});
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.posts(), 3u);
}

DYNAMOD_SIM_WORKLOAD(ConflictSim);

}  // namespace
}  // namespace dynamod::sim
