// Deletion: workers are unloaded before the object goes; what a worker that does not answer keeps
// is a debt, paid later.
#include "controllers/model/debt_record.h"
#include "kube/decode.h"
#include "sim/sim_test.h"
#include "worker/worker_client.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Fault = testing::SimFault::Kind;

// A worker that answers again is seen by the next list, and asked again.
constexpr Duration kDebtLimit = 30s;
constexpr Duration kUnloadDeadline = worker::WorkerLimits{}.unload;

class DeletionSim : public SimTest {
 protected:
  [[nodiscard]] bool is_gone(const std::string& object) { return !cluster.model(object); }

  [[nodiscard]] bool wait_gone(const std::string& object, Duration limit) {
    return cluster.run_until([&] { return is_gone(object); }, limit);
  }

  void set_fault(const std::string& pod, Fault kind) {
    cluster.net.set_fault(cluster.nodes.pod(pod).address(), {.kind = kind});
  }

  [[nodiscard]] std::vector<std::string> debts(const std::string& pod) {
    std::vector<kube::Problem> problems;
    const auto document = *cluster.api.find("pods", kNamespace, pod);
    return controllers::model::debts_of(kube::from_json<kube::Pod>(document, problems));
  }

  // One worker of a version that answers an unload when the last request with the adapter ended.
  void draining_start() {
    cluster.start_operator();
    cluster.add_pods(1, {.flavour = WorkerFlavour{.version = testing::FakeVersion::k1_6}});
    cluster.apply_lora("my-lora");
    ASSERT_CONVERGES(10s);
  }

  // "my-lora" is gone, "w-0" hangs and owes its adapter.
  void leave_a_debt() {
    quick_start();
    set_fault("w-0", Fault::kHang);
    cluster.run_for(cluster.random_duration(30s));
    cluster.delete_model("my-lora");
    ASSERT_TRUE(wait_gone("my-lora", 6min));
    ASSERT_THAT(debts("w-0"), ElementsAre("my-custom-lora"));
  }
};

TEST_P(DeletionSim, UnloadsEverywhereAndGoes) {
  quick_start(3);
  cluster.delete_model("my-lora");
  ASSERT_TRUE(wait_gone("my-lora", 10s));
  ASSERT_CONVERGES(5s);
  EXPECT_EQ(cluster.deletes(), 3u);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.api.all("services").empty(); }, 10s));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.has_event("my-lora", "LoRAUnloaded"); }, 10s));
}

TEST_P(DeletionSim, WhileItLoads) {
  cluster.start_operator();
  cluster.add_pods(2, loading_for(10s));
  cluster.apply_lora("my-lora");
  cluster.run_for(cluster.random_duration(15s));
  cluster.delete_model("my-lora");
  ASSERT_TRUE(wait_gone("my-lora", 1min));
  cluster.run_for(30s);
  ASSERT_CONVERGES(5s);
}

TEST_P(DeletionSim, AHungWorkerHoldsItFiveMinutesAndThenOwes) {
  quick_start();
  set_fault("w-0", Fault::kHang);
  const SteadyTime start = cluster.loop.now();
  cluster.delete_model("my-lora");
  cluster.run_for(4min);
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "0/1") << "what remains is shown";
  EXPECT_TRUE(cluster.nodes.pod("w-1").adapters().empty());
  ASSERT_TRUE(wait_gone("my-lora", 2min));
  EXPECT_NEAR(std::chrono::duration<double>(cluster.loop.now() - start).count(), 300, 5);
  EXPECT_THAT(debts("w-0"), ElementsAre("my-custom-lora"));
  EXPECT_TRUE(
      cluster.run_until([&] { return cluster.has_event("my-lora", "LoRAUnloadFailed"); }, 10s));

  cluster.run_for(cluster.random_duration(20min));
  set_fault("w-0", Fault::kNone);
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, kDebtLimit));
  ASSERT_CONVERGES(1s);
}

TEST_P(DeletionSim, ADebtOutlivesTheOperator) {
  leave_a_debt();
  cluster.kill_operator();
  cluster.run_for(cluster.random_duration(1min));
  set_fault("w-0", Fault::kNone);
  cluster.start_operator();
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, 1min));
  ASSERT_CONVERGES(1s);
}

TEST_P(DeletionSim, ADebtDiesWithItsPod) {
  leave_a_debt();
  cluster.nodes.delete_pod("w-0");
  cluster.add_pods(1);
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(1min);
}

TEST_P(DeletionSim, ARestartOfTheContainerPaysTheDebt) {
  leave_a_debt();
  set_fault("w-0", Fault::kNone);
  cluster.nodes.restart_container("w-0");
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, 1min));
  EXPECT_THAT(cluster.nodes.pod("w-0").adapters(), IsEmpty());
}

// What is left there is of the old source: it must not pass for the new one.
TEST_P(DeletionSim, ADebtForANameThatLivesAgainIsPaidByAReload) {
  leave_a_debt();
  cluster.apply_lora("reborn", {.uri = "s3://adapters/other"});
  cluster.run_for(1min);
  set_fault("w-0", Fault::kNone);
  ASSERT_CONVERGES(kDebtLimit);
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, 1min));
  EXPECT_EQ(cluster.nodes.pod("w-0").adapters().at("my-custom-lora"), "s3://adapters/other");
}

// Dynamo's discovery cannot tell the two names apart: the old one goes first.
TEST_P(DeletionSim, ADebtWithTheSlugOfANewNameGoesFirst) {
  leave_a_debt();
  cluster.apply_lora("twin", {.name = "My-Custom-LoRA", .uri = "s3://adapters/other"});
  cluster.run_for(1min);
  set_fault("w-0", Fault::kNone);
  ASSERT_CONVERGES(kDebtLimit);
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, 1min));
  EXPECT_TRUE(cluster.nodes.pod("w-0").worker->fake().is_published("My-Custom-LoRA"));
}

// The unload is answered when the last stream with the adapter ends; it is not cut.
TEST_P(DeletionSim, ADrainThatOutlastsTheLimitIsStillDone) {
  draining_start();
  cluster.nodes.pod("w-0").worker->fake().begin_request("my-custom-lora");
  cluster.delete_model("my-lora");
  ASSERT_TRUE(wait_gone("my-lora", 6min));
  cluster.run_for(cluster.random_duration(3min));
  cluster.nodes.pod("w-0").worker->fake().end_request("my-custom-lora");
  EXPECT_TRUE(cluster.run_until([&] { return debts("w-0").empty(); }, 1min));
  ASSERT_CONVERGES(1s);
}

// More unanswered unloads than a worker is asked at once: others pass them.
TEST_P(DeletionSim, UnansweredUnloadsDelayNoOtherWorkOnTheirWorker) {
  draining_start();
  auto& fake = cluster.nodes.pod("w-0").worker->fake();
  std::vector<std::string> drained;
  for (int i = 0; i < 20; ++i) {
    drained.push_back("drained-" + std::to_string(i));
    cluster.apply_lora(drained.back(), {.name = drained.back(), .uri = "s3://adapters/x"});
  }
  ASSERT_CONVERGES(30s);
  for (const std::string& name : drained) {
    fake.begin_request(name);
    cluster.delete_model(name);
  }
  cluster.run_for(cluster.random_duration(5s));
  cluster.apply_lora("new", {.name = "new", .uri = "s3://adapters/new"});
  EXPECT_TRUE(cluster.run_until([&] { return cluster.ready_of_total("new") == "1/1"; }, 30s));
  for (const std::string& name : drained) fake.end_request(name);
  ASSERT_CONVERGES(30s);
  EXPECT_EQ(cluster.deletes(), 20u) << "none was cut and sent again";
}

// Lost with the contact: sent again when the worker answers; lost unnoticed: at its deadline.
TEST_P(DeletionSim, AnUnloadThatWasLostIsSentAgain) {
  quick_start(1);
  set_fault("w-0", Fault::kHang);
  cluster.delete_model("my-lora");
  cluster.run_for(10s + cluster.random_duration(2min));
  set_fault("w-0", Fault::kNone);
  EXPECT_TRUE(wait_gone("my-lora", kUnloadDeadline + 5s));
  ASSERT_CONVERGES(1s);
}

TEST_P(DeletionSim, DeleteAndApplyAgainAtRandom) {
  quick_start(2);
  for (int i = 0; i < 8; ++i) {
    cluster.delete_model("my-lora");
    ASSERT_TRUE(wait_gone("my-lora", 1min));
    cluster.apply_lora(
        "my-lora", {.uri = "s3://adapters/v" + std::to_string(cluster.loop.rng().between(0, 1))});
    cluster.run_for(cluster.random_duration(3s));
  }
  ASSERT_CONVERGES(1min);
}

DYNAMOD_SIM_WORKLOAD(DeletionSim);

}  // namespace
}  // namespace dynamod::sim
