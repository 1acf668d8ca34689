// The parser of JSONPath templates. Its limits are those of Kubernetes': the first "]" ends a
// bracket and the first ")" a filter, and a quoted key is split at its dots.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kube/json_path_program.h"

namespace dynamod::kube {

namespace {

constexpr int kEnd = -1;

template <class... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> text, Args&&... args) {
  return fail(Error::Kind::kInvalid, fmt::format(text, std::forward<Args>(args)...));
}

bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

// Bytes of other alphabets count as letters.
bool is_alphanumeric(int c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

bool ends_line(int c) {
  return c == '\r' || c == '\n';
}

bool ends_word(int c) {
  return c == kEnd || ends_line(c) ||
         std::string_view(" \t.,[]${}@").find(static_cast<char>(c)) != std::string_view::npos;
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc() && stop == end && !text.empty() ? std::optional(number) : std::nullopt;
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc() && stop == end && !text.empty() ? std::optional(number) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// --- quoted texts, with the escapes of Go ---

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto byte = [&out](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (rune < 0x80) {
    byte(rune);
  } else if (rune < 0x800) {
    byte(0xC0 | (rune >> 6));
    byte(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    byte(0xE0 | (rune >> 12));
    byte(0x80 | ((rune >> 6) & 0x3F));
    byte(0x80 | (rune & 0x3F));
  } else {
    byte(0xF0 | (rune >> 18));
    byte(0x80 | ((rune >> 12) & 0x3F));
    byte(0x80 | ((rune >> 6) & 0x3F));
    byte(0x80 | (rune & 0x3F));
  }
}

// The value of `digits` digits at the front of `text`, which it takes.
std::optional<std::uint32_t> take_number(std::string_view& text, std::size_t digits, int base) {
  if (text.size() < digits) return std::nullopt;
  std::uint32_t number = 0;
  const char* end = text.data() + digits;
  const auto [stop, code] = std::from_chars(text.data(), end, number, base);
  if (code != std::errc() || stop != end) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

// One escape behind its backslash. False: there is no such one.
bool take_escape(std::string_view& text, char quote, std::string& out) {
  if (text.empty()) return false;
  const char c = text.front();
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
  if (const auto at = kNames.find(c); at != std::string_view::npos) {
    out += kValues[at];
    text.remove_prefix(1);
    return true;
  }
  if (c == quote) {
    out += quote;
    text.remove_prefix(1);
    return true;
  }
  if (c >= '0' && c <= '7') {
    const auto byte = take_number(text, 3, 8);
    if (!byte || *byte > 0xFF) return false;
    out += static_cast<char>(*byte);
    return true;
  }
  if (c != 'x' && c != 'u' && c != 'U') return false;
  text.remove_prefix(1);
  const auto rune = take_number(text, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
  if (!rune || *rune > 0x10FFFF || (*rune >= 0xD800 && *rune < 0xE000)) return false;
  if (c == 'x')
    out += static_cast<char>(*rune);
  else
    append_utf8(out, *rune);
  return true;
}

// Of a text with its quotes.
Result<std::string> unquote(std::string_view quoted) {
  const char quote = quoted.front();
  std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote || (c == '\\' && !take_escape(text, quote, out)))
      return refuse("unquote string {} error invalid syntax", quoted);
    if (c != '\\') out += c;
  }
  return out;
}

// --- the parser ---

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonPathProgram> program() {
    JsonPathProgram program;
    while (at_ < text_.size()) {
      const auto brace = std::min(text_.find('{', at_), text_.size());
      if (brace > at_)
        program.parts.push_back({{PathLiteral{json::string(text_.substr(at_, brace - at_))}}});
      at_ = brace;
      if (at_ == text_.size()) break;
      ++at_;
      TRY(program.parts.emplace_back(), action());
    }
    return program;
  }

 private:
  [[nodiscard]] int peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : kEnd;
  }

  [[nodiscard]] bool sees(std::string_view prefix) const {
    return text_.substr(at_).starts_with(prefix);
  }

  // What stands between the braces of another text.
  static Result<JsonPathNodes> nested(std::string_view text) {
    const std::string whole = fmt::format("{{{}}}", text);
    TRY(JsonPathProgram program, Parser(whole).program());
    return std::move(program.parts.front());
  }

  // Behind a "{", up to its "}".
  Result<JsonPathNodes> action() {
    nodes_.clear();
    while (!sees("}")) CHECK_OK(step());
    ++at_;
    return std::exchange(nodes_, {});
  }

  Result<> step() {
    if (sees("[?(")) return filter();
    if (sees("..")) return recursive();
    const int c = peek();
    if (c == kEnd || ends_line(c)) return refuse("unclosed action");
    if (c == '[') return bracket();
    if (c == '"' || c == '\'') return quoted();
    if (c == '+' || c == '-' || is_digit(c)) return number();
    if (is_alphanumeric(c)) return word();
    if (c == '.') {
      ++at_;
      return field();
    }
    if (c != ' ' && c != '@' && c != '$') return unknown_character(c);
    ++at_;
    return {};
  }

  static Result<> unknown_character(int c) {
    if (c < ' ' || c == 0x7F) return refuse("unrecognized character in action: U+{:04X}", c);
    return refuse("unrecognized character in action: U+{:04X} '{}'", c, static_cast<char>(c));
  }

  Result<> word() {
    const auto begin = at_;
    while (!ends_word(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false")
      nodes_.push_back({PathLiteral{word == "true"}});
    else
      nodes_.push_back({PathKeyword{std::string(word)}});
    return {};
  }

  Result<> recursive() {
    if (!nodes_.empty() && std::holds_alternative<PathRecursive>(nodes_.back().step))
      return refuse("invalid multiple recursive descent");
    at_ += 2;
    nodes_.push_back({PathRecursive{}});
    return is_alphanumeric(peek()) ? field() : Result<>();
  }

  Result<> number() {
    const auto begin = at_;
    if (peek() == '+' || peek() == '-') ++at_;
    while (peek() == '.' || is_digit(peek())) ++at_;
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (const auto whole = parse_int(text))
      nodes_.push_back({PathLiteral{*whole}});
    else if (const auto real = parse_double(text))
      nodes_.push_back({PathLiteral{*real}});
    else
      return refuse("cannot parse number {}", text);
    return {};
  }

  Result<> field() {
    const auto begin = at_;
    // A backslash takes away the meaning of what follows.
    while (!ends_word(peek())) at_ += peek() == '\\' && at_ + 1 < text_.size() ? 2 : 1;
    std::string name(text_.substr(begin, at_ - begin));
    if (name == "*") {
      nodes_.push_back({PathWildcard{}});
      return {};
    }
    std::erase(name, '\\');
    nodes_.push_back({PathField{std::move(name)}});
    return {};
  }

  Result<> quoted() {
    const auto begin = at_;
    const int quote = peek();
    do {
      ++at_;
      if (peek() == kEnd || peek() == '\n') return refuse("unterminated quoted string");
    } while (peek() != quote || text_[at_ - 1] == '\\');
    ++at_;
    TRY(std::string text, unquote(text_.substr(begin, at_ - begin)));
    nodes_.push_back({PathLiteral{json::string(text)}});
    return {};
  }

  Result<> bracket() {
    const auto begin = at_ + 1;
    while (peek() != ']') {
      if (peek() == kEnd || peek() == '\n') return refuse("unterminated array");
      ++at_;
    }
    std::string_view inside = text_.substr(begin, at_ - begin);
    ++at_;
    if (inside.contains(',')) return unite(inside);
    const bool is_key = inside.size() >= 2 && inside.starts_with('\'') && inside.ends_with('\'') &&
                        std::ranges::count(inside, '\'') == 2;
    if (!is_key) return slice(inside == "*" ? ":" : inside);
    TRY(const JsonPathNodes steps, nested(fmt::format(".{}", inside.substr(1, inside.size() - 2))));
    nodes_.insert(nodes_.end(), steps.begin(), steps.end());
    return {};
  }

  Result<> unite(std::string_view inside) {
    PathUnion all;
    while (true) {
      const auto comma = std::min(inside.find(','), inside.size());
      TRY(all.parts.emplace_back(), nested(fmt::format("[{}]", trimmed(inside.substr(0, comma)))));
      if (comma == inside.size()) break;
      inside.remove_prefix(comma + 1);
    }
    nodes_.push_back({std::move(all)});
    return {};
  }

  Result<> slice(std::string_view inside) {
    std::vector<std::string_view> parts;
    std::string_view rest = inside;
    while (true) {
      const auto colon = std::min(rest.find(':'), rest.size());
      parts.push_back(rest.substr(0, colon));
      if (colon == rest.size()) break;
      rest.remove_prefix(colon + 1);
    }
    const bool is_slice = parts.size() <= 3 && std::ranges::all_of(parts, is_slice_part);
    if (!is_slice) return refuse("invalid array index {}", inside);
    PathSlice slice;
    std::optional<std::int64_t>* const targets[] = {&slice.first, &slice.last, &slice.step};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].empty()) continue;
      *targets[i] = parse_int(parts[i]);
      if (!*targets[i]) return refuse("array index {} is not a number", parts[i]);
    }
    if (parts.size() == 1) {
      slice.is_index = true;
      slice.last = slice.first.value_or(0) + 1;
    }
    nodes_.push_back({slice});
    return {};
  }

  static bool is_slice_part(std::string_view part) {
    if (part.starts_with('-')) part.remove_prefix(1);
    return std::ranges::all_of(part, [](char c) { return is_digit(c); });
  }

  // The text of [?(...)].
  Result<std::string_view> filter_text() {
    at_ += 3;
    const auto begin = at_;
    bool opened = false;
    bool closed = false;
    int quote = 0;
    for (;; ++at_) {
      const int c = peek();
      if (c == kEnd || c == '\n') return refuse("unterminated filter");
      if (c == ')' && opened == closed) break;
      if (c != '"' && c != '\'') continue;
      if (!opened) {
        opened = true;
        quote = c;
      } else if (text_[at_ - 1] != '\\' && c == quote) {
        closed = true;
      }
    }
    const std::string_view inside = text_.substr(begin, at_ - begin);
    ++at_;
    if (peek() != ']') return refuse("unclosed array expect ]");
    ++at_;
    return inside;
  }

  Result<> filter() {
    TRY(const std::string_view inside, filter_text());
    constexpr std::string_view kOperators = "!<>=";
    const auto op = inside.find_first_of(kOperators);
    const auto right = inside.find_first_not_of(kOperators, std::min(op, inside.size()));
    PathFilter filter;
    const bool compares = op != std::string_view::npos && op > 0;
    // Operators to the end: the last of them is what is compared with.
    const auto split = right == std::string_view::npos ? inside.size() - 1 : right;
    if (compares && split > op) {
      TRY(filter.left, nested(inside.substr(0, op)));
      filter.op = inside.substr(op, split - op);
      TRY(filter.right, nested(inside.substr(split)));
    } else {
      TRY(filter.left, nested(inside));
    }
    nodes_.push_back({std::move(filter)});
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  JsonPathNodes nodes_ = {};
};

}  // namespace

Result<JsonPathProgram> parse_json_path(std::string_view text) {
  return Parser(text).program();
}

}  // namespace dynamod::kube
