// What sets and maps ask of their elements.
#include "apiserver/validation/crd_list_check.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

const json::object* object_or_null(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

void check_set(const json::object& schema, const std::string& path, Problems& out) {
  const auto* items = object_or_null(schema, "items");
  if (text_in(schema, "x-kubernetes-list-type") != "set" || items == nullptr) return;
  constexpr std::string_view kDetail =
      "must be atomic as item of a list with x-kubernetes-list-type=set";
  const std::string at = child_path(path, "items");
  const auto* list_type = value_in(*items, "x-kubernetes-list-type");
  const json::value shown = list_type == nullptr ? json::value() : *list_type;
  if (text_in(*items, "type") == "array" && list_type != nullptr &&
      text_in(*items, "x-kubernetes-list-type") != "atomic")
    out.push_back(
        invalid_value(child_path(at, "x-kubernetes-list-type"), shown, std::string(kDetail)));
  if (text_in(*items, "type") == "object" && text_in(*items, "x-kubernetes-map-type") != "atomic")
    out.push_back(
        invalid_value(child_path(at, "x-kubernetes-map-type"), shown, std::string(kDetail)));
}

void check_keys(const json::object& schema, const json::object& items,
                const std::vector<std::string>& keys, const std::string& path, Problems& out) {
  const std::string keys_path = child_path(path, "x-kubernetes-list-map-keys");
  const json::array& shown = array_in(schema, "x-kubernetes-list-map-keys");
  std::set<std::string> seen;
  for (const auto& key : keys) {
    const auto* property = object_or_null(object_in(items, "properties"), key);
    if (property == nullptr)
      out.push_back(
          invalid_value(keys_path, shown, "entries must all be names of item properties"));
    const auto type = property == nullptr ? std::string_view() : text_in(*property, "type");
    if (type == "array" || type == "object")
      out.push_back(
          invalid_value(child_path(key_path(child_path(path, "items.properties"), key), "type"),
                        json::value(text_in(items, "type")),
                        "must be a scalar type if parent array's x-kubernetes-list-type is map"));
    if (!seen.insert(key).second)
      out.push_back(invalid_value(keys_path, shown, "must not contain duplicate entries"));
  }
}

void check_list_map(const json::object& schema, const std::string& path, Problems& out) {
  const auto at = [&](std::string_view name) { return child_path(path, name); };
  const auto type = text_in(schema, "x-kubernetes-list-type");
  const auto keys = texts_in(schema, "x-kubernetes-list-map-keys");
  constexpr std::string_view kNeedsMap = "must be map if x-kubernetes-list-map-keys is non-empty";
  if (!keys.empty() && type.empty())
    out.push_back(required_value(at("x-kubernetes-list-type"), std::string(kNeedsMap)));
  else if (!keys.empty() && type != "map")
    out.push_back(
        invalid_value(at("x-kubernetes-list-type"), json::value(type), std::string(kNeedsMap)));
  if (type != "map") return;
  if (keys.empty())
    out.push_back(required_value(at("x-kubernetes-list-map-keys"),
                                 "must not be empty if x-kubernetes-list-type is map"));
  const auto* items = object_or_null(schema, "items");
  if (items == nullptr) {
    out.push_back(
        required_value(at("items"), "must have a schema if x-kubernetes-list-type is map"));
    return;
  }
  if (text_in(*items, "type") != "object") {
    out.push_back(invalid_value(child_path(at("items"), "type"),
                                json::value(text_in(*items, "type")),
                                "must be object if parent array's x-kubernetes-list-type is map"));
    return;
  }
  check_keys(schema, *items, keys, path, out);
}

// Elements of sets and maps are never null, and their keys are always there.
void check_list_items(const json::object& schema, const std::string& path, Problems& out) {
  const auto type = text_in(schema, "x-kubernetes-list-type");
  const auto* items = object_or_null(schema, "items");
  if (items == nullptr || (type != "set" && type != "map")) return;
  if (true_in(*items, "nullable"))
    out.push_back(
        forbidden_value(child_path(path, "items.nullable"),
                        fmt::format("cannot be nullable when x-kubernetes-list-type is {}", type)));
  if (type != "map") return;
  const auto required = texts_in(*items, "required");
  for (const auto& key : texts_in(schema, "x-kubernetes-list-map-keys")) {
    const auto* property = object_or_null(object_in(*items, "properties"), key);
    if (property == nullptr) continue;
    const std::string at = key_path(child_path(path, "items.properties"), key);
    if (std::ranges::find(required, key) == required.end() &&
        value_in(*property, "default") == nullptr)
      out.push_back(
          required_value(child_path(at, "default"),
                         "this property is in x-kubernetes-list-map-keys, so it must have a "
                         "default or be a required property"));
    if (true_in(*property, "nullable"))
      out.push_back(forbidden_value(
          child_path(at, "nullable"),
          "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
  }
}

}  // namespace

void check_list_keywords(const json::object& schema, const std::string& path, bool is_list,
                         Problems& out) {
  if (is_list) check_set(schema, path, out);
  check_list_map(schema, path, out);
  check_list_items(schema, path, out);
}

}  // namespace dynamod::apiserver
