// Sleeping, and the machine's clock on a real loop (without a word about how long anything takes).
#include "base/clock.h"

#include <gmock/gmock.h>

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(Clock, SleepsUntilItIsTime) {
  testing::SimLoop loop;
  loop.await(loop.sleep_for(hours(2)));
  EXPECT_EQ(loop.now(), SteadyTime(hours(2)));
  loop.await(loop.sleep_until(SteadyTime(hours(1))));
  EXPECT_EQ(loop.now(), SteadyTime(hours(2)));
}

class RealClockTest : public ::testing::Test {
 protected:
  Async<> sleep(Duration duration, int number) {
    co_await clock_->sleep_for(duration);
    fired_.push_back(number);
    co_return Result<>{};
  }

  // All count from one moment: their order is that of `offset`, however slow the machine is.
  Clock::TimerId at(Duration offset, int number) {
    return clock_->at(start_ + offset, [this, number] { fired_.push_back(number); });
  }

  net::io_context loop_;
  std::unique_ptr<Clock> clock_ = make_real_clock(loop_.get_executor());
  SteadyTime start_ = clock_->now();
  std::vector<int> fired_;
};

TEST_F(RealClockTest, FiresInOrderOfTimeFromTheLoop) {
  at(milliseconds(3), 3);
  at(milliseconds(1), 1);
  at(milliseconds(2), 2);
  at(-hours(1), 0);
  EXPECT_TRUE(fired_.empty());
  loop_.run();
  EXPECT_THAT(fired_, ElementsAre(0, 1, 2, 3));
}

TEST_F(RealClockTest, CancelTellsWhetherItCameInTime) {
  const auto first = at(milliseconds(1), 1);
  const auto second = at(milliseconds(2), 2);
  at(milliseconds(3), 3);
  EXPECT_TRUE(clock_->cancel(first));
  EXPECT_FALSE(clock_->cancel(first));
  loop_.run();
  EXPECT_THAT(fired_, ElementsAre(2, 3));
  EXPECT_FALSE(clock_->cancel(second));
}

TEST_F(RealClockTest, ATimerMaySetAndCancelOthers) {
  const auto victim = at(milliseconds(2), 9);
  clock_->at(start_ + milliseconds(1), [this, victim] {
    EXPECT_TRUE(clock_->cancel(victim));
    at(Duration(0), 1);
    at(milliseconds(1), 2);
    EXPECT_TRUE(fired_.empty());
  });
  loop_.run();
  EXPECT_THAT(fired_, ElementsAre(1, 2));
}

TEST_F(RealClockTest, CancellingASleepEndsIt) {
  TaskGroup group(loop_.get_executor());
  group.spawn("long", sleep(hours(1), 1));
  group.spawn("longer", sleep(hours(2), 2));
  loop_.poll();
  auto done = [](std::exception_ptr failure) { EXPECT_FALSE(failure); };
  net::co_spawn(loop_.get_executor(), group.stop(), done);
  loop_.run();
  EXPECT_EQ(group.size(), 0);
  EXPECT_TRUE(fired_.empty());
}

TEST_F(RealClockTest, ASleepEndsByItself) {
  TaskGroup group(loop_.get_executor());
  group.spawn("short", sleep(milliseconds(1), 1));
  loop_.run();
  EXPECT_THAT(fired_, ElementsAre(1));
}

TEST_F(RealClockTest, GoesAwayWithTimersLeft) {
  at(hours(1), 1);
  clock_.reset();
  loop_.run();
  EXPECT_TRUE(fired_.empty());
}

TEST_F(RealClockTest, KnowsTheTime) {
  EXPECT_GT(clock_->wall(), WallTime(std::chrono::seconds(1'700'000'000)));
  EXPECT_LE(clock_->now(), clock_->now());
}

}  // namespace
}  // namespace dynamod::base
