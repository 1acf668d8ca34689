// The fixture of all workloads: one cluster from the test's seed, its invariants checked at the
// end, and on failure what is needed to run it again.
#pragma once

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/model_cluster.h"

namespace dynamod::sim {

// 1 to DYNAMOD_SIM_SEEDS (default: few), or the one that DYNAMOD_SIM_SEED names.
[[nodiscard]] std::vector<std::uint64_t> sim_seeds();
[[nodiscard]] std::string seed_name(const ::testing::TestParamInfo<std::uint64_t>& info);

class SimTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  SimTest() : cluster(GetParam()) {}

  void TearDown() override;

  // Two ready workers that hold "my-lora", from an operator that runs.
  void quick_start(std::size_t workers = 2);

  ModelCluster cluster;
};

// A converged world; the failure says what is not so.
#define EXPECT_CONVERGES(limit) EXPECT_TRUE(cluster.converge(limit)) << cluster.difference()
#define ASSERT_CONVERGES(limit) ASSERT_TRUE(cluster.converge(limit)) << cluster.difference()

#define DYNAMOD_SIM_WORKLOAD(workload) \
  INSTANTIATE_TEST_SUITE_P(Seeds, workload, ::testing::ValuesIn(sim_seeds()), seed_name)

}  // namespace dynamod::sim
