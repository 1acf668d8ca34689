// What needs no template: the notes of one field, the frame of a kind, and tables from a finished
// schema.
#include "kinds/schema.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json_fields.h"

namespace dynamod::kinds {

namespace {

constexpr std::string_view kApiVersionDoc =
    "The version of the schema that this object is written in. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
constexpr std::string_view kKindDoc =
    "What this object is. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/"
    "api-conventions.md#types-kinds";

bool contains(const json::object& schema, std::string_view key, std::string_view name) {
  const json::value* list = schema.if_contains(key);
  if (!list) return false;
  return std::ranges::any_of(list->as_array(),
                             [&](const json::value& value) { return value == json::value(name); });
}

// "string", "date-time", "`base`, `lora` or `adapter`", "list of objects"
std::string type_text(const json::object& schema) {
  if (const json::value* names = schema.if_contains("enum")) {
    std::vector<std::string> texts;
    for (const auto& name : names->as_array())
      texts.push_back(fmt::format("`{}`", std::string_view(name.as_string())));
    const std::string last = texts.back();
    texts.pop_back();
    return fmt::format("{} or {}", fmt::join(texts, ", "), last);
  }
  const std::string_view type = text_in(schema, "type");
  if (type == "array") return fmt::format("list of {}s", type_text(schema.at("items").as_object()));
  if (text_in(schema, "format") == "date-time") return "time";
  return type.empty() ? "any" : std::string(type);
}

// '|' ends a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string meaning(const json::object& schema) {
  std::string text = cell(text_in(schema, "description"));
  if (const json::value* rules = schema.if_contains("x-kubernetes-validations"))
    for (const auto& rule : rules->as_array())
      text += fmt::format(" It {}.", std::string_view(rule.at("message").as_string()));
  return text;
}

void add_rows(const json::object& schema, const std::string& path, std::string& table) {
  for (const auto& [name, value] : schema.at("properties").as_object()) {
    const json::object& field = value.as_object();
    std::string at = path + "." + std::string(name);
    const json::value* fallback = field.if_contains("default");
    table +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", at, type_text(field),
                    contains(schema, "required", name) ? "yes" : "no",
                    fallback ? fmt::format("`{}`", encode_json(*fallback)) : "", meaning(field));
    const json::object* inner = &field;
    if (const json::value* items = field.if_contains("items")) {
      inner = &items->as_object();
      at += "[]";
    }
    if (inner->contains("properties")) add_rows(*inner, at, table);
  }
}

}  // namespace

void add_field_schema(json::object& schema, std::string_view doc, const kube::FieldSchema& notes) {
  if (!doc.empty()) schema["description"] = doc;
  if (!notes.default_json.empty()) {
    auto value = decode_json(notes.default_json);
    DYN_ASSERT(value.has_value());
    schema["default"] = std::move(*value);
  }
  if (!notes.pattern.empty()) schema["pattern"] = notes.pattern;
  if (notes.length_min > 0) schema["minLength"] = notes.length_min;
  if (notes.length_max > 0) schema["maxLength"] = notes.length_max;
  if (notes.minimum) schema["minimum"] = *notes.minimum;
  if (!notes.immutable.empty())
    schema["x-kubernetes-validations"] =
        json::array{json::object{{"rule", "self == oldSelf"}, {"message", notes.immutable}}};
}

json::object kind_schema(json::object schema, std::string_view doc) {
  json::object properties{
      {"apiVersion", json::object{{"type", "string"}, {"description", kApiVersionDoc}}},
      {"kind", json::object{{"type", "string"}, {"description", kKindDoc}}}};
  for (auto& [name, property] : schema.at("properties").as_object())
    properties.emplace(name, std::move(property));
  json::object root{
      {"type", "object"}, {"description", doc}, {"properties", std::move(properties)}};
  if (json::value* required = schema.if_contains("required"))
    root["required"] = std::move(*required);
  return root;
}

std::string field_table(const json::object& schema, std::string_view path) {
  std::string table = "| field | type | required | default | meaning |\n|---|---|---|---|---|\n";
  add_rows(schema, std::string(path), table);
  return table;
}

}  // namespace dynamod::kinds
