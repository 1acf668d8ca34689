// managedFields in and out, and their cap.
#include "apiserver/apply/managed_entries.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/timestamp.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kFieldsV1 = "FieldsV1";

std::string_view text_of(Operation operation) {
  return operation == Operation::kApply ? "Apply" : "Update";
}

std::unexpected<Error> malformed(std::string message) {
  return fail(Error::Kind::kInvalid, std::move(message));
}

// Seconds; no time is the oldest.
std::int64_t seconds_of(const ManagedEntry& manager) {
  const auto time = parse_time(manager.time);
  if (!time) return 0;
  return std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count();
}

Result<ManagedEntry> decode_manager(const json::object& entry, std::size_t index) {
  ManagedEntry manager;
  const std::string_view operation = text_in(entry, "operation");
  if (operation != "Apply" && operation != "Update")
    return malformed("operation must be `Apply` or `Update`");
  manager.operation = operation == "Apply" ? Operation::kApply : Operation::kUpdate;
  manager.api_version = text_in(entry, "apiVersion");
  if (manager.api_version.empty()) return malformed("apiVersion must not be empty");
  const std::string_view fields_type = text_in(entry, "fieldsType");
  if (fields_type.empty())
    return malformed(fmt::format("missing fieldsType in managed fields entry {}", index));
  if (fields_type != kFieldsV1)
    return malformed(fmt::format("invalid fieldsType {} in managed fields entry {}",
                                 kube::go_quote(fields_type), index));
  manager.name = text_in(entry, "manager");
  manager.subresource = text_in(entry, "subresource");
  manager.time = text_in(entry, "time");
  const json::value* fields = entry.if_contains("fieldsV1");
  if (!fields) return manager;
  auto decoded = FieldSet::decode(*fields);
  if (!decoded) return std::unexpected(std::move(decoded).error().within("error decoding set"));
  manager.fields = *std::move(decoded);
  return manager;
}

json::object encode_manager(const ManagedEntry& manager) {
  json::object entry;
  if (!manager.name.empty()) entry["manager"] = manager.name;
  entry["operation"] = text_of(manager.operation);
  entry["apiVersion"] = manager.api_version;
  if (!manager.time.empty()) entry["time"] = manager.time;
  entry["fieldsType"] = kFieldsV1;
  entry["fieldsV1"] = manager.fields.encode();
  if (!manager.subresource.empty()) entry["subresource"] = manager.subresource;
  return entry;
}

}  // namespace

std::string ManagedEntry::id() const {
  std::string id = "{";
  const auto add = [&id](std::string_view field, std::string_view value) {
    if (value.empty()) return;
    id.append(id.size() > 1 ? "," : "").append(1, '"').append(field).append("\":");
    id += kube::go_json(json::value(value));
  };
  add("manager", name);
  add("operation", text_of(operation));
  if (operation == Operation::kUpdate) add("apiVersion", api_version);
  add("subresource", subresource);
  return id + "}";
}

std::string ManagedEntry::text() const {
  std::string text = kube::go_quote(name);
  if (!subresource.empty()) text += " with subresource " + kube::go_quote(subresource);
  if (operation == Operation::kUpdate) text += " using " + api_version;
  return text;
}

Result<ManagedEntries> decode_managers(const json::array& managed_fields) {
  ManagedEntries managers;
  for (std::size_t i = 0; i < managed_fields.size(); ++i) {
    const json::object* entry = managed_fields[i].if_object();
    static const json::object kEmpty;
    TRY(ManagedEntry manager, decode_manager(entry ? *entry : kEmpty, i));
    std::string id = manager.id();
    managers.insert_or_assign(std::move(id), std::move(manager));
  }
  return managers;
}

json::array encode_managers(const ManagedEntries& managers) {
  std::vector<const ManagedEntry*> order;
  for (const auto& [id, manager] : managers) order.push_back(&manager);
  std::ranges::sort(order, {}, [](const ManagedEntry* manager) {
    return std::tuple(manager->operation, seconds_of(*manager), std::string_view(manager->name),
                      std::string_view(manager->api_version),
                      std::string_view(manager->subresource));
  });
  json::array list;
  for (const ManagedEntry* manager : order) list.push_back(encode_manager(*manager));
  return list;
}

void cap_updaters(ManagedEntries& managers) {
  std::vector<std::string> updaters;
  for (const auto& [id, manager] : managers)
    if (manager.operation == Operation::kUpdate) updaters.push_back(id);
  std::size_t left = updaters.size();
  if (left <= kUpdatersMax) return;
  std::ranges::sort(updaters, {}, [&](const std::string& id) {
    return std::pair(seconds_of(managers.at(id)), std::string_view(id));
  });

  std::map<std::string, std::string> oldest;  // by version: the first seen, still under its name
  for (const std::string& id : updaters) {
    if (left <= kUpdatersMax) return;
    const ManagedEntry manager = managers.at(id);
    const auto [first, is_first] = oldest.try_emplace(manager.api_version, id);
    if (is_first) continue;
    ManagedEntry ancient{.name = std::string(kAncientChanges), .api_version = manager.api_version};
    const std::string bucket = ancient.id();
    const std::string& merged_with =
        managers.contains(bucket) && id != bucket ? bucket : first->second;
    ancient.fields = managers.at(merged_with).fields.united(manager.fields);
    ancient.time = manager.time;  // the younger of both
    managers.erase(merged_with);
    managers.erase(id);
    managers.insert_or_assign(bucket, std::move(ancient));
    first->second = bucket;
    --left;
  }
}

const json::value* managed_fields_of(const json::object& object) {
  const json::value* metadata = object.if_contains("metadata");
  if (!metadata || !metadata->is_object()) return nullptr;
  return metadata->get_object().if_contains("managedFields");
}

void set_managed_fields(json::object& object, const ManagedEntries& managers) {
  json::value* metadata = object.if_contains("metadata");
  if (managers.empty()) {
    if (metadata && metadata->is_object()) metadata->get_object().erase("managedFields");
    return;
  }
  if (!metadata || !metadata->is_object()) metadata = &(object["metadata"] = json::object());
  metadata->get_object()["managedFields"] = encode_managers(managers);
}

bool resets_managed_fields(const json::object& object) {
  const json::value* fields = managed_fields_of(object);
  if (!fields || !fields->is_array()) return false;
  const json::array& list = fields->get_array();
  if (list.empty()) return true;
  return list.size() == 1 && list[0].is_object() && list[0].get_object().empty();
}

}  // namespace dynamod::apiserver
