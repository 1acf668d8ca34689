// What is done about the names a pod owes.
#include "controllers/model/debts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/model/test_world.h"

namespace dynamod::controllers::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PlanDebts, UnloadsWhatIsThereAndForgetsWhatIsGone) {
  const auto plan = plan_debts({"there", "gone"}, worker("w-0").lists("there").get(), {}, kNow);
  EXPECT_THAT(plan.unload, ElementsAre("there"));
  EXPECT_THAT(plan.unpaid, ElementsAre("there"));
}

TEST(PlanDebts, WaitsForAWorkerThatDoesNotAnswer) {
  const auto hung = worker("w-0").with(
      [](auto& w) { w.contact = Failure{lora::EndpointReason::kTimeout, "no answer"}; });
  const auto plan = plan_debts({"x"}, hung.get(), {}, kNow);
  EXPECT_THAT(plan.unload, IsEmpty());
  EXPECT_THAT(plan.unpaid, ElementsAre("x"));
}

TEST(PlanDebts, ANameThatLivesAgainIsPaidByALoadOfItsNewModel) {
  auto plan = plan_debts({"x"}, worker("w-0").lists("x").get(), {"x"}, kNow);
  EXPECT_THAT(plan.unload, IsEmpty());
  EXPECT_THAT(plan.unpaid, ElementsAre("x"));
  plan = plan_debts({"x"}, worker("w-0").lists("x", "s3://b/x").get(), {"x"}, kNow);
  EXPECT_THAT(plan.unpaid, IsEmpty());
}

TEST(PlanDebts, RetriesAFailedUnloadWhenItsTimeHasCome) {
  const auto failed = worker("w-0").lists("x").failed(AdapterTask::kUnload, "x", "",
                                                      lora::EndpointReason::kLoadFailed);
  const auto plan = plan_debts({"x"}, failed.get(), {}, kNow);
  EXPECT_THAT(plan.unload, IsEmpty());
  EXPECT_EQ(plan.recheck_at, kNow + std::chrono::seconds(20));
}

}  // namespace
}  // namespace dynamod::controllers::model
