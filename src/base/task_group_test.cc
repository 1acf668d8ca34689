// TaskGroup in virtual time, in many orders: every task ends, nothing is lost, nothing starts late.
#include "base/task_group.h"

#include <stdexcept>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <gmock/gmock.h>

#include "base/notifier.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = 200;

// A loop, a group on it, and tasks that note what happens to them.
struct World {
  explicit World(std::uint64_t seed) : loop(seed) {}

  Async<> note(std::string text) {
    notes.push_back(std::move(text));
    co_return Result<>{};
  }

  Async<> refuse(std::string text) { co_return fail(Error::Kind::kConflict, std::move(text)); }

  Async<> sleep(Duration duration) {
    ++started;
    co_await loop.sleep_for(duration);
    ++finished;
    co_return Result<>{};
  }

  Async<> throw_later() {
    co_await loop.sleep_for(seconds(1));
    throw std::runtime_error("boom");
  }

  Async<> spawn_more(int count) {
    for (int i = 0; i < count; ++i) group.spawn("child", sleep(seconds(i)));
    co_return Result<>{};
  }

  Async<> stop_from_inside() {
    co_await loop.sleep_for(seconds(1));
    co_await group.stop();
    notes.emplace_back("went on");
    co_return Result<>{};
  }

  // Tries to start a task while it is being cancelled.
  Async<> spawn_at_the_end() {
    struct Last {
      World* world;

      ~Last() { world->group.spawn("late", world->note("late")); }
    };

    const Last last{this};
    co_await loop.sleep_for(hours(1));
    co_return Result<>{};
  }

  // Waits for something that, unlike Asio's own operations, ends at once when it is cancelled.
  Async<> wait_for_cancel() {
    auto initiate = [](auto handler) {
      auto slot = net::get_associated_cancellation_slot(handler);
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      slot.assign([shared](net::cancellation_type) {
        auto resume = std::move(*shared);  // resuming clears the slot, and with it this function
        std::move(resume)(net::error::operation_aborted);
      });
    };
    net::use_awaitable_t<Executor> token;
    co_await net::async_initiate<net::use_awaitable_t<Executor>, void(boost::system::error_code)>(
        std::move(initiate), token);
    co_return Result<>{};
  }

  Task<> wait_and_note(std::string text) {
    co_await group.wait_idle();
    notes.push_back(std::move(text));
  }

  testing::SimLoop loop;
  std::vector<std::string> notes;
  std::vector<std::string> errors;
  int started = 0;
  int finished = 0;
  TaskGroup group{loop.executor(), [this](const std::string& task, const Error& error) {
                    errors.push_back(task + ": " + error.message);
                  }};
};

TEST(TaskGroup, NeverRunsATaskInsideSpawn) {
  World world(1);
  world.group.spawn("a", world.note("a"));
  EXPECT_THAT(world.notes, IsEmpty());
  EXPECT_EQ(world.group.size(), 1);
  world.loop.settle();
  EXPECT_THAT(world.notes, ElementsAre("a"));
  EXPECT_EQ(world.group.size(), 0);
}

TEST(TaskGroup, ReportsErrorsByTask) {
  World world(1);
  world.group.spawn("writer", world.refuse("changed meanwhile"));
  world.group.spawn("fine", world.note("x"));
  world.loop.settle();
  EXPECT_THAT(world.errors, ElementsAre("writer: changed meanwhile"));
}

TEST(TaskGroup, StopCancelsWhatRunsAndDropsWhatHasNotStarted) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    for (int i = 0; i < 5; ++i) world.group.spawn("sleeper", world.sleep(hours(1)));
    const auto steps = world.loop.rng().between(0, 12);
    for (std::uint64_t i = 0; i < steps; ++i) {
      if (world.started < 5) world.loop.step();
    }
    const int before = world.started;
    world.loop.await(world.group.stop());
    EXPECT_EQ(world.group.size(), 0);
    EXPECT_EQ(world.finished, 0);
    EXPECT_EQ(world.loop.now(), SteadyTime()) << "time passed, seed " << seed;
    EXPECT_LE(before, world.started);
    EXPECT_THAT(world.errors, IsEmpty());

    world.group.spawn("after", world.note("after"));
    world.loop.settle();
    EXPECT_THAT(world.notes, IsEmpty());
  }
}

TEST(TaskGroup, StopFromInsideEndsThatTaskToo) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("a", world.sleep(hours(1)));
    world.group.spawn("stopper", world.stop_from_inside());
    world.group.spawn("b", world.sleep(hours(1)));
    world.loop.await(world.group.wait_idle());
    EXPECT_EQ(world.loop.now(), SteadyTime(seconds(1)));
    EXPECT_EQ(world.finished, 0);
    EXPECT_THAT(world.notes, IsEmpty());
    world.loop.await(world.group.stop());
  }
}

TEST(TaskGroup, StartsNothingWhileItStops) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    for (int i = 0; i < 3; ++i) world.group.spawn("spawner", world.spawn_at_the_end());
    world.loop.settle();
    world.loop.await(world.group.stop());
    world.loop.settle();
    EXPECT_THAT(world.notes, IsEmpty());
    EXPECT_EQ(world.group.size(), 0);
  }
}

TEST(TaskGroup, ATaskMayEndInsideItsCancellation) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    for (int i = 0; i < 4; ++i) world.group.spawn("waiter", world.wait_for_cancel());
    world.group.spawn("sleeper", world.sleep(hours(1)));
    world.loop.settle();
    world.loop.await(world.group.stop());
    EXPECT_EQ(world.group.size(), 0);
  }
}

TEST(TaskGroup, StopMayBeCalledAgainAndByMany) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("sleeper", world.sleep(hours(1)));
    world.loop.settle();
    int stopped = 0;
    auto done = [&stopped](std::exception_ptr failure) { stopped += failure ? 0 : 1; };
    for (int i = 0; i < 3; ++i) net::co_spawn(world.loop.executor(), world.group.stop(), done);
    world.loop.settle();
    world.loop.await(world.group.stop());
    EXPECT_EQ(stopped, 3);
  }
}

TEST(TaskGroup, WaitIdleWaitsForChildrenOfTasks) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("parent", world.spawn_more(5));
    auto ignore = [](std::exception_ptr) {};
    net::co_spawn(world.loop.executor(), world.wait_and_note("idle"), ignore);
    net::co_spawn(world.loop.executor(), world.wait_and_note("idle"), ignore);
    world.loop.await(world.group.wait_idle());
    world.loop.settle();
    EXPECT_EQ(world.finished, 5);
    EXPECT_EQ(world.loop.now(), SteadyTime(seconds(4)));
    EXPECT_THAT(world.notes, ElementsAre("idle", "idle"));
  }
}

TEST(TaskGroupDeathTest, AnEscapedExceptionEndsTheProgram) {
  EXPECT_DEATH(
      {
        World world(1);
        world.group.spawn("bad", world.throw_later());
        world.loop.run_for(seconds(2));
      },
      "task bad threw: boom");
}

TEST(TaskGroupDeathTest, MustBeStoppedBeforeItGoes) {
  EXPECT_DEATH(
      {
        World world(1);
        world.group.spawn("sleeper", world.sleep(hours(1)));
        world.loop.settle();
      },
      "destroyed while its tasks ran");
}

}  // namespace
}  // namespace dynamod::base
