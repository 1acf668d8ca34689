// Encoding of JSON, compact and as Go prints it, apart from escapes of < > & that only HTML needs.
#include <array>
#include <charconv>

#include "base/go_number.h"
#include "base/json.h"

namespace dynamod::base {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4];
      out += kHexDigits[static_cast<unsigned char>(c) & 0xF];
  }
}

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out += text.substr(start, i - start);
    append_escape(out, text[i]);
    start = i + 1;
  }
  out += text.substr(start);
  out += '"';
}

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  out.append(buffer.data(), end);
}

void append_value(std::string& out, const json::value& value);

void append_object(std::string& out, const json::object& object) {
  char separator = '{';
  for (const auto& [key, value] : object) {
    out += separator;
    separator = ',';
    append_string(out, key);
    out += ':';
    append_value(out, value);
  }
  out += object.empty() ? "{}" : "}";
}

void append_array(std::string& out, const json::array& array) {
  char separator = '[';
  for (const auto& value : array) {
    out += separator;
    separator = ',';
    append_value(out, value);
  }
  out += array.empty() ? "[]" : "]";
}

void append_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      return;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      return append_integer(out, value.get_int64());
    case json::kind::uint64:
      return append_integer(out, value.get_uint64());
    case json::kind::double_:
      return append_json_double(out, value.get_double());
    case json::kind::string:
      return append_string(out, value.get_string());
    case json::kind::array:
      return append_array(out, value.get_array());
    case json::kind::object:
      return append_object(out, value.get_object());
  }
}

}  // namespace

std::string encode_json(const json::value& value) {
  std::string out;
  append_value(out, value);
  return out;
}

}  // namespace dynamod::base
