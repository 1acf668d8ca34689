// Seeds, and what a failure prints.
#include "sim/sim_test.h"

#include <charconv>
#include <iostream>

#include <fmt/format.h>

#include "base/env.h"

namespace dynamod::sim {

namespace {

constexpr std::uint64_t kFewSeeds =
    2;  // of every build: about a minute each; more by the environment
constexpr std::size_t kLinesShown = 60;  // DYNAMOD_SIM_LINES changes it

std::uint64_t number_from_env(const char* name, std::uint64_t otherwise) {
  const std::string text(Env::of_process().get(name));
  std::uint64_t number = otherwise;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::vector<std::uint64_t> sim_seeds() {
  if (const std::uint64_t one = number_from_env("DYNAMOD_SIM_SEED", 0); one != 0) return {one};
  std::vector<std::uint64_t> seeds;
  const std::uint64_t count = number_from_env("DYNAMOD_SIM_SEEDS", kFewSeeds);
  for (std::uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
  return seeds;
}

std::string seed_name(const ::testing::TestParamInfo<std::uint64_t>& info) {
  return fmt::format("{}", info.param);
}

void SimTest::TearDown() {
  for (const std::string& violation : cluster.invariants.violations()) ADD_FAILURE() << violation;
  if (!HasFailure()) return;
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::cerr << fmt::format("To run it again: DYNAMOD_SIM_SEED={} sim_test --gtest_filter='{}.{}'\n",
                           GetParam(), test->test_suite_name(), test->name());
  const auto& lines = cluster.lines();
  const std::size_t shown = number_from_env("DYNAMOD_SIM_LINES", kLinesShown);
  const std::size_t first = lines.size() > shown ? lines.size() - shown : 0;
  for (std::size_t i = first; i < lines.size(); ++i) std::cerr << "  " << lines[i] << "\n";
}

void SimTest::quick_start(std::size_t workers) {
  cluster.start_operator();
  cluster.add_pods(workers);
  cluster.apply_lora("my-lora");
  ASSERT_CONVERGES(std::chrono::minutes(1));
}

}  // namespace dynamod::sim
