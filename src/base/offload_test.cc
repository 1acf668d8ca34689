// Offload: in the simulation and on real threads.
#include "base/offload.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

TEST(Offload, ComesBackWithTheResult) {
  testing::SimLoop loop;
  auto job = [] { return std::make_unique<int>(7); };
  EXPECT_EQ(*loop.await(offload(loop, std::move(job))), 7);
}

class ThreadOffloadTest : public ::testing::Test {
 protected:
  Async<> square(int number) {
    auto job = [number, core = std::this_thread::get_id()] {
      return std::pair(number * number, std::this_thread::get_id() != core);
    };
    const auto [result, elsewhere] = co_await offload(*pool_, std::move(job));
    EXPECT_TRUE(elsewhere);
    EXPECT_EQ(std::this_thread::get_id(), core_);
    sum_ += result;
    co_return Result<>{};
  }

  net::io_context loop_;
  std::unique_ptr<Offload> pool_ = make_thread_offload(loop_.get_executor(), 2);
  std::thread::id core_ = std::this_thread::get_id();
  int sum_ = 0;
};

TEST_F(ThreadOffloadTest, RunsJobsElsewhereAndResumesOnTheLoop) {
  TaskGroup group(loop_.get_executor());
  for (int i = 1; i <= 100; ++i) group.spawn("square", square(i));
  loop_.run();
  EXPECT_EQ(sum_, 338'350);
}

TEST_F(ThreadOffloadTest, StoppingWaitsForTheJob) {
  TaskGroup group(loop_.get_executor());
  for (int i = 1; i <= 10; ++i) group.spawn("square", square(i));
  auto done = [&group](std::exception_ptr failure) {
    EXPECT_FALSE(failure);
    EXPECT_EQ(group.size(), 0);
  };
  net::post(loop_, [&] { net::co_spawn(loop_.get_executor(), group.stop(), done); });
  loop_.run();
  EXPECT_EQ(group.size(), 0);
}

}  // namespace
}  // namespace dynamod::base
