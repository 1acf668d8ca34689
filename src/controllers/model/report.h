// From a look and its plan to what users are told: status, conditions, events. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/model/plan.h"
#include "controllers/model/world.h"

namespace dynamod::controllers::model {

struct ModelEvent {
  bool warning = false;
  std::string reason;
  std::string message;

  friend bool operator==(const ModelEvent&, const ModelEvent&) = default;
};

// What the events of a model said last. Kept in memory; after a restart read off the stored
// conditions, so that a restart repeats no event.
struct Announced {
  std::string endpoints;        // reason of the last event about endpoints as a whole, "" for none
  std::int64_t generation = 0;  // of that event
  std::string message;          // of that event
  // Another number of ready endpoints is told when it has stood for a while: a rolling restart
  // passes through many.
  std::string next_message;
  SteadyTime next_since{};
  bool partial_failure = false;
  bool stalled = false;
  bool same_name = false;  // that another base model has an adapter of this name

  [[nodiscard]] static Announced from_status(const kinds::DynamoModel& model);
  friend bool operator==(const Announced&, const Announced&) = default;
};

struct ModelReport {
  kinds::DynamoModelStatus status;
  std::vector<ModelEvent> events;
  Announced announced;  // to be passed to the next report
  // Workers are about to be asked for the first time (we have just started, or they have): a status
  // that is there already is not replaced by one that knows less. Their answer, or its absence,
  // wakes us.
  bool premature = false;
  bool urgent = false;  // a condition changed: written at once; else at most once a second
  std::optional<SteadyTime> recheck_at;  // a Warning becomes due then, if nothing changes
};

[[nodiscard]] ModelReport report_model(const ModelWorld& world, const ModelPlan& plan, PlanTime now,
                                       const Announced& before);

// Waiting for these needs nobody's help; a Warning comes only when they last.
inline constexpr Duration kBenignFor = std::chrono::seconds(60);
// A Service that was made just now has no slices yet: the status says so at once, the Warning waits
// this long.
inline constexpr Duration kNoEndpointsQuietFor = std::chrono::seconds(5);
inline constexpr Duration kCountQuietFor = std::chrono::seconds(2);
[[nodiscard]] bool is_benign(lora::EndpointReason reason);

}  // namespace dynamod::controllers::model
