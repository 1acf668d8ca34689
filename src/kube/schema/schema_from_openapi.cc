// JSON into nodes. Whether a schema is a good one is decided where CRDs are validated; here only
// what cannot be read is refused.
#include "kube/schema/schema_from_openapi.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "kube/schema/prune.h"

namespace dynamod::kube {

namespace {

// The schema language of OpenAPI v3 that Kubernetes takes nothing of.
constexpr std::string_view kRefused[] = {
    "$ref", "$schema", "id", "definitions", "dependencies", "patternProperties", "additionalItems"};

Error refused(const std::string& path, std::string_view what) {
  return {.kind = Error::Kind::kInvalid,
          .message = path.empty() ? std::string(what) : fmt::format("{}: {}", path, what)};
}

std::string joined(const std::string& path, std::string_view step) {
  return path.empty() ? std::string(step) : fmt::format("{}.{}", path, step);
}

class SchemaReader {
 public:
  explicit SchemaReader(SchemaTree& tree) : tree_(tree) {}

  Result<const Schema*> read(const json::object& source, const std::string& path);

 private:
  Result<> read_keywords(Schema& node, const json::object& source, const std::string& path);
  Result<> read_lists(Schema& node, const json::object& source, const std::string& path);
  Result<> read_children(Schema& node, const json::object& source, const std::string& path);
  Result<const Schema*> child(const json::value& source, const std::string& path);

  SchemaTree& tree_;
};

// A value of the wrong JSON type; absent and null leave `out` as it is.
Result<> take(const json::object& source, std::string_view key, bool& out,
              const std::string& path) {
  const auto* value = source.if_contains(key);
  if (!value || value->is_null()) return {};
  const auto* flag = value->if_bool();
  if (!flag) return std::unexpected(refused(joined(path, key), "must be a boolean"));
  out = *flag;
  return {};
}

Result<> take(const json::object& source, std::string_view key, std::string& out,
              const std::string& path) {
  const auto* value = source.if_contains(key);
  if (!value || value->is_null()) return {};
  const auto* text = value->if_string();
  if (!text) return std::unexpected(refused(joined(path, key), "must be a string"));
  out.assign(text->data(), text->size());
  return {};
}

Result<> take(const json::object& source, std::string_view key, std::vector<std::string>& out,
              const std::string& path) {
  const auto* value = source.if_contains(key);
  if (!value || value->is_null()) return {};
  const auto* list = value->if_array();
  const auto is_string = [](const json::value& element) { return element.is_string(); };
  if (!list || !std::ranges::all_of(*list, is_string))
    return std::unexpected(refused(joined(path, key), "must be a list of strings"));
  for (const auto& element : *list) out.emplace_back(std::string_view(element.get_string()));
  return {};
}

Result<SchemaType> type_of(std::string_view name, const std::string& path) {
  if (name.empty()) return SchemaType::kAny;
  if (name == "object") return SchemaType::kObject;
  if (name == "array") return SchemaType::kArray;
  if (name == "string") return SchemaType::kString;
  if (name == "integer") return SchemaType::kInteger;
  if (name == "number") return SchemaType::kNumber;
  if (name == "boolean") return SchemaType::kBoolean;
  return std::unexpected(
      refused(joined(path, "type"), fmt::format("there is no type \"{}\"", name)));
}

Result<const Schema*> SchemaReader::read(const json::object& source, const std::string& path) {
  for (const auto keyword : kRefused) {
    const auto* value = source.if_contains(keyword);
    const bool used = value && !value->is_null() && *value != json::value("") &&
                      *value != json::value(json::object());
    if (used) return std::unexpected(refused(path, fmt::format("'{}' is not supported", keyword)));
  }
  auto& node = tree_.add();
  node.source = &source;
  CHECK_OK(read_keywords(node, source, path));
  CHECK_OK(read_lists(node, source, path));
  CHECK_OK(read_children(node, source, path));
  if (node.default_value) prune_part(*node.default_value, node);
  return &node;
}

Result<> SchemaReader::read_keywords(Schema& node, const json::object& source,
                                     const std::string& path) {
  std::string type;
  CHECK_OK(take(source, "type", type, path));
  TRY(node.type, type_of(type, path));
  bool int_or_string = false;
  CHECK_OK(take(source, "x-kubernetes-int-or-string", int_or_string, path));
  if (int_or_string) node.type = SchemaType::kIntOrString;
  CHECK_OK(take(source, "format", node.format, path));
  CHECK_OK(take(source, "nullable", node.nullable, path));
  CHECK_OK(
      take(source, "x-kubernetes-preserve-unknown-fields", node.preserve_unknown_fields, path));
  CHECK_OK(take(source, "x-kubernetes-embedded-resource", node.embedded_resource, path));
  CHECK_OK(take(source, "required", node.required, path));
  // `default: null` is as none: in Go both are nil.
  const auto* value = source.if_contains("default");
  if (value && !value->is_null()) node.default_value = *value;
  return {};
}

Result<> SchemaReader::read_lists(Schema& node, const json::object& source,
                                  const std::string& path) {
  std::string list_type;
  std::string map_type;
  CHECK_OK(take(source, "x-kubernetes-list-type", list_type, path));
  CHECK_OK(take(source, "x-kubernetes-map-type", map_type, path));
  CHECK_OK(take(source, "x-kubernetes-list-map-keys", node.list_map_keys, path));
  node.atomic_map = map_type == "atomic";
  if (list_type == "set") node.list_type = ListType::kSet;
  if (list_type == "map") node.list_type = ListType::kMap;
  return {};
}

Result<> SchemaReader::read_children(Schema& node, const json::object& source,
                                     const std::string& path) {
  if (const auto* items = source.if_contains("items"); items && !items->is_null()) {
    if (items->is_array())
      return std::unexpected(
          refused(joined(path, "items"), "must be a schema, not a list of them"));
    TRY(node.items, child(*items, joined(path, "items")));
  }
  const auto* additional = source.if_contains("additionalProperties");
  if (additional && additional->is_bool()) {
    // Anything is a value, but nothing is known of it: Kubernetes prunes what is inside.
    if (additional->get_bool()) node.additional_properties = &tree_.add();
  } else if (additional && !additional->is_null()) {
    TRY(node.additional_properties, child(*additional, joined(path, "additionalProperties")));
  }
  const auto* properties = source.if_contains("properties");
  if (!properties || properties->is_null()) return {};
  const auto* named = properties->if_object();
  if (!named) return std::unexpected(refused(joined(path, "properties"), "must be an object"));
  for (const auto& [name, property] : *named) {
    TRY(const auto* schema,
        child(property, fmt::format("{}[{}]", joined(path, "properties"), std::string_view(name))));
    node.properties.push_back({std::string(name), schema});
  }
  std::ranges::sort(node.properties, {}, &SchemaProperty::name);
  return {};
}

Result<const Schema*> SchemaReader::child(const json::value& source, const std::string& path) {
  const auto* object = source.if_object();
  if (!object) return std::unexpected(refused(path, "must be an object"));
  return read(*object, path);
}

}  // namespace

Result<const Schema*> schema_from_openapi(const json::object& schema, SchemaTree& tree) {
  return SchemaReader(tree).read(schema, "");
}

}  // namespace dynamod::kube
