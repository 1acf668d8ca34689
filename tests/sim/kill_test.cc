// The operator dies at any moment and comes back: the workers end with what is wanted, nothing is
// reloaded that is there except where a load, a reload or a roll was in flight, and nothing is left
// behind.
#include <algorithm>

#include "sim/sim_test.h"

namespace dynamod::sim {
namespace {

using namespace std::chrono_literals;

// A deleted object waits 5 minutes for a load that a killed process may have sent and nobody knows
// the end of.
constexpr Duration kUnknownLoadLimit = 6min;

class KillSim : public SimTest {
 protected:
  void start_world() {
    cluster.start_operator();
    cluster.add_pods(3, loading_for(cluster.random_duration(3s)));
    for (const char* name : {"a", "b", "c"}) {
      cluster.apply_lora(name, {.name = name, .uri = std::string("s3://adapters/") + name});
    }
  }

  // One thing that a user or the cluster may do.
  void do_something(unsigned pick) {
    const std::string object(1, static_cast<char>('a' + cluster.loop.rng().between(0, 2)));
    const auto found = cluster.model(object);
    const std::string uri = "s3://adapters/v" + std::to_string(cluster.loop.rng().between(0, 3));
    if (!found) return cluster.apply_lora(object, {.name = object, .uri = uri});
    if (found->metadata.deleting()) return;
    if (pick == 0) cluster.edit_uri(object, uri);
    if (pick == 1)
      cluster.rename(object, object + std::to_string(cluster.loop.rng().between(0, 2)));
    if (pick == 2) cluster.delete_model(object);
    if (pick == 3) cluster.nodes.restart_container(cluster.nodes.living().front()->name);
    if (pick == 4) cluster.add_pods(1);
    if (pick == 4) cluster.nodes.delete_pod(cluster.nodes.living().front()->name);
    if (pick == 5) cluster.nodes.forget_adapters(cluster.nodes.living().back()->name);
  }

  void do_something() { do_something(static_cast<unsigned>(cluster.loop.rng().between(0, 5))); }

  // Converges, with a new life when this one ends on the way.
  [[nodiscard]] bool settle() {
    SimOperator& first = cluster.op();
    for (int i = 0; i < 300 && !first.dead() && !cluster.difference().empty(); ++i)
      cluster.run_for(100ms);
    if (!first.dead()) return false;
    cluster.kill_operator();
    cluster.run_for(cluster.random_duration(5s));
    cluster.start_operator();
    EXPECT_CONVERGES(1min);
    return true;
  }

  // True if the operator died in it, at the `place`-th place.
  [[nodiscard]] bool tell_story(const std::string& object, std::size_t place) {
    cluster.start_operator().kill_at_place(place);
    bool died = false;
    cluster.apply_lora(object, {.name = object, .uri = "s3://adapters/" + object});
    died |= settle();
    cluster.edit_uri(object, "s3://adapters/edited");
    died |= settle();
    cluster.rename(object, object + "-renamed");
    died |= settle();
    cluster.delete_model(object);
    died |= settle();
    EXPECT_CONVERGES(1min);
    cluster.kill_operator();
    return died;
  }

  // SIGKILL at any step, or at the next places before and after an effect.
  void kill_somewhere() {
    if (cluster.toss()) {
      run_steps(1000);
      if (cluster.toss()) cluster.run_for(cluster.random_duration(8s));
    } else {
      cluster.op().kill_at_place(cluster.loop.rng().between(1, 12));
      (void)cluster.run_until([&] { return cluster.op().dead(); }, 10s);
    }
    cluster.kill_operator();
    ++kills_;
  }

  // A number of steps, so that it may die between any two.
  void run_steps(std::uint64_t max) {
    const auto steps = cluster.loop.rng().between(0, max);
    for (std::uint64_t i = 0; i < steps; ++i) (void)cluster.loop.step();
  }

  static inline std::size_t kills_ = 0;  // by kill_somewhere(), over all seeds
};

TEST_P(KillSim, AKillInPeaceCausesNoCall) {
  start_world();
  ASSERT_CONVERGES(1min);
  const std::size_t posts = cluster.posts();
  for (int i = 0; i < 5; ++i) {
    cluster.run_for(cluster.random_duration(30s));
    cluster.kill_operator();
    cluster.run_for(cluster.random_duration(1min));
    cluster.start_operator();
  }
  cluster.run_for(1min);
  ASSERT_CONVERGES(1s);
  EXPECT_EQ(cluster.posts(), posts);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(KillSim, ACleanStopInPeaceCausesNoCall) {
  start_world();
  ASSERT_CONVERGES(1min);
  const std::size_t posts = cluster.posts();
  const SteadyTime told = cluster.loop.now();
  cluster.stop_operator();
  EXPECT_LE(cluster.loop.now() - told, 10s);
  cluster.start_operator();
  cluster.run_for(1min);
  ASSERT_CONVERGES(1s);
  EXPECT_EQ(cluster.posts(), posts);
}

TEST_P(KillSim, ACleanStopWhileItLoadsAbandonsTheCallAndTheWorkerEnds) {
  cluster.start_operator();
  cluster.add_pods(2, loading_for(30s));
  cluster.apply_lora("my-lora");
  cluster.run_for(2s + cluster.random_duration(10s));
  const SteadyTime told = cluster.loop.now();
  cluster.stop_operator();
  EXPECT_LE(cluster.loop.now() - told, 10s);
  cluster.run_for(cluster.random_duration(30s));
  cluster.start_operator();
  ASSERT_CONVERGES(90s);
  EXPECT_EQ(cluster.deletes(), 0u);
}

TEST_P(KillSim, KilledAtRandomMomentsOfTheFirstMinute) {
  start_world();
  for (int i = 0; i < 10; ++i) {
    run_steps(1500);
    cluster.kill_operator();
    cluster.start_operator();
  }
  ASSERT_CONVERGES(2min);
  EXPECT_EQ(cluster.deletes(), 0u);
}

// Edits, renames and deletes while it is up, while it dies, and while it is down.
TEST_P(KillSim, KilledAtRandomMomentsWhileTheWorldChanges) {
  start_world();
  for (int i = 0; i < 20; ++i) {
    do_something();
    run_steps(1000);
    if (cluster.toss()) cluster.run_for(cluster.random_duration(8s));
    cluster.kill_operator();
    if (cluster.toss()) do_something();
    if (cluster.toss()) cluster.run_for(cluster.random_duration(20s));
    if (cluster.toss()) do_something();
    cluster.start_operator();
    if (cluster.toss()) cluster.run_for(cluster.random_duration(10s));
  }
  ASSERT_CONVERGES(kUnknownLoadLimit);
}

// Two hundred kills over its seeds, however many they are; each seed has its part.
TEST_P(KillSim, TwoHundredKillsWhileTheWorldChanges) {
  constexpr std::size_t kAtLeast = 200;
  constexpr std::size_t kOfEachSeed = 20;
  const std::size_t seeds = sim_seeds().size();
  const std::size_t count = std::max(kOfEachSeed, (kAtLeast + seeds - 1) / seeds);
  start_world();
  for (std::size_t i = 1; i <= count; ++i) {
    do_something();
    kill_somewhere();
    const auto deeds = cluster.loop.rng().between(0, 2);
    for (std::uint64_t deed = 0; deed < deeds; ++deed) do_something();
    if (cluster.toss()) cluster.run_for(cluster.random_duration(20s));
    cluster.start_operator();
    if (i % kOfEachSeed == 0) ASSERT_CONVERGES(kUnknownLoadLimit);
  }
  ASSERT_CONVERGES(kUnknownLoadLimit);
  if (GetParam() == sim_seeds().back()) EXPECT_GE(kills_, kAtLeast);
}

// The status still says of the reloaded worker what was true before the roll: it must not be
// believed.
TEST_P(KillSim, KilledInARollThatIsThenTakenBack) {
  quick_start(4);
  cluster.edit_uri("my-lora", "s3://adapters/v2");
  const auto is_new = [&](const PlayedPod* pod) {
    return pod->adapters().contains("my-custom-lora") &&
           pod->adapters().at("my-custom-lora") == "s3://adapters/v2";
  };
  ASSERT_TRUE(
      cluster.run_until([&] { return std::ranges::any_of(cluster.nodes.living(), is_new); }, 1min));
  run_steps(20);
  cluster.kill_operator();
  cluster.edit_uri("my-lora", "s3://adapters/my-custom-lora");
  cluster.start_operator();
  ASSERT_CONVERGES(2min);
}

// Before and after every effect of one story: load, edit, rename, delete. The last round passes no
// place any more.
TEST_P(KillSim, KilledAtEveryPlaceOfAStory) {
  cluster.add_pods(2);
  std::size_t place = 0;
  bool died = true;
  while (died) {
    SCOPED_TRACE(++place);
    died = tell_story("story-" + std::to_string(place), place);
    if (HasFailure()) return;
  }
  EXPECT_GT(place, 20u);
}

DYNAMOD_SIM_WORKLOAD(KillSim);

}  // namespace
}  // namespace dynamod::sim
