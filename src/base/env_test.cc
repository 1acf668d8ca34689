// Environment variables.
#include "base/env.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

TEST(Env, TellsUnsetFromEmpty) {
  const Env env({{"A", "1"}, {"EMPTY", ""}});
  EXPECT_EQ(env.find("A"), "1");
  EXPECT_EQ(env.find("EMPTY"), "");
  EXPECT_EQ(env.find("B"), std::nullopt);
  EXPECT_EQ(env.get("A", "x"), "1");
  EXPECT_EQ(env.get("EMPTY", "x"), "x");
  EXPECT_EQ(env.get("B", "x"), "x");
  EXPECT_EQ(env.get("B"), "");
}

TEST(Env, ReadsTheProcess) {
  ::setenv("DYNAMOD_ENV_TEST", "a=b", 1);
  EXPECT_EQ(Env::of_process().find("DYNAMOD_ENV_TEST"), "a=b");
  ::unsetenv("DYNAMOD_ENV_TEST");
  EXPECT_EQ(Env::of_process().find("DYNAMOD_ENV_TEST"), std::nullopt);
}

}  // namespace
}  // namespace dynamod::base
