// Faults that kill the process at the n-th passage of a place.
#include "base/faults.h"

#include <csignal>

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

TEST(KillFaults, DoNothingWithoutAText) {
  const auto faults = make_kill_faults("");
  ASSERT_TRUE(faults);
  (*faults)->at("model.after_load");
}

TEST(KillFaults, RefuseATextOfAnotherForm) {
  for (const std::string_view text :
       {"model", "model:", "model:0", "model:-1", "model:x", "model:1x", "model:99999999999"}) {
    const auto faults = make_kill_faults(text);
    ASSERT_FALSE(faults) << text;
    EXPECT_EQ(faults.error(),
              (Error{Error::Kind::kInvalid, "fault \"" + std::string(text) +
                                                "\" must be PLACE:COUNT with a count from 1"}));
  }
}

TEST(KillFaultsDeathTest, KillAtTheCountedPassage) {
  const auto faults = make_kill_faults("model.after:3");
  ASSERT_TRUE(faults);
  (*faults)->at("model.after_load");
  (*faults)->at("model.before_load");
  (*faults)->at("model.after_unload");
  EXPECT_EXIT((*faults)->at("model.after_load"), ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace dynamod::base
