// Notifier and Mailbox in virtual time: no change and no item is lost, and order is kept.
#include "base/mailbox.h"

#include <gmock/gmock.h>

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = 200;

struct World {
  explicit World(std::uint64_t seed) : loop(seed) {}

  Async<> read_all() {
    while (true) {
      std::optional<int> item = co_await box.pop();
      if (!item) co_return Result<>{};
      read.push_back(*item);
    }
  }

  Async<> write(int first, int last) {
    for (int i = first; i <= last; ++i) {
      EXPECT_TRUE(box.push(i));
      co_await net::post(loop.executor(), net::use_awaitable_t<Executor>());
    }
    box.close();
    co_return Result<>{};
  }

  Async<> count_changes() {
    while (true) {
      co_await changed.wait();
      ++changes;
    }
  }

  testing::SimLoop loop;
  Mailbox<int> box{loop.executor(), 100};
  Notifier changed{loop.executor()};
  std::vector<int> read;
  int changes = 0;
  TaskGroup group{loop.executor()};
};

TEST(Mailbox, KeepsTheOrder) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("reader", world.read_all());
    world.group.spawn("writer", world.write(1, 5));
    world.loop.await(world.group.wait_idle());
    EXPECT_THAT(world.read, ElementsAre(1, 2, 3, 4, 5)) << seed;
  }
}

TEST(Mailbox, RefusesWhatDoesNotFitAndWhatComesAfterTheEnd) {
  World world(1);
  Mailbox<std::string> box(world.loop.executor(), 2);
  EXPECT_TRUE(box.push("a"));
  EXPECT_TRUE(box.push("b"));
  EXPECT_FALSE(box.push("c"));
  EXPECT_EQ(box.size(), 2);
  EXPECT_EQ(world.loop.await(box.pop()), "a");
  EXPECT_TRUE(box.push("c"));
  box.close();
  EXPECT_TRUE(box.closed());
  EXPECT_FALSE(box.push("d"));
  EXPECT_EQ(world.loop.await(box.pop()), "b");
  EXPECT_EQ(world.loop.await(box.pop()), "c");
  EXPECT_EQ(world.loop.await(box.pop()), std::nullopt);
  EXPECT_EQ(world.loop.await(box.pop()), std::nullopt);
}

TEST(Mailbox, CarriesWhatCannotBeCopied) {
  World world(1);
  Mailbox<std::unique_ptr<int>> box(world.loop.executor(), 2);
  EXPECT_TRUE(box.push(std::make_unique<int>(7)));
  EXPECT_EQ(**world.loop.await(box.pop()), 7);
}

TEST(Mailbox, ACancelledReaderTakesNothingWithIt) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("reader", world.read_all());
    world.loop.settle();
    auto done = [](std::exception_ptr failure) { EXPECT_FALSE(failure); };
    net::co_spawn(world.loop.executor(), world.group.stop(), done);
    const auto steps = world.loop.rng().between(0, 4);
    for (std::uint64_t i = 0; i < steps; ++i) world.loop.step();
    EXPECT_TRUE(world.box.push(1));
    EXPECT_TRUE(world.box.push(2));
    world.loop.settle();
    while (world.box.size() > 0) {
      const auto item = world.loop.await(world.box.pop());
      world.read.push_back(*item);
    }
    EXPECT_THAT(world.read, ElementsAre(1, 2)) << seed;
  }
}

TEST(Notifier, RemembersOneChange) {
  World world(1);
  world.changed.notify();
  world.changed.notify();
  world.group.spawn("counter", world.count_changes());
  world.loop.settle();
  EXPECT_EQ(world.changes, 1);
  world.changed.notify();
  world.loop.settle();
  EXPECT_EQ(world.changes, 2);
  world.loop.await(world.group.stop());
}

TEST(Notifier, NeverSleepsThroughAChange) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    world.group.spawn("counter", world.count_changes());
    for (int i = 0; i < 10; ++i) {
      const auto steps = world.loop.rng().between(0, 3);
      for (std::uint64_t k = 0; k < steps; ++k) world.loop.step();
      const int before = world.changes;
      world.changed.notify();
      world.loop.settle();
      EXPECT_GT(world.changes, before);
    }
    world.loop.await(world.group.stop());
  }
}

}  // namespace
}  // namespace dynamod::base
