// From a look at the world to what is to be done about a model. Pure: no I/O, no clock, no log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/model/judge.h"
#include "controllers/model/world.h"

namespace dynamod::controllers::model {

struct PlanOptions {
  Duration unload_give_up =
      std::chrono::minutes(5);  // after it a deleted object goes and leaves debts
};

struct PlanTime {
  SteadyTime steady{};
  WallTime wall{};
};

// One piece of work for a worker's queue.
struct WorkerAction {
  std::string pod_uid;
  AdapterTask task = AdapterTask::kLoad;
  std::string name;
  std::string uri;     // "" for an unload
  std::string source;  // source_hash(uri)

  friend bool operator==(const WorkerAction&, const WorkerAction&) = default;
};

enum class FinalizerChange : std::uint8_t { kKeep, kAdd, kRemove };

// What a living pod still owes when its model goes: kept on the pod until it is paid.
struct Debt {
  std::string pod_name;
  std::string pod_uid;
  std::vector<std::string> names;

  friend bool operator==(const Debt&, const Debt&) = default;
};

// Where an update of the source stands.
struct Roll {
  std::size_t updated = 0;
  std::size_t total = 0;
  std::optional<std::string> paused;  // "<pod>: <reason>: <message>"
};

struct ModelPlan {
  // In the order they are carried out: the annotation and the finalizer are on the object before
  // any call is made.
  std::optional<Applied> write_applied;
  FinalizerChange finalizer = FinalizerChange::kKeep;
  std::vector<WorkerAction> actions;
  std::vector<Debt> debts;               // written before the finalizer is removed
  std::optional<SteadyTime> recheck_at;  // nothing else will wake us for what is then due

  std::vector<Verdict> verdicts;  // one for each of world.endpoints
  std::optional<Roll> roll;
  std::vector<std::string> unloading;  // pods that a deleted model is still on
  bool gave_up = false;                // of a deletion: debts remain
};

[[nodiscard]] ModelPlan plan_model(const ModelWorld& world, PlanTime now,
                                   const PlanOptions& options = {});

}  // namespace dynamod::controllers::model
