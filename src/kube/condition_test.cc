// When a condition's time moves.
#include "kube/condition.h"

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

const WallTime kThen(std::chrono::seconds(100));
const WallTime kNow(std::chrono::seconds(200));

Condition ready(ConditionStatus status, std::string message) {
  return {.type = "Ready",
          .status = status,
          .observed_generation = 1,
          .last_transition_time = {},
          .reason = "Because",
          .message = std::move(message)};
}

TEST(SetCondition, AddsANewOneWithTheTime) {
  std::vector<Condition> conditions;
  EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::kTrue, "a"), kNow));
  ASSERT_EQ(conditions.size(), 1);
  EXPECT_EQ(conditions[0].last_transition_time, kNow);
}

TEST(SetCondition, MovesTheTimeOnlyWithTheStatus) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::kTrue, "a"), kThen);

  EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::kTrue, "b"), kNow));
  EXPECT_EQ(conditions[0].message, "b");
  EXPECT_EQ(conditions[0].last_transition_time, kThen);

  EXPECT_TRUE(set_condition(conditions, ready(ConditionStatus::kFalse, "b"), kNow));
  EXPECT_EQ(conditions[0].last_transition_time, kNow);
  EXPECT_EQ(conditions.size(), 1);
}

TEST(SetCondition, SaysWhenNothingChanged) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::kTrue, "a"), kThen);
  EXPECT_FALSE(set_condition(conditions, ready(ConditionStatus::kTrue, "a"), kNow));
  EXPECT_EQ(conditions[0].last_transition_time, kThen);
}

TEST(FindCondition, GoesByType) {
  std::vector<Condition> conditions;
  set_condition(conditions, ready(ConditionStatus::kTrue, "a"), kThen);
  EXPECT_EQ(find_condition(conditions, "Ready"), &conditions[0]);
  EXPECT_EQ(find_condition(conditions, "Stalled"), nullptr);
}

}  // namespace

}  // namespace dynamod::kube
