// The objects of the scripted API: versions, what writing means (generation, finalizers,
// preconditions, owners), and the history that watches read. No HTTP here.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "testing/scripted_json.h"

namespace dynamod::testing {

struct ScriptedType {
  std::string group = {};  // "" for the core group
  std::string version = {};
  std::string plural = {};
  std::string kind = {};
  bool namespaced = true;
  bool status_subresource = true;

  [[nodiscard]] std::string api_version() const {
    return group.empty() ? version : group + "/" + version;
  }
};

// pods services endpointslices events leases secrets validatingwebhookconfigurations
[[nodiscard]] std::vector<ScriptedType> builtin_scripted_types();

using ScriptedName = std::pair<std::string, std::string>;  // namespace, name
using ScriptedObject = std::shared_ptr<const json::value>;

// One step of a type's history. Null before: created; null now: deleted (last holds the final state
// with its version).
struct ScriptedChange {
  std::int64_t version = 0;
  ScriptedObject before = {};
  ScriptedObject now = {};
  ScriptedObject last = {};
};

// What a write carries beside its document.
struct ScriptedWrite {
  std::string manager = {};
  bool status = false;   // the status subresource
  bool force = false;    // apply
  std::string uid = {};  // preconditions of a delete
  std::string resource_version = {};
};

// One type's objects. `versions` is the counter all types share. Errors are those of the API:
// kAlreadyExists, kNotFound, kConflict, kInvalid, kGone.
class ScriptedCollection {
 public:
  ScriptedCollection(ScriptedType type, const Clock& clock, std::int64_t& versions)
      : type_(std::move(type)), clock_(clock), versions_(versions) {}

  [[nodiscard]] const ScriptedType& type() const { return type_; }

  [[nodiscard]] const std::map<ScriptedName, ScriptedObject>& objects() const { return objects_; }

  [[nodiscard]] Result<ScriptedObject> get(const ScriptedName& name) const;
  Result<ScriptedObject> create(json::value document, const ScriptedWrite& write);
  Result<ScriptedObject> merge_patch(const ScriptedName& name, const json::value& patch,
                                     const ScriptedWrite& write);
  Result<ScriptedObject> apply(const ScriptedName& name, const json::value& applied,
                               const ScriptedWrite& write);
  Result<ScriptedObject> remove(const ScriptedName& name, const ScriptedWrite& write);

  // The changes after `version`; kGone when some of them are compacted away.
  [[nodiscard]] Result<std::vector<ScriptedChange>> changes_after(std::int64_t version) const;
  void compact();

 private:
  Result<ScriptedObject> store(const ScriptedName& name, json::value document,
                               const ScriptedWrite& write);
  ScriptedObject drop(const ScriptedName& name, json::value document);
  void stamp_new(json::value& document);
  void record(ScriptedChange change);

  ScriptedType type_;
  const Clock& clock_;
  std::int64_t& versions_;
  std::map<ScriptedName, ScriptedObject> objects_;
  std::map<ScriptedName, FieldOwners> owners_;
  std::deque<ScriptedChange> history_;
  std::int64_t compacted_ = 0;
};

}  // namespace dynamod::testing
