// managedFields as a table of managers: who owns which fields, in which version.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "apiserver/apply/field_set.h"
#include "base/json.h"
#include "base/result.h"

namespace dynamod::apiserver {

enum class Operation : std::uint8_t { kApply, kUpdate };

// One row. An applier is one manager whatever its version, an updater is one for each version.
struct ManagedEntry {
  std::string name = {};
  Operation operation = Operation::kUpdate;
  std::string api_version = {};  // of the fields
  std::string subresource = {};
  std::string time = {};  // as it is written; "" for none
  FieldSet fields = {};

  // What tells managers apart; also their order in conflicts.
  [[nodiscard]] std::string id() const;
  // `"kubectl" with subresource "status" using apps/v1`
  [[nodiscard]] std::string text() const;
};

using ManagedEntries = std::map<std::string, ManagedEntry>;  // by id

// Updaters beyond this are merged, the oldest first.
inline constexpr std::size_t kUpdatersMax = 10;
inline constexpr std::string_view kAncientChanges = "ancient-changes";

// Errors: kInvalid, e.g. "operation must be `Apply` or `Update`".
[[nodiscard]] Result<ManagedEntries> decode_managers(const json::array& managed_fields);
// Appliers first, then by time and name.
[[nodiscard]] json::array encode_managers(const ManagedEntries& managers);

// At most kUpdatersMax of them: the oldest of a version become "ancient-changes".
void cap_updaters(ManagedEntries& managers);

// metadata.managedFields of `object`; null when there are none.
[[nodiscard]] const json::value* managed_fields_of(const json::object& object);
// Empty: the field goes.
void set_managed_fields(json::object& object, const ManagedEntries& managers);

// A list that is there and empty, or has one empty entry: the client wants none.
[[nodiscard]] bool resets_managed_fields(const json::object& object);

}  // namespace dynamod::apiserver
