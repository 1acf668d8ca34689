// The managers of a write: their names and times, what nobody owns, and the passage from
// client-side to server-side apply.
#include "apiserver/apply/apply.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apiserver/apply/field_updater.h"
#include "apiserver/apply/typed_value.h"
#include "base/timestamp.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

using ApplyResult = std::expected<json::object, ApplyRefusal>;

// Owns what was there before the first apply to an object without managedFields.
constexpr std::string_view kBeforeFirstApply = "before-first-apply";
// Stands in for the writer, to see whether this write changed anything.
constexpr std::string_view kCurrentOperation = "current-operation";
// kubectl's client-side apply keeps here what it sent.
constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr std::string_view kKubectl = "kubectl";
constexpr std::size_t kAnnotationsSizeMax = std::size_t{256} * 1024;

// What the server itself writes, or what only names the object.
const FieldSet& nobodys_fields() {
  static const FieldSet set = FieldSet::of({{"apiVersion"},
                                            {"kind"},
                                            {"metadata"},
                                            {"metadata", "name"},
                                            {"metadata", "namespace"},
                                            {"metadata", "creationTimestamp"},
                                            {"metadata", "selfLink"},
                                            {"metadata", "uid"},
                                            {"metadata", "clusterName"},
                                            {"metadata", "generation"},
                                            {"metadata", "managedFields"},
                                            {"metadata", "resourceVersion"}});
  return set;
}

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object& section(const json::object& object, std::string_view name) {
  static const json::object empty;
  const json::value* value = object.if_contains(name);
  return value && value->is_object() ? value->get_object() : empty;
}

// "apps/v1, Kind=Deployment", "/v1, Kind=Pod"
std::string kind_text(const json::object& object) {
  const std::string version = text_in(object, "apiVersion");
  return fmt::format("{}{}, Kind={}", version.contains('/') ? "" : "/", version,
                     text_in(object, "kind"));
}

json::object without_managed_fields(json::object object) {
  set_managed_fields(object, {});
  return object;
}

// ManagedEntries of an object; none when they cannot be read.
ManagedEntries managers_of(const json::object& object) {
  const json::value* fields = managed_fields_of(object);
  if (!fields || !fields->is_array()) return {};
  return decode_managers(fields->get_array()).value_or(ManagedEntries());
}

ManagedEntry manager_for(const FieldOwner& owner, Operation operation, const ManagedKind& kind) {
  return {.name = owner.manager.empty() ? "unknown" : owner.manager,
          .operation = operation,
          .api_version = kind.api_version,
          .subresource = owner.subresource};
}

void strip(ManagedEntries& managers, const std::string& id) {
  const auto found = managers.find(id);
  if (found == managers.end()) return;
  found->second.fields = found->second.fields.without(nobodys_fields());
  if (found->second.fields.empty()) managers.erase(found);
}

// Tracks the change from `before` to `after` as an update by `owner`.
Result<ManagedEntries> tracked(const TypedObject& before, const TypedObject& after,
                               ManagedEntries managers, const ManagedKind& kind,
                               const FieldOwner& owner) {
  const ManagedEntry writer = manager_for(owner, Operation::kUpdate, kind);
  ManagedEntry current = writer;
  current.name = kCurrentOperation;
  const std::string current_id = current.id();
  TRY(managers, FieldUpdater(kind).update(before, after, std::move(managers), current));
  strip(managers, current_id);
  if (auto taken = managers.extract(current_id)) {
    ManagedEntry& changed = taken.mapped();
    changed.name = writer.name;
    changed.time = format_time(owner.now);
    const auto previous = managers.find(writer.id());
    if (previous != managers.end()) changed.fields = changed.fields.united(previous->second.fields);
    managers.insert_or_assign(writer.id(), std::move(changed));
  }
  cap_updaters(managers);
  return managers;
}

// "default/x; apps/v1, Kind=Deployment"
std::string object_text(const json::object& object) {
  const json::object& metadata = section(object, "metadata");
  return fmt::format("{}/{}; {}", text_in(metadata, "namespace"), text_in(metadata, "name"),
                     kind_text(object));
}

Result<> check_typed(const TypedObject& object, Duplicates duplicates, std::string_view what) {
  auto checked = check_type(object.value, object.type, duplicates);
  if (checked) return {};
  return fail(Error::Kind::kInternal,
              fmt::format("failed to create typed {} object ({}): {}", what,
                          object_text(object.value.get_object()), checked.error().message));
}

// --- conflicts ---

ApplyRefusal refusal_of(const Conflicts& conflicts) {
  json::array causes;
  for (const Conflict& conflict : conflicts)
    causes.push_back({{"reason", "FieldManagerConflict"},
                      {"message", "conflict with " + conflict.manager.text()},
                      {"field", path_text(conflict.path)}});
  if (conflicts.size() == 1)
    return {Error{Error::Kind::kConflict,
                  fmt::format("Apply failed with 1 conflict: conflict with {}: {}",
                              conflicts[0].manager.text(), path_text(conflicts[0].path))},
            std::move(causes)};
  std::string message = fmt::format("Apply failed with {} conflicts:", conflicts.size());
  char separator = ' ';
  const ManagedEntry* shown = nullptr;
  for (const Conflict& conflict : conflicts) {
    if (!shown || shown->id() != conflict.manager.id()) {
      message += fmt::format("{}conflicts with {}:", separator, conflict.manager.text());
      separator = '\n';
    }
    shown = &conflict.manager;
    message += "\n- " + path_text(conflict.path);
  }
  return {Error{Error::Kind::kConflict, std::move(message)}, std::move(causes)};
}

// Fields that client-side apply has set and that nobody changed since: a first server-side apply
// by kubectl may take them.
FieldSet fields_applied_by_client(const json::object& live, const ManagedKind& kind) {
  const std::string text = text_in(section(section(live, "metadata"), "annotations"), kLastApplied);
  const auto decoded = decode_json(text);
  if (!decoded || !decoded->is_object()) return {};
  if (text_in(decoded->get_object(), "apiVersion") != kind.api_version) return {};

  const TypedObject last = typed_object(decoded->get_object(), kind);
  const TypedObject now = typed_object(live, kind);
  if (!check_type(now.value, now.type, Duplicates::kRefuse)) return {};
  if (!check_type(last.value, last.type, Duplicates::kRefuse)) return {};
  const auto changes = compare_values(last.value, now.value, last.type);
  if (!changes) return {};
  return fields_of(last.value, last.type)
      .without(changes->modified)
      .without(changes->added)
      .without(changes->removed);
}

Conflicts without_allowed(Conflicts conflicts, const FieldSet& allowed) {
  std::erase_if(conflicts,
                [&](const Conflict& conflict) { return allowed.contains(conflict.path); });
  return conflicts;
}

// --- the annotation of client-side apply ---

std::size_t annotations_size(const json::object& annotations) {
  std::size_t size = 0;
  for (const auto& [name, value] : annotations)
    size += name.size() + (value.is_string() ? value.get_string().size() : 0);
  return size;
}

// Annotations that are null read as "".
void fill_nulls(json::object& annotations) {
  for (auto& [name, value] : annotations)
    if (value.is_null()) value = "";
}

// As long as the annotation is there, it says what kubectl has applied last.
void renew_last_applied(json::object& object, json::object applied) {
  json::value* metadata = object.if_contains("metadata");
  if (!metadata || !metadata->is_object()) return;
  json::value* found = metadata->get_object().if_contains("annotations");
  if (!found || !found->is_object()) return;
  json::object& annotations = found->get_object();
  const json::value* present = annotations.if_contains(kLastApplied);
  if (!present || !present->is_string() || present->get_string().empty()) return;

  json::value* sent = applied.if_contains("metadata");
  json::value* sent_annotations =
      sent && sent->is_object() ? sent->get_object().if_contains("annotations") : nullptr;
  if (sent_annotations && sent_annotations->is_object()) {
    sent_annotations->get_object().erase(kLastApplied);
    fill_nulls(sent_annotations->get_object());
  }
  fill_nulls(annotations);
  annotations[kLastApplied] = kube::go_json(applied) + "\n";
  if (annotations_size(annotations) > kAnnotationsSizeMax) annotations.erase(kLastApplied);
}

// --- apply ---

Result<> check_kind(const json::object& applied, const ManagedKind& kind) {
  if (text_in(applied, "apiVersion") == kind.api_version && text_in(applied, "kind") == kind.kind)
    return {};
  return fail(Error::Kind::kBadRequest, "invalid object type: " + kind_text(applied));
}

Result<> check_no_managed_fields(const json::object& applied) {
  const json::value* fields = managed_fields_of(applied);
  if (!fields || !fields->is_array()) return {};
  return fail(Error::Kind::kBadRequest, "metadata.managedFields must be nil");
}

// The managers an apply starts from.
Result<ManagedEntries> managers_before(const json::object& live, const ManagedKind& kind,
                                       const FieldOwner& owner) {
  ManagedEntries managers;
  const json::value* fields = managed_fields_of(live);
  if (fields && fields->is_array()) {
    auto decoded = decode_managers(fields->get_array());
    if (!decoded)
      return fail(Error::Kind::kInternal,
                  "failed to decode managed fields: " + decoded.error().message);
    managers = *std::move(decoded);
  }
  if (!managers.empty()) return managers;
  FieldOwner before = owner;
  before.manager = kBeforeFirstApply;
  constexpr std::string_view kContext = "failed to create manager for existing fields";
  const TypedObject current = typed_object(without_managed_fields(live), kind);
  auto checked = check_type(current.value, current.type, Duplicates::kAllow);
  if (!checked)
    return fail(Error::Kind::kInternal,
                fmt::format("{}: failed to convert new object ({}) to smd typed: {}", kContext,
                            object_text(live), checked.error().message));
  auto first =
      tracked(typed_object(without_managed_fields(kind.empty), kind), current, {}, kind, before);
  if (!first)
    return fail(Error::Kind::kInternal, fmt::format("{}: {}", kContext, first.error().message));
  return first;
}

}  // namespace

ApplyResult apply(const json::object& live, const json::object& applied, const ManagedKind& kind,
                  const FieldOwner& owner, Force force) {
  CHECK_OK(check_kind(applied, kind));
  TRY(const ManagedEntries managers, managers_before(live, kind, owner));
  CHECK_OK(check_no_managed_fields(applied));
  const json::object bare = without_managed_fields(live);
  const TypedObject config = typed_object(applied, kind);
  const TypedObject current = typed_object(bare, kind);
  CHECK_OK(check_typed(config, Duplicates::kRefuse, "patch"));
  CHECK_OK(check_typed(current, Duplicates::kAllow, "live"));

  const ManagedEntry applier = manager_for(owner, Operation::kApply, kind);
  const std::string id = applier.id();
  const FieldUpdater updater(kind);
  TRY(UpdatedFields updated, updater.apply(current, config, managers, applier, force));
  if (!updated.conflicts.empty() && owner.manager == kKubectl) {
    updated.conflicts =
        without_allowed(std::move(updated.conflicts), fields_applied_by_client(bare, kind));
    if (updated.conflicts.empty()) {
      TRY(updated, updater.apply(current, config, managers, applier, Force::kYes));
    }
  }
  if (!updated.conflicts.empty()) return std::unexpected(refusal_of(updated.conflicts));

  strip(updated.managers, id);
  const auto entry = updated.managers.find(id);
  if (updated.changed && entry != updated.managers.end())
    entry->second.time = format_time(owner.now);
  json::object object = updated.object.is_object() ? updated.object.get_object() : json::object();
  if (owner.manager == kKubectl) renew_last_applied(object, applied);
  set_managed_fields(object, updated.managers);
  return object;
}

void track_update(const json::object* live, json::object& object, const ManagedKind& kind,
                  const FieldOwner& owner) {
  ManagedEntries managers;
  const bool keeps_live = !owner.subresource.empty();
  if (keeps_live || !resets_managed_fields(object)) {
    if (!keeps_live) managers = managers_of(object);
    if (managers.empty() && live) managers = managers_of(*live);
  }
  set_managed_fields(object, {});
  // Nobody has tracked this object before; that begins with its creation only.
  if (managers.empty() && live) return;
  const TypedObject before = typed_object(without_managed_fields(live ? *live : kind.empty), kind);
  const TypedObject after = typed_object(object, kind);
  if (!check_type(before.value, before.type, Duplicates::kAllow)) return;
  if (!check_type(after.value, after.type, Duplicates::kAllow)) return;
  if (const auto now = tracked(before, after, std::move(managers), kind, owner))
    set_managed_fields(object, *now);
}

}  // namespace dynamod::apiserver
