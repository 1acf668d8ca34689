// Property names as identifiers: "a-b" is a__dash__b in a rule. As k8s.io/apiserver/pkg/cel.
#include <algorithm>
#include <array>

#include "apiserver/cel/value.h"

namespace dynamod::apiserver::cel {

namespace {

constexpr std::array<std::string_view, 21> kReserved = {
    "true",     "false",   "null",      "in",       "as",  "break",  "const",
    "continue", "else",    "for",       "function", "if",  "import", "let",
    "loop",     "package", "namespace", "return",   "var", "void",   "while"};

struct Pair {
  std::string_view plain;
  std::string_view escaped;
};

constexpr std::array<Pair, 4> kPairs = {
    {{"__", "__underscores__"}, {".", "__dot__"}, {"-", "__dash__"}, {"/", "__slash__"}}};

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::optional<std::string> escape_identifier(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return std::nullopt;
  if (std::ranges::find(kReserved, name) != kReserved.end()) return "__" + std::string(name) + "__";
  std::string out;
  while (!name.empty()) {
    const auto pair =
        std::ranges::find_if(kPairs, [&](const Pair& p) { return name.starts_with(p.plain); });
    if (pair != kPairs.end()) {
      out += pair->escaped;
      name.remove_prefix(pair->plain.size());
      continue;
    }
    if (!is_word_char(name.front())) return std::nullopt;
    out += name.front();
    name.remove_prefix(1);
  }
  return out;
}

std::optional<std::string> unescape_identifier(std::string_view identifier) {
  if (identifier.size() > 4 && identifier.starts_with("__") && identifier.ends_with("__")) {
    const auto inner = identifier.substr(2, identifier.size() - 4);
    if (std::ranges::find(kReserved, inner) != kReserved.end()) return std::string(inner);
  }
  std::string out;
  while (!identifier.empty()) {
    if (!identifier.starts_with("__")) {
      out += identifier.front();
      identifier.remove_prefix(1);
      continue;
    }
    const auto pair = std::ranges::find_if(
        kPairs, [&](const Pair& p) { return identifier.starts_with(p.escaped); });
    if (pair == kPairs.end()) return std::nullopt;
    out += pair->plain;
    identifier.remove_prefix(pair->escaped.size());
  }
  return out;
}

}  // namespace dynamod::apiserver::cel
