// The loop around a reconciler.
#include "runtime/controller.h"

#include <map>

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes `work` of virtual time, then gives what the test scripted for the key.
class FakeReconciler final : public Reconciler {
 public:
  explicit FakeReconciler(Clock& clock) : clock_(clock) {}

  [[nodiscard]] Async<Requeue> reconcile(kube::ObjectKey key) override {
    calls.push_back(key.name);
    times.push_back(clock_.now());
    EXPECT_FALSE(running[key]) << key.name << " was reconciled twice at once";
    running[key] = true;
    ++at_once;
    most_at_once = std::max(most_at_once, at_once);
    co_await clock_.sleep_for(work);
    --at_once;
    running[key] = false;
    ++finished;
    if (failures.empty()) co_return Requeue{after};
    Error error = failures.front();
    failures.erase(failures.begin());
    co_return std::unexpected(std::move(error));
  }

  Duration work = 1s;
  std::optional<Duration> after;
  std::vector<Error> failures;
  std::vector<std::string> calls;
  std::vector<SteadyTime> times;
  std::map<kube::ObjectKey, bool> running;
  int at_once = 0;
  int most_at_once = 0;
  int finished = 0;

 private:
  Clock& clock_;
};

class ControllerTest : public RuntimeTest {
 protected:
  void TearDown() override { loop.await(controller.stop()); }

  FakeReconciler reconciler{loop};
  Controller controller{{loop.executor(), loop, loop.rng(), log, metrics},
                        reconciler,
                        {.resource_type = "Widget", .log_key = "widget", .concurrent = 3}};
};

TEST_F(ControllerTest, RunsDifferentKeysAtOnceUpToItsLimit) {
  for (const char* name : {"a", "b", "c", "d", "e"}) controller.queue().add({"ns", name});
  controller.start();
  loop.run_for(10s);
  EXPECT_EQ(reconciler.calls.size(), 5u);
  EXPECT_EQ(reconciler.most_at_once, 3);
}

TEST_F(ControllerTest, RunsAKeyAgainThatChangedWhileItWasReconciled) {
  controller.start();
  controller.queue().add({"ns", "a"});
  loop.run_for(500ms);
  controller.queue().add({"ns", "a"});
  loop.run_for(10s);
  EXPECT_THAT(reconciler.calls, ElementsAre("a", "a"));
}

TEST_F(ControllerTest, ComesBackWhenTheReconcilerAsksForIt) {
  reconciler.after = 30s;
  controller.start();
  controller.queue().add({"ns", "a"});
  loop.run_for(40s);
  ASSERT_EQ(reconciler.times.size(), 2u);
  EXPECT_EQ(reconciler.times[1] - reconciler.times[0], 31s);
  EXPECT_THAT(metrics.text(),
              HasSubstr("dynamo_operator_reconcile_total{namespace=\"ns\",resource_type=\"Widget\","
                        "result=\"requeue\"} 2"));
}

TEST_F(ControllerTest, RetriesAFailureCountsAndLogsIt) {
  reconciler.failures = {{Error::Kind::kForbidden, "pods is forbidden"}};
  controller.start();
  controller.queue().add({"ns", "a"});
  loop.run_for(10s);
  EXPECT_THAT(reconciler.calls, ElementsAre("a", "a"));
  EXPECT_EQ(lines_with("msg=\"Reconcile failed\" widget=ns/a error=\"pods is forbidden\""), 1u);
  const std::string text = metrics.text();
  EXPECT_THAT(
      text,
      HasSubstr("dynamo_operator_reconcile_errors_total{error_type=\"forbidden\",namespace=\"ns\","
                "resource_type=\"Widget\"} 1"));
  EXPECT_THAT(text, HasSubstr("result=\"error\"} 1"));
  EXPECT_THAT(text, HasSubstr("result=\"success\"} 1"));
  EXPECT_THAT(text, HasSubstr("dynamo_operator_reconcile_duration_seconds_bucket"));
}

TEST_F(ControllerTest, WaitsAsLongAsTheServerAsks) {
  reconciler.failures = {{Error::Kind::kRateLimited, "slow down", 20s}};
  controller.start();
  controller.queue().add({"ns", "a"});
  loop.run_for(1min);
  ASSERT_EQ(reconciler.times.size(), 2u);
  EXPECT_GE(reconciler.times[1] - reconciler.times[0], 21s);
}

TEST_F(ControllerTest, TakesALostRaceAndAClosedGateCalmly) {
  reconciler.failures = {{Error::Kind::kConflict, "modified"},
                         {Error::Kind::kCancelled, "not the leader"}};
  controller.start();
  controller.queue().add({"ns", "a"});
  loop.run_for(1min);
  EXPECT_EQ(reconciler.calls.size(), 3u);
  EXPECT_EQ(lines_with("level=error"), 0u);
}

TEST_F(ControllerTest, DrainLetsRunningReconcilesEndAndStartsNoOther) {
  for (const char* name : {"a", "b", "c", "d"}) controller.queue().add({"ns", name});
  controller.start();
  loop.run_for(100ms);
  loop.await(controller.drain(8s));
  EXPECT_EQ(reconciler.finished, 3);
  EXPECT_EQ(reconciler.calls.size(), 3u);
}

TEST_F(ControllerTest, DrainGivesUpAfterItsLimitAndStopCancels) {
  reconciler.work = 1h;
  controller.queue().add({"ns", "a"});
  controller.start();
  loop.run_for(100ms);
  const SteadyTime before = loop.now();
  loop.await(controller.drain(8s));
  loop.await(controller.stop());
  EXPECT_EQ(loop.now() - before, 8s);
  EXPECT_EQ(reconciler.finished, 0);
}

}  // namespace
}  // namespace dynamod::runtime
