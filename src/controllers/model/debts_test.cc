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
  const WantedDebts wanted{{"x", source_hash("s3://b/x")}};

  const struct {
    const char* what;
    EndpointBuilder endpoint;
    bool paid;
  } cases[] = {
      {"nobody knows its source", worker("w-0").lists("x"), false},
      {"the deleted model loaded it", worker("w-0").lists("x", "s3://b/old"), false},
      {"an unload of the deleted model is not answered yet",
       worker("w-0").lists("x", "s3://b/x").runs(AdapterTask::kUnload, "x"), false},
      {"the new model loaded it", worker("w-0").lists("x", "s3://b/x"), true},
  };

  for (const auto& c : cases) {
    const auto plan = plan_debts({"x"}, c.endpoint.get(), wanted, kNow);
    EXPECT_THAT(plan.unload, IsEmpty()) << c.what;
    EXPECT_EQ(plan.unpaid.empty(), c.paid) << c.what;
  }
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
