// Ownership of fields. A field belongs to whoever set its value last, or to all who applied the
// same value; an applier loses a field it names no more.
#include "apiserver/apply/field_updater.h"

#include <map>
#include <set>
#include <utility>

namespace dynamod::apiserver {

namespace {

std::unexpected<Error> within(Error error, std::string_view what) {
  return std::unexpected(std::move(error).within(what));
}

FieldSet named_fields(const TypedObject& object) {
  return with_named_fields(fields_of(object.value, object.type), object.type);
}

TypedObject without(const TypedObject& object, const FieldSet& items) {
  TypedObject result = object;
  result.value = without_items(object.value, items, object.type);
  return result;
}

void drop_owners_of_nothing(ManagedEntries& managers) {
  std::erase_if(managers, [](const auto& entry) { return entry.second.fields.empty(); });
}

}  // namespace

struct FieldUpdater::Taken {
  ManagedEntries managers;
  Comparison comparison;
  Conflicts conflicts;  // what was taken from others, which forcing allows
};

FieldSet FieldUpdater::without_reset(const FieldSet& set) const {
  return kind_.reset_fields ? set.without_subtrees(*kind_.reset_fields) : set;
}

Comparison FieldUpdater::without_reset(Comparison comparison) const {
  return {.removed = without_reset(comparison.removed),
          .modified = without_reset(comparison.modified),
          .added = without_reset(comparison.added)};
}

Result<ManagedEntries> FieldUpdater::fit_to_schema(const TypedObject& live,
                                                   ManagedEntries managers) const {
  std::map<std::string, TypeRef> types;
  ManagedEntries fitted;
  for (auto& [id, manager] : managers) {
    auto type = types.find(manager.api_version);
    if (type == types.end()) {
      TRY(const auto versioned, in_version(live, manager.api_version, kind_));
      if (!versioned) continue;
      type = types.emplace(manager.api_version, versioned->type).first;
    }
    manager.fields = fitted_to_schema(manager.fields, type->second);
    fitted.emplace(id, std::move(manager));
  }
  return fitted;
}

Result<FieldUpdater::Taken> FieldUpdater::take_fields(const TypedObject& before,
                                                      const TypedObject& after,
                                                      ManagedEntries managers,
                                                      const std::string& writer) const {
  std::map<std::string, Comparison> by_version;
  const auto comparison_in = [&](const std::string& version) -> Result<const Comparison*> {
    if (const auto found = by_version.find(version); found != by_version.end())
      return &found->second;
    auto old_object = in_version(before, version, kind_);
    if (!old_object) return within(std::move(old_object).error(), "failed to convert old object");
    auto new_object = in_version(after, version, kind_);
    if (!new_object) return within(std::move(new_object).error(), "failed to convert new object");
    if (!*old_object || !*new_object) return nullptr;
    auto compared = compare_values((*old_object)->value, (*new_object)->value, (*new_object)->type);
    if (!compared) return within(std::move(compared).error(), "failed to compare objects");
    return &by_version.emplace(version, without_reset(*std::move(compared))).first->second;
  };

  Taken taken;
  TRY(const Comparison* own, comparison_in(before.api_version));
  for (auto& [id, manager] : managers) {
    if (id == writer) {
      taken.managers.emplace(id, std::move(manager));
      continue;
    }
    TRY(const Comparison* comparison, comparison_in(manager.api_version));
    if (!comparison) continue;
    const FieldSet lost =
        manager.fields.intersected(comparison->modified.united(comparison->added));
    for (FieldPath& path : lost.paths())
      taken.conflicts.push_back({.manager = manager, .path = std::move(path)});
    manager.fields = manager.fields.without(lost).without(comparison->removed);
    taken.managers.emplace(id, std::move(manager));
  }
  drop_owners_of_nothing(taken.managers);
  taken.comparison = *own;
  return taken;
}

Result<ManagedEntries> FieldUpdater::update(const TypedObject& before, const TypedObject& after,
                                            ManagedEntries managers, ManagedEntry writer) const {
  TRY(managers, fit_to_schema(before, std::move(managers)));
  TRY(Taken taken, take_fields(before, after, std::move(managers), writer.id()));
  const Comparison& changes = taken.comparison;
  const FieldSet fields =
      writer.fields.without(changes.removed).united(changes.modified).united(changes.added);
  writer.fields = without_reset(fields);
  if (!writer.fields.empty()) taken.managers.insert_or_assign(writer.id(), std::move(writer));
  return std::move(taken.managers);
}

Result<UpdatedFields> FieldUpdater::apply(const TypedObject& live, const TypedObject& config,
                                          ManagedEntries managers, const ManagedEntry& applier,
                                          Force force) const {
  TRY(managers, fit_to_schema(live, std::move(managers)));
  auto merged = merge_values(live.value, config.value, live.type);
  if (!merged) return within(std::move(merged).error(), "failed to merge config");
  TypedObject result = live;
  result.value = *std::move(merged);

  const std::string id = applier.id();
  const ManagedEntry last = managers.contains(id) ? managers.at(id) : ManagedEntry{};
  ManagedEntry now = applier;
  now.time = last.time;
  now.fields = without_reset(fields_of(config.value, config.type));
  managers.insert_or_assign(id, std::move(now));
  auto pruned = prune(result, managers, last);
  if (!pruned) return within(std::move(pruned).error(), "failed to prune fields");
  result = *std::move(pruned);

  TRY(Taken taken, take_fields(live, result, std::move(managers), id));
  if (force == Force::kNo && !taken.conflicts.empty())
    return UpdatedFields{.conflicts = std::move(taken.conflicts)};
  return UpdatedFields{.managers = std::move(taken.managers),
                       .object = result.value,
                       .changed = !equal_json(live.value, result.value)};
}

// Takes away what the applier named last time and does not name now, unless somebody else owns it.
Result<TypedObject> FieldUpdater::prune(const TypedObject& merged, const ManagedEntries& managers,
                                        const ManagedEntry& last) const {
  if (last.fields.empty()) return merged;
  TRY(const auto converted, in_version(merged, last.api_version, kind_));
  if (!converted) return merged;
  TypedObject pruned = without(*converted, with_named_fields(last.fields, converted->type));
  TRY(pruned, add_back_owned(*converted, std::move(pruned), managers));
  TRY(pruned, add_back_dangling(*converted, pruned, last));
  TRY(const auto result, in_version(pruned, merged.api_version, kind_));
  return result.value_or(merged);
}

Result<TypedObject> FieldUpdater::add_back_owned(TypedObject merged, TypedObject pruned,
                                                 const ManagedEntries& managers) const {
  std::map<std::string, FieldSet> owned;
  for (const auto& [id, manager] : managers) {
    FieldSet& fields = owned[manager.api_version];
    fields = fields.united(manager.fields);
  }
  // The version it is in first: what is gone may be needed to convert to another.
  std::vector<std::string> versions;
  if (owned.contains(pruned.api_version)) versions.push_back(pruned.api_version);
  for (const auto& [version, fields] : owned)
    if (version != pruned.api_version) versions.push_back(version);

  for (const std::string& version : versions) {
    TRY(const auto whole, in_version(merged, version, kind_));
    TRY(const auto rest, in_version(pruned, version, kind_));
    if (!whole || !rest) continue;
    const FieldSet kept =
        named_fields(*rest).united(with_named_fields(owned.at(version), whole->type));
    pruned = without(*whole, named_fields(*whole).without(kept));
    merged = *whole;
  }
  return pruned;
}

// What went away below a field that the applier owned, though it never owned that itself.
Result<TypedObject> FieldUpdater::add_back_dangling(const TypedObject& merged,
                                                    const TypedObject& pruned,
                                                    const ManagedEntry& last) const {
  TRY(const auto converted, in_version(pruned, last.api_version, kind_));
  if (!converted) return merged;
  const FieldSet owned = with_named_fields(last.fields, merged.type);
  return without(merged, named_fields(merged).without(named_fields(*converted)).intersected(owned));
}

}  // namespace dynamod::apiserver
