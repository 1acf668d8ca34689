// Workers that hang, break, or answer nonsense: that endpoint alone is not ready, and its message
// says the cause.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Fault = testing::SimFault::Kind;

struct Trouble {
  const char* name;
  testing::SimFault fault;
  const char* reason;
  const char* message;
};

testing::SimFault answer(int status, std::string type, std::string body,
                         std::string location = "") {
  return {.kind = Fault::kAnswer,
          .answer = {.status = status,
                     .content_type = std::move(type),
                     .body = std::move(body),
                     .location = std::move(location)}};
}

std::vector<Trouble> troubles() {
  const std::string huge =
      "{\"status\":\"success\",\"loras\":{" + std::string(10 << 20, ' ') + "}}";
  return {
      {"hangs", {.kind = Fault::kHang}, "Timeout", "no answer within"},
      {"drops packets", {.kind = Fault::kBlackhole}, "Unreachable", "connect"},
      {"refuses", {.kind = Fault::kRefuse}, "Unreachable", "connection refused"},
      {"resets", {.kind = Fault::kResetBefore}, "Unreachable", "connection reset"},
      {"is cut in the middle", {.kind = Fault::kCutBody}, "Unreachable", "connection"},
      {"speaks no HTTP", {.kind = Fault::kNotHttp}, "Unreachable", "not HTTP"},
      {"answers garbage", answer(200, "application/json", "{\"status\": nonsense"), "Unreachable",
       "no worker"},
      {"answers half of it", answer(200, "application/json", "{\"status\":\"success\",\"lor"),
       "Unreachable", "no worker"},
      {"answers 10 MB", answer(200, "application/json", huge), "Unreachable", "larger than"},
      {"redirects", answer(302, "text/plain", "", "http://10.9.9.9:9090/v1/loras"), "Unreachable",
       "302"},
      {"shows an HTML page", answer(200, "text/html", "<html>login</html>"), "Unreachable",
       "HTML page"},
      {"is a gateway that times out", answer(504, "text/html", "<html>504</html>"), "Unreachable",
       "504"},
  };
}

class WorkerTroubleSim : public SimTest {
 protected:
  void set_fault(const std::string& pod, testing::SimFault fault) {
    cluster.net.set_fault(cluster.nodes.pod(pod).address(), std::move(fault));
  }
};

TEST_P(WorkerTroubleSim, OneBadWorkerFromTheStartIsNotReadyAloneWithTheCause) {
  cluster.start_operator();
  cluster.add_pods(3);
  for (const Trouble& trouble : troubles()) {
    SCOPED_TRACE(trouble.name);
    set_fault("w-1", trouble.fault);
    cluster.nodes.restart_container("w-1");
    cluster.apply_lora("my-lora");
    ASSERT_TRUE(cluster.run_until([&] { return cluster.ready_of_total("my-lora") == "2/3"; }, 10s));
    EXPECT_TRUE(cluster.run_until(
        [&] { return cluster.endpoint_reason("my-lora", "w-1") == trouble.reason; }, 30s))
        << cluster.endpoint_reason("my-lora", "w-1");
    EXPECT_THAT(cluster.endpoint_message("my-lora", "w-1"), HasSubstr(trouble.message));
    EXPECT_THAT(cluster.message("my-lora", "EndpointsReady"), HasSubstr("w-1"));
    EXPECT_EQ(cluster.endpoint_reason("my-lora", "w-0"), "Loaded");
    set_fault("w-1", {});
    ASSERT_CONVERGES(1min);
  }
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(WorkerTroubleSim, AReadyWorkerThatGoesBadIsToldOfAndComesBackWithoutACall) {
  quick_start(3);
  for (const Trouble& trouble : troubles()) {
    SCOPED_TRACE(trouble.name);
    set_fault("w-2", trouble.fault);
    EXPECT_TRUE(
        cluster.run_until([&] { return cluster.ready_of_total("my-lora") == "2/3"; }, 1min));
    EXPECT_TRUE(cluster.run_until(
        [&] { return cluster.endpoint_reason("my-lora", "w-2") == trouble.reason; }, 30s))
        << cluster.endpoint_reason("my-lora", "w-2");
    set_fault("w-2", {});
    ASSERT_CONVERGES(1min);
  }
  EXPECT_EQ(cluster.posts(), 3u);
  EXPECT_EQ(cluster.deletes(), 0u);
}

// The load itself breaks after it was sent: what became of it is read off the list, not sent again
// blindly.
TEST_P(WorkerTroubleSim, ALoadWhoseAnswerIsLostIsNotSentAgain) {
  cluster.start_operator();
  cluster.add_pods(2);
  cluster.run_for(1s);
  cluster.apply_lora("my-lora");
  ASSERT_TRUE(cluster.run_until([&] { return cluster.posts() > 0; }, 10s));
  cluster.net.break_connections(cluster.nodes.pod("w-0").address());
  cluster.net.break_connections(cluster.nodes.pod("w-1").address());
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 2u);
}

TEST_P(WorkerTroubleSim, AFailedLoadIsRetriedEveryThirtySeconds) {
  cluster.start_operator();
  cluster.add_pods(2);
  cluster.nodes.pod("w-0").worker->fake().set_source("s3://adapters/my-custom-lora",
                                                     {.kind = testing::FakeSource::Kind::kDenied});
  cluster.apply_lora("my-lora");
  cluster.run_for(5min);
  EXPECT_EQ(cluster.endpoint_reason("my-lora", "w-0"), "SourceDenied");
  EXPECT_NEAR(static_cast<double>(cluster.nodes.pod("w-0").worker->fake().count("POST")), 10, 2);
  EXPECT_GE(cluster.lines_with("Failed to load LoRA"), 8u);
  EXPECT_TRUE(cluster.has_event("my-lora", "PartialEndpointFailure"));
  cluster.nodes.pod("w-0").worker->fake().set_source("s3://adapters/my-custom-lora", {});
  ASSERT_CONVERGES(40s);
}

// Nothing is evicted to make room; the next try after room appeared finds it.
TEST_P(WorkerTroubleSim, AFullWorkerSaysSoAndTakesTheAdapterWhenRoomAppears) {
  cluster.start_operator();
  PodOptions small;
  small.worker.adapters_max = 1;
  cluster.add_pods(1, small);
  cluster.add_pods(1);
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(10s);
  cluster.apply_lora("second", {.name = "second", .uri = "s3://adapters/second"});
  ASSERT_TRUE(cluster.run_until(
      [&] { return cluster.endpoint_reason("second", "w-0") == "CapacityExceeded"; }, 10s));
  EXPECT_THAT(cluster.endpoint_message("second", "w-0"),
              AllOf(HasSubstr("at most 1 adapter(s)"), HasSubstr("with a higher limit")));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.ready_of_total("second") == "1/2"; }, 5s));
  EXPECT_EQ(cluster.condition("second", "EndpointsReady"), "False NotReady");
  EXPECT_THAT(cluster.message("second", "EndpointsReady"), HasSubstr("w-0: CapacityExceeded"));
  cluster.run_for(2min + cluster.random_duration(1min));
  EXPECT_EQ(cluster.ready_of_total("my-lora"), "2/2");
  EXPECT_EQ(cluster.deletes(), 0u);
  const std::size_t tries = cluster.nodes.pod("w-0").worker->fake().count("POST", "second");
  EXPECT_GE(tries, 4u);
  EXPECT_LE(tries, 7u) << "one try in 30 s";

  cluster.delete_model("my-lora");
  ASSERT_CONVERGES(40s);
  EXPECT_EQ(cluster.ready_of_total("second"), "2/2");
}

// Twenty workers that hang delay nobody.
TEST_P(WorkerTroubleSim, HungWorkersDelayNobody) {
  cluster.start_operator();
  PodOptions hung{.base = "hung/base"};
  for (int i = 0; i < 20; ++i) {
    const std::string name = "hung-" + std::to_string(i);
    cluster.nodes.add_pod(name, hung);
    set_fault(name, {.kind = Fault::kHang});
  }
  cluster.apply_lora("on-hung", {.name = "on-hung", .base = "hung/base"});
  cluster.run_for(cluster.random_duration(1min));
  cluster.add_pods(5);
  cluster.apply_lora("my-lora");
  EXPECT_TRUE(cluster.run_until([&] { return cluster.ready_of_total("my-lora") == "5/5"; }, 3s));
}

TEST_P(WorkerTroubleSim, FaultsAtRandomEndInPeace) {
  cluster.start_operator();
  cluster.add_pods(4, loading_for(cluster.random_duration(3s)));
  for (const char* name : {"a", "b", "c"})
    cluster.apply_lora(name, {.name = name, .uri = std::string("s3://adapters/") + name});
  const auto all = troubles();
  for (int i = 0; i < 30; ++i) {
    const std::string pod = "w-" + std::to_string(cluster.loop.rng().between(0, 3));
    const auto pick = cluster.loop.rng().between(0, all.size() + 1);
    if (pick < all.size()) set_fault(pod, all[pick].fault);
    if (pick == all.size()) cluster.nodes.restart_container(pod);
    if (pick > all.size()) cluster.nodes.forget_adapters(pod);
    cluster.run_for(cluster.random_duration(15s));
    if (cluster.toss()) set_fault(pod, {});
  }
  for (const PlayedPod* pod : cluster.nodes.living()) cluster.net.set_fault(pod->address(), {});
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(cluster.deletes(), 0u);
}

DYNAMOD_SIM_WORKLOAD(WorkerTroubleSim);

}  // namespace
}  // namespace dynamod::sim
