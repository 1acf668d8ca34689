// Walks of schema and value side by side.
#include "apiserver/validation/structural_check.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/validation/names.h"
#include "apiserver/validation/object_meta.h"

namespace dynamod::apiserver {

namespace {

// The second appearance of each element that occurs more than once.
std::vector<std::size_t> repeated(const std::vector<json::value>& elements) {
  std::unordered_map<std::string, int> seen;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (++seen[go_json(elements[i])] == 2) out.push_back(i);
  return out;
}

void check_set(const json::array& array, const std::string& path, Problems& out) {
  for (const auto i : repeated({array.begin(), array.end()}))
    out.push_back(duplicate_value(index_path(path, i), array[i]));
}

void check_map(const SchemaNode& node, const json::array& array, const std::string& path,
               Problems& out) {
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (array[i].is_object() || array[i].is_null()) continue;
    out.push_back(invalid_value(index_path(path, i), array[i],
                                "must be an object for an array of list-type map"));
    return;
  }
  std::vector<json::value> keys;
  for (const auto& element : array) {
    json::object key;
    for (const auto& name : node.list_map_keys) {
      const auto* value = element.is_object() ? element.get_object().if_contains(name) : nullptr;
      if (value != nullptr) key[name] = *value;
    }
    keys.emplace_back(std::move(key));
  }
  for (const auto i : repeated(keys)) out.push_back(duplicate_value(index_path(path, i), keys[i]));
}

void walk_lists(const SchemaNode& node, const json::value& value, const std::string& path,
                Problems& out) {
  if (value.is_array()) {
    const json::array& array = value.get_array();
    if (node.list_type == SchemaListType::kSet) check_set(array, path, out);
    if (node.list_type == SchemaListType::kMap) check_map(node, array, path, out);
    for (std::size_t i = 0; node.items != nullptr && i < array.size(); ++i)
      walk_lists(*node.items, array[i], index_path(path, i), out);
  }
  if (!value.is_object()) return;
  for (const auto& entry : value.get_object()) {
    const std::string_view name = entry.key();
    const auto property = node.properties.find(name);
    if (property != node.properties.end())
      walk_lists(*property->second, entry.value(), child_path(path, name), out);
    else if (node.additional != nullptr)
      walk_lists(*node.additional, entry.value(), key_path(path, name), out);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

void check_type_meta(const json::object& object, const std::string& path, Problems& out) {
  for (const std::string_view name : {"apiVersion", "kind"}) {
    const auto* value = object.if_contains(name);
    const std::string at = child_path(path, name);
    if (value == nullptr) {
      out.push_back(required_value(at));
    } else if (!value->is_string()) {
      out.push_back(invalid_value(at, *value, "must be a string"));
    } else if (value->get_string().empty()) {
      out.push_back(invalid_value(at, *value, "must not be empty"));
    } else if (name == "apiVersion") {
      if (std::ranges::count(value->get_string(), '/') > 1)
        out.push_back(invalid_value(
            at, *value, "unexpected GroupVersion string: " + std::string(value->get_string())));
    } else if (const auto errors = dns1035_label_errors(lower(value->get_string()));
               !errors.empty()) {
      out.push_back(invalid_value(at, *value,
                                  fmt::format("may have mixed case, but should otherwise match: {}",
                                              fmt::join(errors, ","))));
    }
  }
}

void check_embedded_object(const json::object& object, const std::string& path, Problems& out) {
  check_type_meta(object, path, out);
  const auto* metadata = value_in(object, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return;
  json::object named = metadata->get_object();
  if (text_in(named, "name").empty()) named["name"] = "fakename";  // an embedded one may have none
  const bool has_namespace = !text_in(named, "namespace").empty();
  const std::string at = child_path(path, "metadata");
  append(out,
         validate_object_meta(named, {.name = NameRule::kPathSegment,
                                      .scope = has_namespace ? Scope::kNamespaced : Scope::kCluster,
                                      .path = at}));
}

void walk_embedded(const SchemaNode& node, const json::value& value, const std::string& path,
                   Problems& out) {
  if (value.is_array()) {
    const json::array& array = value.get_array();
    for (std::size_t i = 0; node.items != nullptr && i < array.size(); ++i)
      walk_embedded(*node.items, array[i], index_path(path, i), out);
  }
  if (!value.is_object()) return;
  if (node.embedded_resource) check_embedded_object(value.get_object(), path, out);
  for (const auto& entry : value.get_object()) {
    const std::string_view name = entry.key();
    const auto property = node.properties.find(name);
    if (property != node.properties.end())
      walk_embedded(*property->second, entry.value(), child_path(path, name), out);
    else if (node.additional != nullptr)
      walk_embedded(*node.additional, entry.value(), key_path(path, name), out);
  }
}

}  // namespace

Problems check_list_types(const SchemaNode& schema, const json::value& value) {
  Problems out;
  walk_lists(schema, value, "", out);
  return out;
}

Problems check_embedded(const SchemaNode& schema, const json::value& value) {
  Problems out;
  walk_embedded(schema, value, "", out);
  return out;
}

}  // namespace dynamod::apiserver
