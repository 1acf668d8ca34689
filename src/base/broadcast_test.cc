// Waking many, once each.
#include "base/broadcast.h"

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

class BroadcastTest : public ::testing::Test {
 protected:
  Async<> wait_once() {
    co_await broadcast.wait();
    ++woken;
    co_return Result<>{};
  }

  testing::SimLoop loop;
  Broadcast broadcast;
  int woken = 0;
  TaskGroup tasks{loop.executor()};
};

TEST_F(BroadcastTest, WakesAllWhoWait) {
  for (int i = 0; i < 3; ++i) tasks.spawn("wait", wait_once());
  loop.settle();
  EXPECT_EQ(woken, 0);
  broadcast.notify_all();
  loop.settle();
  EXPECT_EQ(woken, 3);
}

TEST_F(BroadcastTest, ALaterWaiterWaitsForTheNextCall) {
  broadcast.notify_all();
  tasks.spawn("wait", wait_once());
  loop.settle();
  EXPECT_EQ(woken, 0);
  broadcast.notify_all();
  loop.settle();
  EXPECT_EQ(woken, 1);
}

TEST_F(BroadcastTest, AWaiterCanBeCancelled) {
  tasks.spawn("wait", wait_once());
  loop.settle();
  loop.await(tasks.stop());
  EXPECT_EQ(woken, 0);
  broadcast.notify_all();
  loop.settle();
}

}  // namespace
}  // namespace dynamod::base
