// Two operators: one acts. The invariants see each worker call and each write of the one that does
// not.
#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Fault = testing::SimFault::Kind;

class LeadersSim : public SimTest {
 protected:
  void start_two() {
    cluster.start_operator(Elect::kYes);
    cluster.start_operator(Elect::kYes);
    cluster.add_pods(3, loading_for(cluster.random_duration(2s)));
    cluster.apply_lora("my-lora");
    ASSERT_CONVERGES(1min);
    ASSERT_NE(leader(), nullptr);
  }

  [[nodiscard]] SimOperator* leader() {
    for (SimOperator* one : cluster.operators()) {
      if (one->acting()) return one;
    }
    return nullptr;
  }

  void cut_off(const SimOperator& one, Fault kind) {
    cluster.net.set_fault_for(one.name(), kApiAddress, {.kind = kind});
    if (kind != Fault::kNone) cluster.net.break_connections(kApiAddress);
  }
};

// The checker itself: a write or a worker call of a process that does not lead is seen.
TEST_P(LeadersSim, WhatTheOtherOneDoesIsNoticed) {
  start_two();
  SimOperator* other = cluster.operators()[leader() == cluster.operators()[0] ? 1 : 0];
  const auto voice = cluster.net.client(other->name());
  const auto send = [&](const std::string& address, const std::string& method,
                        const std::string& target, const char* type, const char* body) {
    const auto place = split_host_port(address);
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.set("Content-Type", type);
    request.body = http::text_body(body);
    const Url url{.scheme = "http", .host = place->first, .port = place->second, .target = "/"};
    return cluster.loop.await(voice->send(url, std::move(request), {}));
  };
  const auto written =
      send(kApiAddress, "PATCH", "/apis/nvidia.com/v1alpha1/namespaces/prod/dynamomodels/my-lora",
           "application/merge-patch+json", R"({"metadata":{"labels":{"a":"b"}}})");
  ASSERT_TRUE(written && written->status == 200);
  EXPECT_THAT(cluster.invariants.take_violations(),
              ElementsAre(HasSubstr(other->name() + ":0 writes (patch dynamomodels)")));
  const auto asked =
      send(cluster.nodes.pod("w-0").address(), "POST", "/v1/loras", "application/json",
           R"({"lora_name":"my-custom-lora","source":{"uri":"s3://adapters/my-custom-lora"}})");
  ASSERT_TRUE(asked);
  EXPECT_THAT(cluster.invariants.take_violations(),
              Contains(HasSubstr(other->name() + ":0 calls a worker")));
}

TEST_P(LeadersSim, OneActs) {
  start_two();
  EXPECT_EQ(cluster.posts(), 3u);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  ASSERT_CONVERGES(1min);
  EXPECT_EQ(cluster.posts(), 6u);
}

TEST_P(LeadersSim, ACleanStopHandsOverAtOnce) {
  start_two();
  SimOperator* first = leader();
  first->stop();
  EXPECT_TRUE(cluster.run_until([&] { return leader() != nullptr && leader() != first; }, 3s));
  cluster.run_for(30s);
  ASSERT_CONVERGES(1s);
  EXPECT_EQ(cluster.posts(), 3u);
}

TEST_P(LeadersSim, AKilledLeaderIsFollowedAfterTheLease) {
  start_two();
  SimOperator* first = leader();
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  cluster.run_for(cluster.random_duration(2s));
  first->kill();
  EXPECT_TRUE(cluster.run_until([&] { return leader() != nullptr; }, 20s));
  ASSERT_CONVERGES(2min);
}

// Its calls hang or are refused; its gate closes before the lease ends, and a load in flight is
// abandoned.
TEST_P(LeadersSim, ALeaderThatIsCutOffStopsActingBeforeTheNextBegins) {
  start_two();
  for (const Fault kind : {Fault::kHang, Fault::kRefuse, Fault::kBlackhole}) {
    SimOperator* first = leader();
    cut_off(*first, kind);
    cluster.edit_uri("my-lora", "s3://adapters/v" + std::to_string(static_cast<int>(kind)));
    ASSERT_TRUE(cluster.run_until([&] { return leader() != nullptr && leader() != first; }, 40s));
    ASSERT_CONVERGES(1min);
    cut_off(*first, Fault::kNone);
    cluster.run_for(30s);
    EXPECT_NE(leader(), first);
    ASSERT_CONVERGES(1s);
  }
}

TEST_P(LeadersSim, CutsAndEditsAtRandom) {
  start_two();
  cluster.invariants.patience().spec = 1min;
  const Fault kinds[] = {Fault::kNone, Fault::kNone, Fault::kHang, Fault::kRefuse,
                         Fault::kResetAfter};
  for (int i = 0; i < 15; ++i) {
    const auto operators = cluster.operators();
    cut_off(*operators[cluster.loop.rng().between(0, 1)], kinds[cluster.loop.rng().between(0, 4)]);
    if (cluster.toss())
      cluster.edit_uri("my-lora",
                       "s3://adapters/v" + std::to_string(cluster.loop.rng().between(0, 2)));
    if (cluster.toss())
      cluster.rename("my-lora", "name-" + std::to_string(cluster.loop.rng().between(0, 1)));
    cluster.run_for(cluster.random_duration(20s));
  }
  for (const SimOperator* one : cluster.operators()) cut_off(*one, Fault::kNone);
  ASSERT_CONVERGES(3min);
}

DYNAMOD_SIM_WORKLOAD(LeadersSim);

}  // namespace
}  // namespace dynamod::sim
