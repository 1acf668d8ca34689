// Everyday life: pods come, become ready, restart and go, and adapters are where they belong.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class EverydaySim : public SimTest {
 protected:
  // Two vLLM prefill workers of one graph, of which one has no LoRA handlers, and a worker beside
  // them.
  void prefill_is_covered(testing::FakeVersion version) {
    cluster.start_operator();
    cluster.apply_lora("my-lora");
    PodOptions prefill;
    prefill.labels = {{"nvidia.com/dynamo-component-type", "prefill"},
                      {"nvidia.com/dynamo-graph-deployment-name", "graph"}};
    prefill.flavour = WorkerFlavour{.version = version};
    cluster.nodes.add_pod("prefill-0", prefill);
    cluster.nodes.add_pod("prefill-1", prefill);
    cluster.add_pods(1);
    cluster.nodes.pod("prefill-0").worker->fake().set_state(testing::FakeState::kNoHandlers);
    ASSERT_TRUE(cluster.run_until(
        [&] { return cluster.endpoint_reason("my-lora", "prefill-0") == "CoveredByPeer"; }, 30s));
    ASSERT_TRUE(cluster.run_until([&] { return cluster.ready_of_total("my-lora") == "2/3"; }, 30s));
    EXPECT_EQ(cluster.model("my-lora")->status.lora_fallback_covered_endpoints, 1);
    EXPECT_EQ(cluster.condition("my-lora", "EndpointsReady"), "True EndpointsDiscovered");
    EXPECT_THAT(cluster.endpoint_message("my-lora", "prefill-0"), HasSubstr("prefill-1"));
    EXPECT_EQ(cluster.posts(), 2u);
    cluster.nodes.drop_adapter("prefill-1", "my-custom-lora");
    cluster.run_for(30s);
    EXPECT_EQ(cluster.endpoint_reason("my-lora", "prefill-0"), "CoveredByPeer");
  }
};

TEST_P(EverydaySim, QuickStartLoadsEachWorkerOnceAndThenRests) {
  cluster.start_operator();
  cluster.add_pods(2, loading_for(cluster.random_duration(3s)));
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "2/2");
  EXPECT_EQ(cluster.condition("my-lora", "EndpointsReady"), "True EndpointsDiscovered");
  EXPECT_EQ(cluster.condition("my-lora", "ServicesFound"), "True ServicesFound");
  EXPECT_EQ(cluster.condition("my-lora", "Ready"), "True EndpointsDiscovered");
  EXPECT_EQ(cluster.posts(), 2u);
  cluster.run_for(5s);
  EXPECT_TRUE(cluster.has_event("my-lora", "EndpointsReady"));
  EXPECT_FALSE(cluster.has_event("my-lora", "NotReady"));

  const std::size_t writes = cluster.status_writes();
  cluster.run_for(10min);
  EXPECT_EQ(cluster.posts(), 2u);
  EXPECT_EQ(cluster.deletes(), 0u);
  EXPECT_EQ(cluster.status_writes(), writes);
}

TEST_P(EverydaySim, NoPodsThenPods) {
  cluster.start_operator();
  cluster.apply_lora("my-lora");
  cluster.run_for(10s);
  EXPECT_EQ(cluster.condition("my-lora", "EndpointsReady"), "False NoEndpoints");
  EXPECT_TRUE(cluster.has_event("my-lora", "NoEndpointsFound"));
  cluster.add_pods(3);
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.posts(), 3u);
}

TEST_P(EverydaySim, APodThatIsNotReadyIsCalledWhenItsContainersAre) {
  cluster.start_operator();
  cluster.apply_lora("my-lora");
  cluster.add_pods(1);
  cluster.nodes.add_pod("late", {.readiness = Readiness::kNotReady});
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "1/2");
  EXPECT_EQ(cluster.endpoint_reason("my-lora", "late"), "PodNotReady");
  EXPECT_EQ(cluster.condition("my-lora", "EndpointsReady"), "False NotReady");
  EXPECT_EQ(cluster.posts(), 1u);

  cluster.nodes.set_readiness("late", Readiness::kContainersReady);
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "1/2");
  EXPECT_EQ(cluster.posts(), 2u);

  cluster.nodes.set_readiness("late", Readiness::kReady);
  ASSERT_CONVERGES(5s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "2/2");
  EXPECT_EQ(cluster.posts(), 2u);
}

TEST_P(EverydaySim, AFlipOfReadinessCausesNoCall) {
  quick_start();
  cluster.nodes.set_readiness("w-0", Readiness::kNotReady);
  ASSERT_CONVERGES(10s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "1/2");
  cluster.nodes.set_readiness("w-0", Readiness::kReady);
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.posts(), 2u);
}

TEST_P(EverydaySim, ScaleUpAndDown) {
  quick_start();
  cluster.add_pods(6);
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "8/8");
  EXPECT_EQ(cluster.posts(), 8u);
  for (const char* pod : {"w-1", "w-3", "w-5", "w-7"})
    cluster.nodes.delete_pod(pod, cluster.random_duration(30s));
  ASSERT_CONVERGES(40s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "4/4");
  EXPECT_EQ(cluster.posts(), 8u);
  EXPECT_EQ(cluster.deletes(), 0u);
}

// Addresses are used again at once by pods of another base model.
TEST_P(EverydaySim, RollingRestartWithTenModels) {
  cluster.start_operator();
  cluster.add_pods(4, loading_for(cluster.random_duration(2s)));
  for (int i = 0; i < 10; ++i) {
    const std::string name = "lora-" + std::to_string(i);
    cluster.apply_lora(name, {.name = name, .uri = "s3://adapters/" + name});
  }
  ASSERT_CONVERGES(1min);
  for (int i = 0; i < 4; ++i) {
    cluster.add_pods(1);
    cluster.run_for(cluster.random_duration(5s));
    cluster.nodes.delete_pod("w-" + std::to_string(i), cluster.random_duration(5s));
    cluster.run_for(cluster.random_duration(10s));
    cluster.nodes.add_pod("other-" + std::to_string(i), {.base = "another/base"});
  }
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(cluster.posts(), 80u);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(EverydaySim, AContainerRestartWithoutAFlipIsRepairedAtOnce) {
  quick_start();
  cluster.nodes.restart_container("w-1");
  ASSERT_CONVERGES(3s);
  EXPECT_EQ(cluster.posts(), 3u);
}

TEST_P(EverydaySim, ARestartWhileItLoadsIsLoadedAgain) {
  cluster.start_operator();
  cluster.add_pods(1, loading_for(20s));
  cluster.apply_lora("my-lora");
  cluster.run_for(1s + cluster.random_duration(18s));
  cluster.nodes.restart_container("w-0");
  ASSERT_CONVERGES(1min);
  EXPECT_LE(cluster.posts(), 2u);
}

TEST_P(EverydaySim, AWorkerThatForgetsIsRepairedByTheNextList) {
  quick_start();
  cluster.run_for(cluster.random_duration(1min));
  cluster.nodes.forget_adapters("w-0");
  cluster.run_for(15s);
  ASSERT_CONVERGES(5s);
  EXPECT_EQ(cluster.posts(), 3u);
}

TEST_P(EverydaySim, AnAdapterUnloadedByHandComesBackAndOthersAreLeftAlone) {
  quick_start();
  cluster.expect_foreign("somebody-elses");
  cluster.nodes.put_adapter("w-1", "somebody-elses", "s3://elsewhere/x");
  cluster.nodes.drop_adapter("w-0", "my-custom-lora");
  cluster.run_for(15s);
  ASSERT_CONVERGES(5s);
  EXPECT_EQ(cluster.posts(), 3u);
  EXPECT_TRUE(cluster.nodes.pod("w-1").adapters().contains("somebody-elses"));
  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(30s);
  EXPECT_TRUE(cluster.nodes.pod("w-1").adapters().contains("somebody-elses"));
}

// What another hand loaded under our name is trusted once the annotation says that the source is
// ours.
TEST_P(EverydaySim, AnAdapterThatIsThereAlreadyIsNotLoadedAgain) {
  cluster.add_pods(2);
  for (const char* pod : {"w-0", "w-1"})
    cluster.nodes.put_adapter(pod, "my-custom-lora", "s3://adapters/my-custom-lora");
  cluster.apply_lora("my-lora");
  cluster.start_operator();
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.posts(), 0u);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(EverydaySim, AWorkerThatStartsSlowlyIsAskedWhenItIsUp) {
  cluster.start_operator();
  cluster.apply_lora("my-lora");
  cluster.add_pods(1);
  cluster.nodes.pod("w-0").worker->fake().set_state(testing::FakeState::kStarting);
  cluster.run_for(30s);
  EXPECT_EQ(cluster.endpoint_reason("my-lora", "w-0"), "WorkerStarting");
  EXPECT_EQ(cluster.posts(), 0u);
  cluster.nodes.pod("w-0").worker->fake().set_state(testing::FakeState::kReady);
  ASSERT_CONVERGES(20s);
  EXPECT_EQ(cluster.posts(), 1u);
}

// What the worker says for "no handlers" changed with 1.0.
TEST_P(EverydaySim, APrefillWorkerWithoutLoraIsCoveredByItsSibling) {
  prefill_is_covered(testing::FakeVersion::k1_6);
}

TEST_P(EverydaySim, AnOldPrefillWorkerWithoutLoraIsCoveredByItsSibling) {
  prefill_is_covered(testing::FakeVersion::k0_9);
}

// The operator hears of it a moment later than it happens.
TEST_P(EverydaySim, AnotherWorkerBehindTheSameAddressGetsNothingOfTheOldBase) {
  cluster.start_operator();
  cluster.add_pods(3, loading_for(cluster.random_duration(2s)));
  cluster.apply_lora("my-lora");
  cluster.apply_lora("theirs", {.name = "theirs", .uri = "s3://theirs/0", .base = "another/base"});
  ASSERT_CONVERGES(1min);
  std::string at_address = "w-1";
  for (int i = 0; i < 8; ++i) {
    const bool to_other = i % 2 == 0;
    const std::string version = std::to_string(i);
    if (cluster.toss()) cluster.edit_uri("my-lora", "s3://adapters/v" + version);
    if (cluster.toss()) cluster.edit_uri("theirs", "s3://theirs/" + version);
    if (cluster.toss()) cluster.nodes.forget_adapters(at_address);
    cluster.run_for(cluster.random_duration(12s));
    PodOptions options = loading_for(cluster.random_duration(2s));
    if (to_other) options.base = "another/base";
    const std::string next = (to_other ? "other-" : "again-") + version;
    cluster.nodes.swap_pod(at_address, next, options);
    at_address = next;
  }
  ASSERT_CONVERGES(1min);
}

TEST_P(EverydaySim, AnAddressThatIsNotThePodsIsNeverCalledAndWarnedOf) {
  testing::FakeWorker stranger(cluster.loop.executor(), cluster.loop);
  cluster.net.listen("10.9.9.9:9090", stranger);
  quick_start();
  cluster.nodes.misplace("w-0", "10.9.9.9");
  cluster.run_for(2s);
  cluster.nodes.forget_adapters("w-0");
  cluster.run_for(30s);
  ASSERT_CONVERGES(10s);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "2/2");
  EXPECT_TRUE(cluster.has_event("w-0", "EndpointIgnored"));
  EXPECT_FALSE(cluster.has_event("w-1", "EndpointIgnored"));
  EXPECT_EQ(cluster.lines_with("the address 10.9.9.9, which is not the pod's"), 1u);
  EXPECT_EQ(cluster.net.calls("10.9.9.9:9090"), 0u);
  EXPECT_EQ(cluster.posts(), 3u);
  cluster.net.close("10.9.9.9:9090");
  cluster.loop.await(stranger.stop());
}

DYNAMOD_SIM_WORKLOAD(EverydaySim);

}  // namespace
}  // namespace dynamod::sim
