// The API server is cut, restarted, slow, full or wrong: everything converges, no wanted adapter is
// unloaded, nothing is loaded twice, and status says when nothing is known any more.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::ScriptedFault;

class ApiTroubleSim : public SimTest {
 protected:
  // A pod comes, a model comes, one is edited: work that needs the API server.
  void make_work() {
    cluster.add_pods(1);
    cluster.apply_lora("second", {.name = "second", .uri = "s3://adapters/second"});
  }
};

TEST_P(ApiTroubleSim, CutWatchesMissNothing) {
  quick_start();
  for (int i = 0; i < 5; ++i) {
    cluster.api.cut_watches();
    cluster.add_pods(1);
    cluster.run_for(cluster.random_duration(2s));
  }
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 7u);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(ApiTroubleSim, APositionThatIsTooOldIsListedAgain) {
  quick_start();
  cluster.api.set_stopped(true);
  make_work();
  cluster.nodes.delete_pod("w-0");
  cluster.run_for(cluster.random_duration(20s));
  cluster.api.compact();
  cluster.api.set_stopped(false);
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(ApiTroubleSim, DownForMinutesUnloadsNothingAndSaysSo) {
  quick_start();
  cluster.api.set_stopped(true);
  cluster.run_for(5min);
  EXPECT_EQ(cluster.posts() + cluster.deletes(), 2u);
  cluster.api.set_stopped(false);
  ASSERT_CONVERGES(1min);
  cluster.run_for(1min);
  EXPECT_EQ(cluster.condition("my-lora", "EndpointsReady"), "True EndpointsDiscovered");
  EXPECT_EQ(cluster.posts() + cluster.deletes(), 2u);
}

// Only the watch of pods is refused: status can be written, and says what is missing.
TEST_P(ApiTroubleSim, AMissingRightIsNamed) {
  quick_start();
  cluster.api.add_fault({.verb = "watch", .resource = "pods", .times = 1000, .status = 403});
  cluster.api.add_fault({.verb = "list", .resource = "pods", .times = 1000, .status = 403});
  cluster.api.cut_watches();
  ASSERT_TRUE(cluster.run_until(
      [&] {
        return cluster.condition("my-lora", "EndpointsReady") == "Unknown EndpointDiscoveryFailed";
      },
      2min));
  EXPECT_THAT(cluster.message("my-lora", "EndpointsReady"), HasSubstr("pods"));
  cluster.api.clear_faults();
  EXPECT_TRUE(cluster.run_until(
      [&] { return cluster.condition("my-lora", "EndpointsReady") == "True EndpointsDiscovered"; },
      2min));
  EXPECT_EQ(cluster.posts() + cluster.deletes(), 2u);
}

TEST_P(ApiTroubleSim, AMinuteOfErrors) {
  quick_start();
  for (const int status : {429, 500, 409, 503}) {
    SCOPED_TRACE(status);
    const std::string name = "during-" + std::to_string(status);
    for (const char* verb : {"patch", "create", "apply", "delete"}) {
      cluster.api.add_fault({.verb = verb, .times = 100'000, .status = status});
    }
    cluster.apply_lora(name, {.name = name, .uri = "s3://adapters/" + name});
    cluster.run_for(1min);
    cluster.api.clear_faults();
    ASSERT_CONVERGES(1min);
  }
  EXPECT_EQ(cluster.posts(), 2u * 5);
  EXPECT_EQ(cluster.deletes(), 0u);
}

// Nothing can be read either: the watches are gone and come back as they can.
TEST_P(ApiTroubleSim, AMinuteOfErrorsOfReadsToo) {
  cluster.invariants.patience().spec = 2min;
  quick_start();
  std::size_t loads = 2;
  for (const int status : {429, 500, 503}) {
    SCOPED_TRACE(status);
    ScriptedFault fault{.times = 100'000, .status = status};
    if (status == 429) fault.retry_after_s = 7;
    cluster.api.add_fault(fault);
    cluster.api.cut_watches();
    cluster.run_for(cluster.random_duration(30s));
    cluster.edit_uri("my-lora", "s3://adapters/v" + std::to_string(status));
    cluster.nodes.delete_pod(cluster.nodes.living().front()->name);
    cluster.add_pods(1);
    cluster.run_for(1min);
    cluster.api.clear_faults();
    ASSERT_CONVERGES(90s);
    loads += 2;
    EXPECT_EQ(cluster.posts(), loads) << "one for each (worker, source)";
  }
}

TEST_P(ApiTroubleSim, AMinuteInWhichEachAnswerIsLate) {
  cluster.invariants.patience().spec = 1min;
  quick_start();
  cluster.api.add_fault({.times = 100'000, .delay = 8s});
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  cluster.run_for(cluster.random_duration(30s));
  cluster.apply_lora("second", {.name = "second", .uri = "s3://adapters/second"});
  cluster.run_for(30s + cluster.random_duration(30s));
  cluster.api.clear_faults();
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 6u);
  EXPECT_EQ(cluster.deletes(), 2u);
}

// The write is done, the answer says it is not.
TEST_P(ApiTroubleSim, WritesThatWereDoneAllTheSame) {
  cluster.start_operator();
  cluster.add_pods(2);
  for (const char* verb : {"patch", "create", "apply"}) {
    cluster.api.add_fault(
        {.verb = verb, .times = 3, .status = 500, .when = ScriptedFault::When::kAfterEffect});
  }
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(cluster.posts(), 2u);
  cluster.api.add_fault(
      {.verb = "patch", .times = 2, .status = 500, .when = ScriptedFault::When::kAfterEffect});
  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.deletes(), 2u);
}

TEST_P(ApiTroubleSim, ASlowServerOnlyDelays) {
  cluster.net.set_latency(kApiAddress, 3s);
  cluster.invariants.patience().spec = 30s;
  cluster.start_operator();
  cluster.add_pods(2);
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(2min);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  ASSERT_CONVERGES(3min);
  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(cluster.posts(), 4u);
}

TEST_P(ApiTroubleSim, DuplicateAndLateEvents) {
  cluster.api.set_repeated_events(true);
  quick_start(3);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  ASSERT_CONVERGES(1min);
  cluster.nodes.delete_pod("w-0");
  cluster.add_pods(1);
  ASSERT_CONVERGES(1min);
  cluster.rename("my-lora", "renamed");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 3u + 3 + 1 + 3);
}

TEST_P(ApiTroubleSim, TroubleAtRandomEndsInPeace) {
  constexpr int kTroubles = 20;
  constexpr Duration kLongest = 20s;
  cluster.invariants.patience().spec = kTroubles * kLongest;  // one watch may be cut off in all
  quick_start(3);
  for (int i = 0; i < kTroubles; ++i) {
    const auto pick = cluster.loop.rng().between(0, 6);
    const int status = cluster.toss() ? 500 : 409;
    if (pick == 0) cluster.api.cut_watches();
    if (pick == 1) cluster.api.compact();
    if (pick == 2) cluster.api.set_stopped(true);
    if (pick == 3) cluster.api.add_fault({.times = 20, .status = status});
    if (pick == 4)
      cluster.api.add_fault(
          {.times = 20, .status = status, .when = ScriptedFault::When::kAfterEffect});
    if (pick == 5) cluster.api.add_fault({.times = 5, .delay = 10s});
    if (pick == 6) cluster.net.break_connections(kApiAddress);
    const auto deed = cluster.loop.rng().between(0, 4);
    if (deed == 0)
      cluster.edit_uri("my-lora",
                       "s3://adapters/v" + std::to_string(cluster.loop.rng().between(0, 2)));
    if (deed == 1)
      cluster.rename("my-lora", "name-" + std::to_string(cluster.loop.rng().between(0, 1)));
    if (deed == 2) cluster.add_pods(1);
    if (deed == 3) cluster.nodes.delete_pod(cluster.nodes.living().front()->name);
    if (deed == 3) cluster.add_pods(1);
    cluster.run_for(cluster.random_duration(kLongest));
    cluster.api.set_stopped(false);
  }
  cluster.api.clear_faults();
  ASSERT_CONVERGES(3min);
}

DYNAMOD_SIM_WORKLOAD(ApiTroubleSim);

}  // namespace
}  // namespace dynamod::sim
