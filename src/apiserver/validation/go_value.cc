// Go's printing of values.
#include "apiserver/validation/go_value.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/go_number.h"
#include "base/utf8.h"

namespace dynamod::apiserver {

namespace {

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
    std::map<std::string_view, const json::value*> sorted;
    for (const auto& entry : value.get_object()) sorted[entry.key()] = &entry.value();
    out += '{';
    for (bool first = true; const auto& [name, entry] : sorted) {
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

kube::Problem problem(std::string_view path, kube::Problem::Kind kind, std::string detail) {
  return {.path = shown_path(path), .kind = kind, .value = "", .detail = std::move(detail)};
}

}  // namespace

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
  if (value != 0 && std::abs(value) < 1e-4) return fmt::format("{:e}", value);
  std::string out;
  append_json_double(out, value);
  return out;
}

std::string go_shown(const json::value& value) {
  if (value.is_string()) return go_quote(value.get_string());
  if (value.is_double()) return go_number(value.get_double());
  return go_json(value);
}

std::string go_printed(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return go_number(value.get_double());
  if (value.is_null()) return "<nil>";
  std::vector<std::string> parts;
  if (value.is_array()) {
    for (const auto& element : value.get_array()) parts.push_back(go_printed(element));
    return go_strings(parts);
  }
  if (!value.is_object()) return encode_json(value);
  for (const auto& entry : value.get_object())
    parts.push_back(fmt::format("{}:{}", std::string_view(entry.key()), go_printed(entry.value())));
  std::ranges::sort(parts);
  return "map" + go_strings(parts);
}

std::string go_strings(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, " "));
}

std::string child_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string key_path(std::string_view path, std::string_view key) {
  return fmt::format("{}[{}]", path, key);
}

std::string index_path(std::string_view path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string shown_path(std::string_view path) {
  return path.empty() ? "<nil>" : std::string(path);
}

kube::Problem invalid_value(std::string_view path, const json::value& value, std::string detail) {
  auto out = problem(path, kube::Problem::Kind::kInvalid, std::move(detail));
  out.value = go_shown(value);
  return out;
}

kube::Problem required_value(std::string_view path, std::string detail) {
  return problem(path, kube::Problem::Kind::kRequired, std::move(detail));
}

kube::Problem forbidden_value(std::string_view path, std::string detail) {
  return problem(path, kube::Problem::Kind::kForbidden, std::move(detail));
}

kube::Problem duplicate_value(std::string_view path, const json::value& value) {
  auto out = problem(path, kube::Problem::Kind::kDuplicate, "");
  out.value = go_shown(value);
  return out;
}

kube::Problem too_long_value(std::string_view path, std::int64_t bytes_max) {
  return problem(
      path, kube::Problem::Kind::kTooLong,
      fmt::format("may not be more than {} {}", bytes_max, bytes_max == 1 ? "byte" : "bytes"));
}

kube::Problem too_many_values(std::string_view path, std::int64_t count, std::int64_t most) {
  auto out = problem(path, kube::Problem::Kind::kTooMany,
                     fmt::format("must have at most {} {}", most, most == 1 ? "item" : "items"));
  out.value = fmt::format("{}", count);
  return out;
}

kube::Problem unsupported_value(std::string_view path, const json::value& value,
                                const std::vector<std::string>& supported) {
  std::vector<std::string> quoted;
  for (const auto& name : supported) quoted.push_back(go_quote(name));
  auto out = problem(path, kube::Problem::Kind::kNotSupported,
                     fmt::format("supported values: {}", fmt::join(quoted, ", ")));
  out.value = go_shown(value);
  return out;
}

void append(Problems& problems, Problems more) {
  std::ranges::move(more, std::back_inserter(problems));
}

const json::value* value_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object& object_in(const json::object& object, std::string_view name) {
  static const json::object kEmpty;
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_object() ? kEmpty : value->get_object();
}

const json::array& array_in(const json::object& object, std::string_view name) {
  static const json::array kEmpty;
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_array() ? kEmpty : value->get_array();
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_string() ? std::string_view()
                                                 : std::string_view(value->get_string());
}

bool true_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& element : array_in(object, name))
    if (element.is_string()) out.emplace_back(element.get_string());
  return out;
}

}  // namespace dynamod::apiserver
