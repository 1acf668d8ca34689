// The books of one worker.
#include "controllers/model/worker_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::controllers::model {
namespace {

using lora::EndpointReason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = worker::Outcome::Kind;
using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};
const worker::Outcome kDone{.kind = Kind::kDone, .reason = EndpointReason::kLoaded, .message = ""};
const worker::Outcome kThere{
    .kind = Kind::kAlreadyThere, .reason = EndpointReason::kLoaded, .message = ""};
const worker::Outcome kRefused{
    .kind = Kind::kFailed, .reason = EndpointReason::kUnreachable, .message = "refused"};
const worker::Outcome kBad{
    .kind = Kind::kFailed, .reason = EndpointReason::kInvalidAdapter, .message = "bad"};
const worker::Outcome kLost{
    .kind = Kind::kUnknown, .reason = EndpointReason::kUnreachable, .message = "reset"};

class WorkerQueueTest : public ::testing::Test {
 protected:
  static WorkerIdentity identity(const std::string& incarnation = "c#0") {
    return {.name_space = "prod",
            .pod_name = "w-0",
            .pod_uid = "u",
            .incarnation = incarnation,
            .address = Url{.scheme = "http", .host = "10.0.0.1", .port = 9090, .target = "/"},
            .callable = true};
  }

  static AdapterOrder order(AdapterTask task, const std::string& name = "x",
                            const std::string& source = "s1") {
    return {task, name, task == AdapterTask::kUnload ? "" : "s3://b/" + source,
            task == AdapterTask::kUnload ? "" : source, "prod/m"};
  }

  AdapterView view(const std::string& name = "x") {
    EndpointView shown;
    queue_.show(shown, {name}, now_);
    return shown.adapter(name);
  }

  WorkerQueue::ListChange list(const std::vector<std::string>& names) {
    return queue_.listed(queue_.epoch(), queue_.begin_list(), names, now_);
  }

  std::optional<StartedOrder> start(const AdapterOrder& what) {
    queue_.submit(what);
    return queue_.start_next(now_);
  }

  void run(const AdapterOrder& what, const worker::Outcome& outcome) {
    const auto started = start(what);
    ASSERT_TRUE(started);
    ASSERT_EQ(started->order, what);
    queue_.finish(*started, outcome, now_, 1h);
  }

  Rng rng_{1};
  SteadyTime now_ = kStart;
  WorkerQueue queue_{identity(), {.failed = 30s, .unreachable_first = 1s, .spread = 0}, rng_};
};

TEST_F(WorkerQueueTest, TheFirstListConcernsEveryModelAndLaterOnesOnlyWhatChanged) {
  EXPECT_TRUE(list({"a"}).contact);
  EXPECT_FALSE(list({"a"}).contact);
  EXPECT_THAT(list({"a"}).names, IsEmpty());
  EXPECT_THAT(list({"b"}).names, ElementsAre("a", "b"));
}

TEST_F(WorkerQueueTest, ALoadIsDoneWhenAListThatBeganLaterNamesIt) {
  list({});
  const auto early = queue_.begin_list();
  run(order(AdapterTask::kLoad), kDone);
  queue_.listed(queue_.epoch(), early, {}, now_);  // began before the call ended: says nothing
  ASSERT_TRUE(view().running);
  list({"x"});
  EXPECT_FALSE(view().running);
  EXPECT_TRUE(view().listed);
  EXPECT_EQ(view().source, "s1");
}

TEST_F(WorkerQueueTest, AWorkerThatSaysLoadedAndDoesNotListItHasFailed) {
  list({});
  run(order(AdapterTask::kLoad), kDone);
  list({});
  ASSERT_TRUE(view().failed);
  EXPECT_EQ(view().failed->failure.reason, EndpointReason::kLoadFailed);
}

TEST_F(WorkerQueueTest, AlreadyLoadedTellsNoSource) {
  list({});
  run(order(AdapterTask::kLoad), kThere);
  list({"x"});
  EXPECT_TRUE(view().listed);
  EXPECT_FALSE(view().source);
}

TEST_F(WorkerQueueTest, TheSameOrderTwiceIsOneCall) {
  list({});
  queue_.submit(order(AdapterTask::kLoad));
  queue_.submit(order(AdapterTask::kLoad));
  ASSERT_TRUE(queue_.start_next(now_));
  queue_.submit(order(AdapterTask::kLoad));
  EXPECT_FALSE(queue_.start_next(now_));
  EXPECT_FALSE(queue_.has_waiting());
}

TEST_F(WorkerQueueTest, AnotherOrderForTheNameFollowsTheOneThatRuns) {
  list({});
  queue_.submit(order(AdapterTask::kLoad));
  const auto running = queue_.start_next(now_);
  queue_.submit(order(AdapterTask::kUnload));
  EXPECT_FALSE(queue_.start_next(now_));  // one at a time per name
  EXPECT_EQ(view().running->task, AdapterTask::kUnload);
  queue_.finish(*running, kDone, now_, 1h);
  EXPECT_EQ(queue_.start_next(now_)->order.task, AdapterTask::kUnload);
}

TEST_F(WorkerQueueTest, OrdersOfOtherNamesOvertakeOneThatMustWait) {
  list({});
  queue_.submit(order(AdapterTask::kLoad, "x"));
  queue_.start_next(now_);
  queue_.submit(order(AdapterTask::kUnload, "x"));
  queue_.submit(order(AdapterTask::kLoad, "y"));
  EXPECT_EQ(queue_.start_next(now_)->order.name, "y");
}

TEST_F(WorkerQueueTest, RetriesUnreachableSoonAndOthersAfterHalfAMinute) {
  list({});
  const Duration waits[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
  for (const Duration wait : waits) {
    run(order(AdapterTask::kLoad), kRefused);
    list({});
    EXPECT_EQ(view().failed->retry_at, now_ + wait);
  }
  run(order(AdapterTask::kLoad), kBad);
  EXPECT_EQ(view().failed->retry_at, now_ + 30s);
}

TEST_F(WorkerQueueTest, ALoadWithoutAnAnswerMayStillRunUntilItsDeadline) {
  list({});
  run(order(AdapterTask::kLoad), kLost);
  list({});
  EXPECT_TRUE(view().load_may_run);
  now_ += 1h;
  EXPECT_FALSE(view().load_may_run);
}

TEST_F(WorkerQueueTest, AnAnswerToALaterLoadSettlesAnEarlierOne) {
  list({});
  run(order(AdapterTask::kLoad), kLost);
  list({});
  run(order(AdapterTask::kLoad), kBad);
  EXPECT_FALSE(view().load_may_run);
  EXPECT_TRUE(view().settled);
}

TEST_F(WorkerQueueTest, ANewIncarnationHasForgottenEverythingAndIgnoresOldAnswers) {
  list({});
  run(order(AdapterTask::kLoad), kDone);
  list({"x"});
  queue_.submit(order(AdapterTask::kLoad, "y"));
  const auto epoch = queue_.epoch();
  const auto running = queue_.start_next(now_);
  EXPECT_TRUE(queue_.update(identity("c#1")));
  queue_.finish(*running, kDone, now_, 1h);
  queue_.listed(epoch, queue_.begin_list(), {"x"}, now_);
  EXPECT_FALSE(view("x").listed);
  EXPECT_FALSE(view("y").running);
  EXPECT_FALSE(queue_.answers());
  EXPECT_EQ(queue_.running(), 0);
}

TEST_F(WorkerQueueTest, AnAdapterThatWentAwayByItselfLosesItsSource) {
  list({});
  run(order(AdapterTask::kLoad), kDone);
  list({"x"});
  EXPECT_THAT(list({}).names, ElementsAre("x"));
  EXPECT_FALSE(view().listed);
  EXPECT_FALSE(view().source);
}

TEST_F(WorkerQueueTest, TellsWhenALoadRepairsDrift) {
  list({});
  const auto first = order(AdapterTask::kLoad);
  EXPECT_FALSE(queue_.finish(*start(first), kDone, now_, 1h));
  list({"x"});
  list({});  // gone by itself
  EXPECT_TRUE(queue_.finish(*start(first), kDone, now_, 1h));
}

TEST_F(WorkerQueueTest, OneLostListIsKeptQuietAndTheSecondIsNot) {
  const Failure timeout{EndpointReason::kTimeout, "no answer"};
  list({"x"});
  EXPECT_FALSE(queue_.list_failed(queue_.epoch(), timeout));
  EXPECT_FALSE(queue_.answers());
  EXPECT_TRUE(queue_.list_failed(queue_.epoch(), timeout));
  EXPECT_FALSE(queue_.list_failed(queue_.epoch(), timeout));
  EXPECT_TRUE(list({"x"}).contact);
}

// Other orders pass an unload that waits for the requests that use its adapter.
TEST_F(WorkerQueueTest, AnUnloadThatIsStillListedAfterAWhileHoldsNoPlace) {
  list({"x"});
  const auto unload = start(order(AdapterTask::kUnload));
  const auto load = start(order(AdapterTask::kLoad, "y"));
  now_ += 4s;
  list({"x"});
  EXPECT_EQ(queue_.running(), 2);
  now_ += 1s;
  list({"x"});
  EXPECT_EQ(queue_.running(), 1);
  EXPECT_EQ(queue_.aside(), 1);
  EXPECT_TRUE(view().running);
  queue_.finish(*unload, kDone, now_, 1h);
  queue_.finish(*load, kDone, now_, 1h);
  EXPECT_EQ(queue_.running() + queue_.aside(), 0);
}

TEST_F(WorkerQueueTest, TheLoadOfAReloadTakesAPlaceAgain) {
  list({"x"});
  const auto reload = start(order(AdapterTask::kReload));
  now_ += 1min;
  list({"x"});
  ASSERT_EQ(queue_.aside(), 1);
  EXPECT_TRUE(queue_.unloaded(*reload));
  EXPECT_EQ(queue_.aside(), 0);
  EXPECT_EQ(queue_.running(), 1);
  list({"x"});
  EXPECT_EQ(queue_.running(), 1) << "a load is not passed";
}

TEST_F(WorkerQueueTest, AnUnloadIsGivenUpWithTheContactAndAskedForAgainAfterIt) {
  const Failure timeout{EndpointReason::kTimeout, "no answer"};
  list({"x"});
  const auto lost = start(order(AdapterTask::kUnload));
  queue_.list_failed(queue_.epoch(), timeout);
  EXPECT_TRUE(view().running) << "one lost list says nothing";
  queue_.list_failed(queue_.epoch(), timeout);
  EXPECT_FALSE(view().running);
  EXPECT_FALSE(view().failed);
  EXPECT_EQ(queue_.running(), 0);
  list({"x"});
  EXPECT_TRUE(view().unload_may_run);
  const auto again = start(order(AdapterTask::kUnload));
  ASSERT_TRUE(again);
  queue_.finish(*lost, kDone, now_, 1h);  // too late: nobody asks any more
  EXPECT_TRUE(view().running);
  queue_.finish(*again, kDone, now_, 1h);
  list({});
  EXPECT_FALSE(view().running);
  EXPECT_FALSE(view().unload_may_run);
}

TEST_F(WorkerQueueTest, NoLoadFollowsTheUnloadOfAReloadThatWasGivenUp) {
  list({"x"});
  const auto reload = start(order(AdapterTask::kReload));
  for (int i = 0; i < 2; ++i) queue_.list_failed(queue_.epoch(), {EndpointReason::kTimeout, ""});
  EXPECT_FALSE(queue_.unloaded(*reload));
}

TEST_F(WorkerQueueTest, ALoadIsNotGivenUpWithTheContact) {
  list({});
  ASSERT_TRUE(start(order(AdapterTask::kLoad)));
  for (int i = 0; i < 2; ++i) queue_.list_failed(queue_.epoch(), {EndpointReason::kTimeout, ""});
  EXPECT_TRUE(view().running);
  EXPECT_EQ(queue_.running(), 1);
}

TEST_F(WorkerQueueTest, AnUnloadWithoutAnAnswerMayRunUntilTheNameIsGoneOrAnAnswerComes) {
  list({"x"});
  run(order(AdapterTask::kReload), kLost);
  list({"x"});
  EXPECT_TRUE(view().unload_may_run);
  EXPECT_FALSE(view().load_may_run) << "the load was not sent";
  run(order(AdapterTask::kUnload), kBad);
  EXPECT_FALSE(view().unload_may_run);
  list({"x"});
  run(order(AdapterTask::kUnload), kLost);
  list({});
  EXPECT_FALSE(view().unload_may_run);
}

TEST_F(WorkerQueueTest, AnUnloadPastItsDeadlineIsSentAgainSoon) {
  list({"x"});
  run(order(AdapterTask::kUnload),
      {.kind = Kind::kUnknown, .reason = EndpointReason::kTimeout, .message = "no answer"});
  list({"x"});
  EXPECT_EQ(view().failed->retry_at, now_ + 1s);
}

TEST_F(WorkerQueueTest, AWorkerThatNeverAnsweredIsReportedAtOnce) {
  EXPECT_TRUE(queue_.list_failed(queue_.epoch(), {EndpointReason::kWorkerStarting, "starting"}));
}

}  // namespace
}  // namespace dynamod::controllers::model
