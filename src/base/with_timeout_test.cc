// with_timeout in virtual time: value, error, exception, time-out and cancellation, in many orders.
#include "base/with_timeout.h"

#include <stdexcept>

#include <gmock/gmock.h>

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSeeds = 200;

// A value that cannot be made from nothing.
struct Loaded {
  explicit Loaded(std::string text) : name(std::move(text)) {}

  std::string name;
};

struct World {
  explicit World(std::uint64_t seed) : loop(seed) {}

  Async<Loaded> load(Duration duration) {
    co_await loop.sleep_for(duration);
    ++ended;
    co_return Loaded("x");
  }

  Async<Loaded> refuse() {
    co_await loop.sleep_for(milliseconds(1));
    co_return fail(Error::Kind::kNotFound, "no such adapter");
  }

  Async<Loaded> throw_later() {
    co_await loop.sleep_for(milliseconds(1));
    throw std::runtime_error("boom");
  }

  Async<> load_in_time(Duration duration, Duration limit) {
    auto result = co_await with_timeout(loop, limit, "load", load(duration));
    if (!result) co_return std::unexpected(result.error());
    co_return Result<>{};
  }

  Async<Loaded> nested(Duration inner, Duration outer) {
    co_return co_await with_timeout(loop, outer, "outer",
                                    with_timeout(loop, inner, "inner", load(hours(1))));
  }

  testing::SimLoop loop;
  int ended = 0;
};

TEST(WithTimeout, GivesTheValue) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    const auto result =
        world.loop.await(with_timeout(world.loop, seconds(2), "load", world.load(seconds(1))));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->name, "x");
    EXPECT_EQ(world.loop.now(), SteadyTime(seconds(1)));
    EXPECT_FALSE(world.loop.step()) << "the timer is still there";
  }
}

TEST(WithTimeout, GivesTheError) {
  World world(1);
  const auto result =
      world.loop.await(with_timeout(world.loop, seconds(1), "load", world.refuse()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{Error::Kind::kNotFound, "no such adapter"}));
}

TEST(WithTimeout, LetsAnExceptionPass) {
  World world(1);
  EXPECT_THROW(world.loop.await(with_timeout(world.loop, seconds(1), "load", world.throw_later())),
               std::runtime_error);
  EXPECT_FALSE(world.loop.step());
}

TEST(WithTimeout, CancelsWhatTakesTooLong) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    const auto result = world.loop.await(
        with_timeout(world.loop, milliseconds(1'500), "load lora", world.load(hours(1))));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(),
              (Error{Error::Kind::kTimeout, "load lora: no answer within 1500 ms"}));
    EXPECT_EQ(world.loop.now(), SteadyTime(milliseconds(1'500)));
    EXPECT_EQ(world.ended, 0);
    EXPECT_FALSE(world.loop.step());
  }
}

TEST(WithTimeout, GivesOneOfBothWhenTheyMeet) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    const auto result =
        world.loop.await(with_timeout(world.loop, seconds(1), "load", world.load(seconds(1))));
    if (!result) {
      EXPECT_EQ(result.error().kind, Error::Kind::kTimeout);
    }
    EXPECT_FALSE(world.loop.step());
  }
}

TEST(WithTimeout, ALimitOfNothingStillWaitsForTheEnd) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    const auto result =
        world.loop.await(with_timeout(world.loop, Duration(0), "load", world.load(seconds(1))));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Error::Kind::kTimeout);
    EXPECT_FALSE(world.loop.step());
  }
}

TEST(WithTimeout, TheShorterOfTwoCounts) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    EXPECT_EQ(world.loop.await(world.nested(seconds(1), seconds(2))).error().message,
              "inner: no answer within 1000 ms");
    EXPECT_EQ(world.loop.await(world.nested(seconds(2), seconds(1))).error().message,
              "outer: no answer within 1000 ms");
    EXPECT_EQ(world.loop.now(), SteadyTime(seconds(2)));
  }
}

TEST(WithTimeout, IsCancelledFromOutside) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    std::vector<Error> errors;
    TaskGroup group(world.loop.executor(),
                    [&errors](const std::string&, const Error& error) { errors.push_back(error); });
    for (int i = 0; i < 3; ++i) group.spawn("load", world.load_in_time(hours(1), hours(2)));
    const auto steps = world.loop.rng().between(0, 9);  // so few that the hour cannot pass
    for (std::uint64_t i = 0; i < steps && world.loop.now() == SteadyTime(); ++i) world.loop.step();
    world.loop.await(group.stop());
    EXPECT_EQ(group.size(), 0);
    EXPECT_TRUE(errors.empty());
    EXPECT_FALSE(world.loop.step());
  }
}

TEST(WithTimeout, IsCancelledAtTheMomentOfTheTimeout) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(seed);
    TaskGroup group(world.loop.executor());
    group.spawn("load", world.load_in_time(hours(1), seconds(1)));
    world.loop.run_for(milliseconds(999));
    auto done = [](std::exception_ptr failure) { EXPECT_FALSE(failure); };
    world.loop.at(SteadyTime(seconds(1)),
                  [&] { net::co_spawn(world.loop.executor(), group.stop(), done); });
    world.loop.run_for(seconds(1));
    EXPECT_EQ(group.size(), 0);
    EXPECT_FALSE(world.loop.step());
  }
}

}  // namespace
}  // namespace dynamod::base
