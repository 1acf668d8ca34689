// Checks of YAML text before and beside yaml-cpp.
#include "base/yaml_text.h"

#include <algorithm>

#include "base/utf8.h"

namespace dynamod::base {

namespace {

// What libyaml's reader lets through.
bool is_allowed(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0D || (c >= 0x20 && c <= 0x7E) || c == 0x85 ||
         (c >= 0xA0 && c <= 0xFFFD) || c >= 0x10000;
}

// What is wrong with the character that `rest` starts with; "" if nothing is.
std::string_view problem_of(std::string_view rest, const CodePoint& point, bool line_start) {
  if (point.length == 0) return "not valid UTF-8";
  switch (point.value) {
    case '\r':
      // libyaml breaks the line here, yaml-cpp does not.
      return rest.starts_with("\r\n") ? "" : "a carriage return without a line feed";
    case 0x85:
    case 0x2028:
    case 0x2029:
      return "a Unicode line break: write it as an escape in double quotes";
    case '%':
      // yaml-cpp drops such a line, wherever it is.
      if (!line_start || rest.starts_with("%YAML ") || rest.starts_with("%TAG ")) return "";
      return "unknown directive (a key that starts with % needs quotes)";
    default:
      return is_allowed(point.value) ? "" : "control characters are not allowed";
  }
}

std::string_view skip_properties(std::string_view rest) {
  while (rest.starts_with('&') || rest.starts_with('!')) {
    rest.remove_prefix(std::min(rest.find_first_of(" \t\r\n"), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  }
  return rest;
}

}  // namespace

Error yaml_error_at(Error::Kind kind, int line, int column, std::string_view what) {
  return {kind, "invalid YAML at line " + std::to_string(line) + ", column " +
                    std::to_string(column) + ": " + std::string(what)};
}

Result<> check_yaml_text(std::string_view text) {
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto point = first_code_point(rest);
    const auto problem = problem_of(rest, point, at == line_start);
    if (!problem.empty()) {
      const int column = static_cast<int>(at - line_start) + 1;
      return std::unexpected(yaml_error_at(Error::Kind::kBadRequest, line, column, problem));
    }
    at += point.length;
    if (point.value == '\n') {
      ++line;
      line_start = at;
    }
  }
  return {};
}

bool keeps_folded_end(std::string_view rest) {
  rest = skip_properties(rest);
  if (!rest.starts_with('>')) return false;
  const auto header =
      rest.substr(1, 2);  // an indentation digit and the chomping sign, in either order
  return header.find_first_not_of("123456789+") > header.find('+');
}

bool is_lone_quote(std::string_view rest) {
  rest = skip_properties(rest);
  return rest == "\"" || rest == "'";
}

std::string mend_yaml_escapes(std::string_view scalar) {
  std::string out;
  while (!scalar.empty()) {
    const auto good = scalar.substr(0, find_invalid_utf8(scalar));
    out += good;
    scalar.remove_prefix(good.size());
    if (scalar.empty()) break;
    append_utf8(out, static_cast<unsigned char>(scalar.front()));
    scalar.remove_prefix(1);
  }
  return out;
}

}  // namespace dynamod::base
