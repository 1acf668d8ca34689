// metav1.Condition: one aspect of an object's state, and the rule for its time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kube/fields.h"

namespace dynamod::kube {

enum class ConditionStatus : std::uint8_t { kUnknown, kTrue, kFalse };

inline constexpr EnumName<ConditionStatus> kConditionStatusNames[] = {
    {ConditionStatus::kTrue, "True"},
    {ConditionStatus::kFalse, "False"},
    {ConditionStatus::kUnknown, "Unknown"}};

constexpr std::span<const EnumName<ConditionStatus>> enum_names(ConditionStatus /*type*/) {
  return kConditionStatusNames;
}

inline constexpr std::int64_t kConditionMessageMax = 32768;  // the API server refuses longer ones

struct Condition {
  std::string type = {};
  ConditionStatus status = ConditionStatus::kUnknown;
  std::int64_t observed_generation = 0;
  WallTime last_transition_time{};
  std::string reason = {};
  std::string message = {};

  static constexpr void fields(auto&& field) {
    field("lastTransitionTime", &Condition::last_transition_time, kRequired,
          "When the status last changed.");
    field("message", &Condition::message, kRequired, "What is so, for people.",
          {.length_max = kConditionMessageMax});
    field("observedGeneration", &Condition::observed_generation, kOptional,
          "The metadata.generation that the condition is about.", {.minimum = 0});
    field("reason", &Condition::reason, kRequired, "Why, in one word for programs.",
          {.pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
           .length_min = 1,
           .length_max = 1024});
    field("status", &Condition::status, kRequired, "True, False or Unknown.");
    field("type", &Condition::type, kRequired, "The aspect of the object that this is about.",
          {.pattern = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
                      "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
           .length_max = 316});
  }

  friend bool operator==(const Condition&, const Condition&) = default;
};

// Null when there is none of that type.
[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions,
                                              std::string_view type);

// Adds `wanted` or replaces the one of its type. last_transition_time becomes `now` for a new
// condition or a changed status, else it stays (wanted's own is not looked at). True if anything
// changed.
bool set_condition(std::vector<Condition>& conditions, Condition wanted, WallTime now);

}  // namespace dynamod::kube
