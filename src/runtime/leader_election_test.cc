// Who leads, and that never two do.
#include "runtime/leader_election.h"

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;

// A replica with everything of its own but the API server and the clock.
struct Replica {
  Replica(testing::SimLoop& loop, testing::SimNet& net, Log& log, const std::string& identity)
      : peer(loop, net, identity),
        gate(loop),
        election({loop.executor(), loop, loop.rng(), log, metrics, peer.client, gate},
                 {.lease = {"ns", "operator"}, .identity = identity}) {}

  Metrics metrics;
  Peer peer;
  LeaderGate gate;
  LeaderElection election;
};

class LeaderElectionTest : public RuntimeTest {
 protected:
  explicit LeaderElectionTest(std::uint64_t seed = 1) : RuntimeTest(seed) {}

  void TearDown() override {
    loop.await(a.election.stop());
    loop.await(b.election.stop());
  }

  [[nodiscard]] std::string holder() const {
    return string_at(*api.find("leases", "ns", "operator"), "spec.holderIdentity");
  }

  [[nodiscard]] bool wait_until_leads(Replica& replica, Duration limit) {
    return loop.run_until([&] { return replica.gate.open(); }, limit);
  }

  Replica a{loop, net, log, "a"};
  Replica b{loop, net, log, "b"};
};

TEST_F(LeaderElectionTest, TheFirstCreatesTheLeaseAndLeadsAtOnce) {
  a.election.start();
  loop.run_for(1s);
  EXPECT_TRUE(a.gate.open());
  const json::value lease = *api.find("leases", "ns", "operator");
  EXPECT_EQ(string_at(lease, "spec.holderIdentity"), "a");
  EXPECT_EQ(find_json(lease, "spec.leaseDurationSeconds")->to_number<int>(), 15);
  EXPECT_FALSE(string_at(lease, "spec.renewTime").empty());
  EXPECT_EQ(lines_with("Became the leader"), 1u);
}

TEST_F(LeaderElectionTest, TheLeaderRenewsWithOneRequestEachPeriod) {
  a.election.start();
  loop.run_for(1s);
  api.reset_counts();
  loop.run_for(60s);
  EXPECT_TRUE(a.gate.open());
  EXPECT_NEAR(static_cast<double>(api.count("patch leases")), 30, 4);
  EXPECT_EQ(api.count("get leases"), 0u);
}

TEST_F(LeaderElectionTest, TheOtherWaitsWhileTheLeaderRenews) {
  a.election.start();
  loop.run_for(1s);
  b.election.start();
  loop.run_for(5min);
  EXPECT_TRUE(a.gate.open());
  EXPECT_FALSE(b.gate.open());
}

TEST_F(LeaderElectionTest, ACleanStopHandsOverWithinTheRetryPeriod) {
  a.election.start();
  loop.run_for(1s);
  b.election.start();
  loop.run_for(5s);
  loop.await(a.election.release());
  EXPECT_FALSE(a.gate.open());
  EXPECT_TRUE(wait_until_leads(b, 2500ms));
  EXPECT_EQ(holder(), "b");
  EXPECT_EQ(
      find_json(*api.find("leases", "ns", "operator"), "spec.leaseTransitions")->to_number<int>(),
      1);
}

TEST_F(LeaderElectionTest, ACrashHandsOverAfterTheLeaseDuration) {
  a.election.start();
  loop.run_for(1s);
  b.election.start();
  loop.run_for(5s);
  loop.await(a.election.stop());
  EXPECT_FALSE(wait_until_leads(b, 12s));
  EXPECT_TRUE(wait_until_leads(b, 6s));
}

TEST_F(LeaderElectionTest, ALeaderThatIsCutOffClosesBeforeAnotherLeads) {
  a.election.start();
  b.election.start();
  for (const Fault fault : {Fault::kRefuse, Fault::kHang}) {
    ASSERT_TRUE(loop.run_until([&] { return a.gate.open() || b.gate.open(); }, 1min));
    Replica& leader = a.gate.open() ? a : b;
    Replica& other = a.gate.open() ? b : a;
    loop.run_for(7s);
    leader.peer.set_fault(fault);
    const SteadyTime cut = loop.now();
    ASSERT_TRUE(loop.run_until([&] { return !leader.gate.open(); }, 11s));
    EXPECT_FALSE(other.gate.open());
    EXPECT_LE(loop.now() - cut, 10s);
    EXPECT_TRUE(wait_until_leads(other, 20s));
    leader.peer.set_fault(Fault::kNone);
    loop.run_for(30s);
    EXPECT_FALSE(leader.gate.open());
    EXPECT_TRUE(other.gate.open());
  }
}

// The renewal is done, its answer is lost: the time counts from the request that was answered last.
TEST_F(LeaderElectionTest, ALostAnswerDoesNotOpenTheGateForLonger) {
  a.election.start();
  loop.run_for(1s);
  a.peer.set_fault(Fault::kResetAfter);
  loop.run_for(11s);
  EXPECT_FALSE(a.gate.open());
  a.peer.set_fault(Fault::kNone);
  loop.run_for(3s);
  EXPECT_TRUE(a.gate.open());
}

TEST_F(LeaderElectionTest, ALeaseThatIsDeletedOrStolenIsNoticed) {
  a.election.start();
  loop.run_for(5s);
  api.remove("leases", "ns", "operator");
  loop.run_for(10s);
  EXPECT_TRUE(a.gate.open());
  EXPECT_EQ(holder(), "a");
  api.patch(
      "leases", "ns", "operator",
      {{"spec", {{"holderIdentity", "thief"}, {"renewTime", "2026-01-02T03:00:20.000000Z"}}}});
  loop.run_for(12s);
  EXPECT_FALSE(a.gate.open());
  EXPECT_EQ(holder(), "thief");
  loop.run_for(10s);
  EXPECT_EQ(holder(), "a");
}

TEST_F(LeaderElectionTest, TakesAFreeLeaseOfAnotherProgramAtOnce) {
  api.put({{"apiVersion", "coordination.k8s.io/v1"},
           {"kind", "Lease"},
           {"metadata", {{"namespace", "ns"}, {"name", "operator"}}},
           {"spec", {{"holderIdentity", ""}, {"leaseTransitions", 4}}}});
  a.election.start();
  EXPECT_TRUE(wait_until_leads(a, 1s));
}

TEST_F(LeaderElectionTest, SaysOnceWhyItCannotElect) {
  a.peer.set_fault(Fault::kRefuse);
  a.election.start();
  loop.run_for(1min);
  EXPECT_EQ(lines_with("Leader election failed"), 1u);
}

TEST(LeaderElectionOptions, MustBeOrdered) {
  EXPECT_TRUE(check_options({.lease = {"ns", "x"}, .identity = "a"}));
  EXPECT_FALSE(check_options({.lease = {"ns", "x"}, .identity = "a", .renew_deadline = 15s}));
  EXPECT_FALSE(check_options({.lease = {"ns", "x"}, .identity = "a", .retry_period = 10s}));
  EXPECT_FALSE(check_options({.lease = {"ns", "x"}, .identity = "a", .retry_period = 0s}));
}

// Cuts, losses and hangs at random: at no step do two gates stand open.
class LeaderElectionSim : public LeaderElectionTest,
                          public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  LeaderElectionSim() : LeaderElectionTest(GetParam()) {}
};

TEST_P(LeaderElectionSim, NeverTwoLeaders) {
  a.election.start();
  b.election.start();
  const Fault faults[] = {Fault::kNone, Fault::kNone, Fault::kRefuse, Fault::kHang,
                          Fault::kResetAfter};
  SteadyTime next_change = loop.now();
  const SteadyTime end = loop.now() + 5min;
  while (loop.now() < end) {
    if (loop.now() >= next_change) {
      Replica& replica = loop.rng().between(0, 1) == 0 ? a : b;
      replica.peer.set_fault(faults[loop.rng().between(0, 4)]);
      next_change = loop.now() + std::chrono::milliseconds(loop.rng().between(100, 15'000));
    }
    ASSERT_TRUE(loop.step());
    ASSERT_FALSE(a.gate.open() && b.gate.open());
  }
  a.peer.set_fault(Fault::kNone);
  b.peer.set_fault(Fault::kNone);
  loop.run_for(30s);
  EXPECT_NE(a.gate.open(), b.gate.open());
}

INSTANTIATE_TEST_SUITE_P(Seeds, LeaderElectionSim, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace dynamod::runtime
