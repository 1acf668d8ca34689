// Go's %v, %q and %T of decoded JSON, and its encoder.
#include "kube/go_text.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/go_number.h"
#include "base/utf8.h"

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

// Code points that Go's strconv.IsPrint refuses and that are met in practice: controls, spaces
// other than U+0020, format characters, surrogates, private use.
bool is_printable(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) return false;
  if (c == 0x1680 || (c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F)) return false;
  if ((c >= 0x205F && c <= 0x206F) || c == 0x3000 || c == 0xFEFF) return false;
  if ((c >= 0xD800 && c <= 0xF8FF) || (c >= 0xFFF0 && c <= 0xFFFB)) return false;
  return c < 0xE0000;
}

void append_quoted(std::string& out, CodePoint point, std::string_view bytes) {
  if (point.length == 0) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    return;
  }
  constexpr std::string_view kLetters = "abtnvfr";
  if (point.value == '"' || point.value == '\\')
    out.append(1, '\\').append(1, static_cast<char>(point.value));
  else if (point.value >= 7 && point.value <= 13)
    out.append(1, '\\').append(1, kLetters[point.value - 7]);
  else if (is_printable(point.value))
    out += bytes.substr(0, point.length);
  else if (point.value < 0x80)
    out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(point.value));
  else if (point.value < 0x10000)
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(point.value));
  else
    out += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(point.value));
}

void append_json_text(std::string& out, std::string_view text) {
  for (const char c : encode_json(json::value(text))) {
    if (c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
}

void append_go_json(std::string& out, const json::value& value) {
  if (value.is_array()) {
    out += '[';
    for (bool first = true; const auto& element : value.get_array()) {
      if (!std::exchange(first, false)) out += ',';
      append_go_json(out, element);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (bool first = true; const auto& [name, entry] : sorted_fields(value.get_object())) {
      if (!std::exchange(first, false)) out += ',';
      append_json_text(out, name);
      out += ':';
      append_go_json(out, *entry);
    }
    out += '}';
  } else if (value.is_string()) {
    append_json_text(out, value.get_string());
  } else {
    out += encode_json(value);
  }
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
      return go_number(value.get_double());
    case json::kind::bool_:
    case json::kind::int64:
    case json::kind::uint64:
      break;
  }
  return encode_json(value);
}

std::string go_quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    append_quoted(out, point, text);
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return out + "\"";
}

std::string go_json(const json::value& value) {
  std::string out;
  append_go_json(out, value);
  return out;
}

std::string go_number(double value) {
  // %v switches to an exponent at 1e-5 already; JSON at 1e-7.
  if (value != 0 && std::abs(value) < 1e-4) return fmt::format("{}", value);
  std::string out;
  append_json_double(out, value);
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
