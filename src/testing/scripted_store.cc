// Writing as the API server does it, step by step: preconditions, what may change here, generation,
// finalizers, version.
#include "testing/scripted_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/timestamp.h"

namespace dynamod::testing {

namespace {

json::object& meta_of(json::value& document) {
  auto& object = document.get_object();
  if (!object["metadata"].is_object()) object["metadata"] = json::object();
  return object["metadata"].get_object();
}

void set_or_erase(json::object& object, std::string_view key, const json::value* value) {
  if (value == nullptr) {
    object.erase(key);
  } else {
    object[key] = *value;
  }
}

// All but metadata and status: a change of it is a new generation.
json::value desired_part(const json::value& document) {
  json::object result = document.get_object();
  result.erase("metadata");
  result.erase("status");
  return result;
}

bool has_finalizers(const json::value& document) {
  const json::value* finalizers = find_json(document, "metadata.finalizers");
  return finalizers != nullptr && finalizers->is_array() && !finalizers->get_array().empty();
}

bool is_deleting(const json::value& document) {
  return find_json(document, "metadata.deletionTimestamp") != nullptr;
}

bool adds_finalizer(const json::value& before, const json::value& now) {
  if (!has_finalizers(now)) return false;
  const json::value* known = find_json(before, "metadata.finalizers");
  for (const auto& finalizer : find_json(now, "metadata.finalizers")->get_array()) {
    if (known == nullptr || !known->is_array()) return true;
    const auto& old = known->get_array();
    if (std::find(old.begin(), old.end(), finalizer) == old.end()) return true;
  }
  return false;
}

// What nobody but the server writes, and what this endpoint does not write.
void keep_server_fields(const json::value& before, json::value& now, const ScriptedWrite& write,
                        const ScriptedType& type) {
  json::object& meta = meta_of(now);
  for (const char* field : {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
                            "deletionGracePeriodSeconds", "generation", "managedFields"}) {
    set_or_erase(meta, field, find_json(before, std::string("metadata.") + field));
  }
  if (!type.status_subresource) return;
  if (!write.status) {
    set_or_erase(now.get_object(), "status", find_json(before, "status"));
    return;
  }
  const json::value* wanted = find_json(now, "status");
  const std::optional<json::value> status =
      wanted != nullptr ? std::optional(*wanted) : std::nullopt;
  json::value kept = before;
  set_or_erase(kept.get_object(), "status", status ? &*status : nullptr);
  now = std::move(kept);
}

std::string written_version(const json::value& document) {
  return string_at(document, "metadata.resourceVersion");
}

}  // namespace

std::vector<ScriptedType> builtin_scripted_types() {
  return {
      {.version = "v1", .plural = "pods", .kind = "Pod"},
      {.version = "v1", .plural = "services", .kind = "Service"},
      {.version = "v1", .plural = "secrets", .kind = "Secret", .status_subresource = false},
      {.group = "discovery.k8s.io",
       .version = "v1",
       .plural = "endpointslices",
       .kind = "EndpointSlice",
       .status_subresource = false},
      {.group = "events.k8s.io",
       .version = "v1",
       .plural = "events",
       .kind = "Event",
       .status_subresource = false},
      {.group = "coordination.k8s.io",
       .version = "v1",
       .plural = "leases",
       .kind = "Lease",
       .status_subresource = false},
      {.group = "admissionregistration.k8s.io",
       .version = "v1",
       .plural = "validatingwebhookconfigurations",
       .kind = "ValidatingWebhookConfiguration",
       .namespaced = false,
       .status_subresource = false},
  };
}

Result<ScriptedObject> ScriptedCollection::get(const ScriptedName& name) const {
  const auto found = objects_.find(name);
  if (found != objects_.end()) return found->second;
  const std::string resource =
      type_.group.empty() ? type_.plural : type_.plural + "." + type_.group;
  return fail(Error::Kind::kNotFound, fmt::format("{} \"{}\" not found", resource, name.second));
}

void ScriptedCollection::record(ScriptedChange change) {
  history_.push_back(std::move(change));
}

void ScriptedCollection::stamp_new(json::value& document) {
  json::object& meta = meta_of(document);
  if (!meta.contains("name")) {
    meta["name"] =
        string_at(document, "metadata.generateName") + fmt::format("{:05x}", versions_ + 1);
  }
  meta["uid"] = fmt::format("00000000-0000-4000-8000-{:012x}", versions_ + 1);
  meta["creationTimestamp"] = format_time(clock_.wall());
  meta["generation"] = 1;
  for (const char* field : {"deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"})
    meta.erase(field);
  document.get_object()["apiVersion"] = type_.api_version();
  document.get_object()["kind"] = type_.kind;
}

Result<ScriptedObject> ScriptedCollection::create(json::value document,
                                                  const ScriptedWrite& write) {
  if (!written_version(document).empty()) {
    return fail(Error::Kind::kBadRequest,
                "resourceVersion should not be set on objects to be created");
  }
  stamp_new(document);
  const ScriptedName name{string_at(document, "metadata.namespace"),
                          string_at(document, "metadata.name")};
  if (objects_.contains(name)) {
    return fail(Error::Kind::kAlreadyExists,
                fmt::format("{} \"{}\" already exists", type_.plural, name.second));
  }
  if (type_.status_subresource) document.get_object().erase("status");
  owners_[name][write.manager] = leaves_of(document);
  meta_of(document)["resourceVersion"] = std::to_string(++versions_);
  auto object = std::make_shared<const json::value>(std::move(document));
  objects_[name] = object;
  record({versions_, nullptr, object, object});
  return object;
}

Result<ScriptedObject> ScriptedCollection::store(const ScriptedName& name, json::value document,
                                                 const ScriptedWrite& write) {
  const ScriptedObject before = objects_.at(name);
  const std::string wanted = written_version(document);
  if (!wanted.empty() && wanted != written_version(*before)) {
    return fail(Error::Kind::kConflict,
                fmt::format("Operation cannot be fulfilled on {} \"{}\": the object has been "
                            "modified; please apply your "
                            "changes to the latest version and try again",
                            type_.plural, name.second));
  }
  const std::string uid = string_at(document, "metadata.uid");
  if (!uid.empty() && uid != string_at(*before, "metadata.uid")) {
    return fail(Error::Kind::kConflict,
                fmt::format("Precondition failed: UID in precondition: {}", uid));
  }
  keep_server_fields(*before, document, write, type_);
  if (is_deleting(*before) && adds_finalizer(*before, document)) {
    return fail(Error::Kind::kInvalid,
                "metadata.finalizers: Forbidden: no new finalizers can be added if the object is "
                "being deleted");
  }
  json::object& meta = meta_of(document);
  meta["resourceVersion"] = written_version(*before);
  if (equal_json(document, *before)) return before;
  if (!equal_json(desired_part(document), desired_part(*before))) {
    meta["generation"] =
        meta["generation"].is_number() ? meta["generation"].to_number<std::int64_t>() + 1 : 1;
  }
  if (is_deleting(document) && !has_finalizers(document)) return drop(name, std::move(document));
  meta["resourceVersion"] = std::to_string(++versions_);
  auto object = std::make_shared<const json::value>(std::move(document));
  objects_[name] = object;
  record({versions_, before, object, object});
  return object;
}

Result<ScriptedObject> ScriptedCollection::merge_patch(const ScriptedName& name,
                                                       const json::value& patch,
                                                       const ScriptedWrite& write) {
  TRY(const ScriptedObject before, get(name));
  json::value document = *before;
  meta_of(document).erase("resourceVersion");  // only a version in the patch is a precondition
  merge_into(document, patch);
  TRY(ScriptedObject now, store(name, std::move(document), write));
  if (!objects_.contains(name)) return now;
  const OwnedFields changed = changed_leaves(*before, *now);
  auto& owners = owners_[name];
  for (auto& [manager, fields] : owners) {
    for (const auto& path : changed) fields.erase(path);
  }
  owners[write.manager].insert(changed.begin(), changed.end());
  return now;
}

Result<ScriptedObject> ScriptedCollection::apply(const ScriptedName& name,
                                                 const json::value& applied,
                                                 const ScriptedWrite& write) {
  const auto known = objects_.find(name);
  if (known == objects_.end()) {
    if (write.status) return get(name);
    json::value document = applied;
    meta_of(document)["name"] = name.second;
    if (type_.namespaced) meta_of(document)["namespace"] = name.first;
    return create(std::move(document), write);
  }
  json::value document = *known->second;
  meta_of(document).erase("resourceVersion");
  FieldOwners owners = owners_[name];
  CHECK_OK(apply_into(document, applied, owners, write.manager, write.force));
  TRY(ScriptedObject now, store(name, std::move(document), write));
  if (objects_.contains(name)) owners_[name] = std::move(owners);
  return now;
}

ScriptedObject ScriptedCollection::drop(const ScriptedName& name, json::value document) {
  const ScriptedObject before = objects_.at(name);
  meta_of(document)["resourceVersion"] = std::to_string(++versions_);
  auto last = std::make_shared<const json::value>(std::move(document));
  objects_.erase(name);
  owners_.erase(name);
  record({versions_, before, nullptr, last});
  return last;
}

Result<ScriptedObject> ScriptedCollection::remove(const ScriptedName& name,
                                                  const ScriptedWrite& write) {
  TRY(const ScriptedObject before, get(name));
  if (!write.uid.empty() && write.uid != string_at(*before, "metadata.uid")) {
    return fail(Error::Kind::kConflict,
                fmt::format("Precondition failed: UID in precondition: {}", write.uid));
  }
  if (!write.resource_version.empty() && write.resource_version != written_version(*before)) {
    return fail(Error::Kind::kConflict,
                fmt::format("Precondition failed: ResourceVersion in precondition: {}",
                            write.resource_version));
  }
  json::value document = *before;
  if (!has_finalizers(document)) return drop(name, std::move(document));
  if (is_deleting(document)) return before;
  json::object& meta = meta_of(document);
  meta["deletionTimestamp"] = format_time(clock_.wall());
  meta["deletionGracePeriodSeconds"] = 0;
  meta["generation"] = meta["generation"].to_number<std::int64_t>() + 1;  // as the API server does
  meta["resourceVersion"] = std::to_string(++versions_);
  auto object = std::make_shared<const json::value>(std::move(document));
  objects_[name] = object;
  record({versions_, before, object, object});
  return object;
}

Result<std::vector<ScriptedChange>> ScriptedCollection::changes_after(std::int64_t version) const {
  if (version < compacted_) {
    return fail(Error::Kind::kGone,
                fmt::format("too old resource version: {} ({})", version, compacted_));
  }
  const auto first = std::ranges::upper_bound(history_, version, {}, &ScriptedChange::version);
  return std::vector<ScriptedChange>(first, history_.end());
}

void ScriptedCollection::compact() {
  compacted_ = versions_;
  history_.clear();
}

}  // namespace dynamod::testing
