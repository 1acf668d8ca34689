// How a write changes who owns what: the rules of structured-merge-diff. Without names, times and
// special cases of managers, which are in apply.cc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apiserver/apply/managed_entries.h"
#include "apiserver/apply/typed_value.h"
#include "apiserver/apply/versions.h"

namespace dynamod::apiserver {

// Fields somebody else owns with another value.
struct Conflict {
  ManagedEntry manager = {};
  FieldPath path = {};
};

using Conflicts = std::vector<Conflict>;

struct UpdatedFields {
  ManagedEntries managers = {};
  json::value object = {};
  bool changed = false;  // `object` differs from the live one
  // Not empty: nothing was done.
  Conflicts conflicts = {};
};

class FieldUpdater {
 public:
  // `kind` outlives the updater.
  explicit FieldUpdater(const ManagedKind& kind) : kind_(kind) {}

  // `after` has replaced `before`: what changed belongs to `writer` now (its fields are filled in;
  // it is in the result unless it owns nothing).
  [[nodiscard]] Result<ManagedEntries> update(const TypedObject& before, const TypedObject& after,
                                              ManagedEntries managers, ManagedEntry writer) const;

  // `config` merged into `live`. `applier` owns what it names.
  [[nodiscard]] Result<UpdatedFields> apply(const TypedObject& live, const TypedObject& config,
                                            ManagedEntries managers, const ManagedEntry& applier,
                                            Force force) const;

 private:
  struct Taken;

  [[nodiscard]] Result<ManagedEntries> fit_to_schema(const TypedObject& live,
                                                     ManagedEntries managers) const;
  [[nodiscard]] Result<Taken> take_fields(const TypedObject& before, const TypedObject& after,
                                          ManagedEntries managers, const std::string& writer) const;
  [[nodiscard]] Result<TypedObject> prune(const TypedObject& merged, const ManagedEntries& managers,
                                          const ManagedEntry& last) const;
  [[nodiscard]] Result<TypedObject> add_back_owned(TypedObject merged, TypedObject pruned,
                                                   const ManagedEntries& managers) const;
  [[nodiscard]] Result<TypedObject> add_back_dangling(const TypedObject& merged,
                                                      const TypedObject& pruned,
                                                      const ManagedEntry& last) const;
  [[nodiscard]] FieldSet without_reset(const FieldSet& set) const;
  [[nodiscard]] Comparison without_reset(Comparison comparison) const;

  const ManagedKind& kind_;
};

}  // namespace dynamod::apiserver
