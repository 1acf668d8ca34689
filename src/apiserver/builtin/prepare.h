// What the server decides for itself when an object of a built-in kind is written: first states,
// counters, what a client may not set. Pure; addresses and other objects are the strategies' part.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace dynamod::apiserver {

// How a kind treats its status and generation.
struct KindHabits {
  bool keeps_status_on_create = false;  // nodes: kubelets register with it
  bool counts_generation = false;
  bool create_on_update = false;
  bool unconditional_update = true;
};

[[nodiscard]] KindHabits habits_of(std::string_view kind);

// Who writes, and when.
struct Writing {
  std::string_view user = "";
  const json::object* user_info = nullptr;  // username, uid, groups, extra; of a signing request
  WallTime now = {};
};

// A new object, defaulted, whose status has been dropped and whose uid is known.
void prepare_new(json::object& object, const Writing& writing);
// A change of the main resource; status and generation have been cared for.
void prepare_change(json::object& object, const json::object& old, const Writing& writing);
// A change of /status, where a kind needs more than to keep the rest.
void prepare_status(json::object& object, const json::object& old, const Writing& writing);

// "Guaranteed", "Burstable", "BestEffort": from requests and limits.
[[nodiscard]] std::string_view quality_of_service(const json::object& pod_spec);

}  // namespace dynamod::apiserver
