// Go's %v and %T of decoded JSON, and its encoder.
#include "kube/go_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

std::string list_text(const json::array& list) {
  std::string text = "[";
  for (const json::value& element : list) {
    if (text.size() > 1) text += ' ';
    text += go_text(element);
  }
  return text + "]";
}

using Fields = std::vector<std::pair<std::string_view, const json::value*>>;

Fields sorted_fields(const json::object& map) {
  Fields fields;
  for (const auto& [name, value] : map) fields.emplace_back(name, &value);
  std::ranges::sort(fields, {}, [](const auto& field) { return field.first; });
  return fields;
}

std::string map_text(const json::object& map) {
  std::string text = "map[";
  for (const auto& [name, value] : sorted_fields(map)) {
    if (text.size() > 4) text += ' ';
    text.append(name).append(":").append(go_text(*value));
  }
  return text + "]";
}

json::value with_sorted_keys(const json::value& value) {
  if (value.is_array()) {
    json::array list;
    for (const json::value& element : value.get_array()) list.push_back(with_sorted_keys(element));
    return list;
  }
  if (!value.is_object()) return value;
  json::object map;
  for (const auto& [name, field] : sorted_fields(value.get_object()))
    map[name] = with_sorted_keys(*field);
  return map;
}

}  // namespace

std::string go_text(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "<nil>";
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::array:
      return list_text(value.get_array());
    case json::kind::object:
      return map_text(value.get_object());
    case json::kind::double_:
    case json::kind::bool_:
    case json::kind::int64:
    case json::kind::uint64:
      break;
  }
  return encode_json(value);
}

std::string go_json(const json::value& value) {
  // Outside of strings none of these characters occurs.
  std::string out;
  for (const char c : encode_json(with_sorted_keys(value))) {
    if (c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

std::string_view go_type(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "<nil>";
    case json::kind::bool_:
      return "bool";
    case json::kind::int64:
      return "int64";
    case json::kind::uint64:
    case json::kind::double_:
      return "float64";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "[]interface {}";
    case json::kind::object:
      break;
  }
  return "map[string]interface {}";
}

}  // namespace dynamod::kube
