// The words of CEL, by its language definition.
#include "apiserver/cel/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/utf8.h"

namespace dynamod::apiserver::cel {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::string_view, 8> kLongSymbols = {
    "&&", "||", "==", "!=", "<=", ">=", "?.", "[?"};
constexpr std::string_view kShortSymbols = "<>+-*/%!?:.,()[]{}";

}  // namespace

Error error_at(std::string_view source, std::size_t offset, std::string_view message) {
  offset = std::min(offset, source.size());
  const std::string_view before = source.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  const auto newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  std::size_t column = 0;
  for (std::size_t at = start; at < offset; ++column)
    at += std::max<std::size_t>(first_code_point(source.substr(at)).length, 1);
  const std::string_view shown = source.substr(start, source.find('\n', start) - start);
  return {.kind = Error::Kind::kInvalid,
          .message = fmt::format("ERROR: <input>:{}:{}: {}\n | {}\n | {}^", line, column + 1,
                                 message, shown, std::string(column, '.'))};
}

std::unexpected<Error> Lexer::fail_at(std::size_t offset, std::string_view message) const {
  return std::unexpected(error_at(source_, offset, fmt::format("Syntax error: {}", message)));
}

void Lexer::skip_blanks() {
  while (place_ < source_.size()) {
    const char c = source_[place_];
    if (c == '/' && at(place_ + 1) == '/')
      place_ = std::min(source_.find('\n', place_), source_.size());
    else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')
      ++place_;
    else
      return;
  }
}

Result<Token> Lexer::next() {
  skip_blanks();
  if (place_ == source_.size()) return Token{.kind = Token::Kind::kEnd, .offset = place_};
  const std::size_t start = place_;
  const char c = source_[place_];
  if (is_letter(c)) return identifier();
  if (is_digit(c) || (c == '.' && is_digit(at(place_ + 1)))) return number();
  if (c == '"' || c == '\'') return string(start, false, false);
  if (c == '`') {
    const auto end = source_.find('`', start + 1);
    if (end == std::string_view::npos) return fail_at(start, "unterminated quoted identifier");
    place_ = end + 1;
    return Token{.kind = Token::Kind::kQuotedIdentifier,
                 .text = std::string(source_.substr(start + 1, end - start - 1)),
                 .offset = start};
  }
  for (const auto symbol : kLongSymbols) {
    if (!source_.substr(start).starts_with(symbol)) continue;
    // `a ?.5 : b` is a condition, not a field.
    if (symbol == "?." && is_digit(at(start + 2))) continue;
    place_ += symbol.size();
    return Token{.kind = Token::Kind::kSymbol, .text = std::string(symbol), .offset = start};
  }
  if (kShortSymbols.contains(c)) {
    ++place_;
    return Token{.kind = Token::Kind::kSymbol, .text = std::string(1, c), .offset = start};
  }
  const auto point = first_code_point(source_.substr(start));
  return fail_at(start, fmt::format("token recognition error at: '{}'",
                                    source_.substr(start, std::max<std::size_t>(point.length, 1))));
}

Result<Token> Lexer::identifier() {
  const std::size_t start = place_;
  while (is_letter(at(place_)) || is_digit(at(place_))) ++place_;
  const std::string_view word = source_.substr(start, place_ - start);
  const char quote = at(place_);
  if (quote == '"' || quote == '\'') {
    if (word == "r" || word == "R") return string(start, true, false);
    if (word == "b" || word == "B") return string(start, false, true);
    if (word == "rb" || word == "Rb" || word == "rB" || word == "RB" || word == "br" ||
        word == "Br" || word == "bR" || word == "BR")
      return string(start, true, true);
  }
  return Token{.kind = Token::Kind::kIdentifier, .text = std::string(word), .offset = start};
}

Result<Token> Lexer::number() {
  const std::size_t start = place_;
  Token token{.kind = Token::Kind::kInt, .offset = start};
  const auto digits = [&] {
    while (is_digit(at(place_))) ++place_;
  };
  if (at(start) == '0' && (at(start + 1) == 'x' || at(start + 1) == 'X') &&
      hex_digit(at(start + 2)) >= 0) {
    place_ += 2;
    while (hex_digit(at(place_)) >= 0) ++place_;
  } else {
    digits();
    if (at(place_) == '.' && is_digit(at(place_ + 1))) {
      token.kind = Token::Kind::kDouble;
      ++place_;
      digits();
    }
    const bool signed_exponent = at(place_ + 1) == '+' || at(place_ + 1) == '-';
    if ((at(place_) == 'e' || at(place_) == 'E') &&
        is_digit(at(place_ + (signed_exponent ? 2 : 1)))) {
      token.kind = Token::Kind::kDouble;
      place_ += signed_exponent ? 2 : 1;
      digits();
    }
  }
  token.text = source_.substr(start, place_ - start);
  if (token.kind == Token::Kind::kInt && (at(place_) == 'u' || at(place_) == 'U')) {
    token.kind = Token::Kind::kUint;
    ++place_;
  }
  if (is_letter(at(place_)) || is_digit(at(place_)))
    return fail_at(place_, fmt::format("extraneous input '{}' after a number", at(place_)));
  return token;
}

Result<Token> Lexer::string(std::size_t start, bool raw, bool bytes) {
  const char quote = at(place_);
  const bool triple = at(place_ + 1) == quote && at(place_ + 2) == quote;
  const std::string end(triple ? 3 : 1, quote);
  place_ += end.size();
  Token token{.kind = bytes ? Token::Kind::kBytes : Token::Kind::kString, .offset = start};
  while (!source_.substr(place_).starts_with(end)) {
    const char c = at(place_);
    if (place_ >= source_.size() || (!triple && (c == '\n' || c == '\r')))
      return fail_at(start, "unterminated string");
    if (c == '\\' && !raw) {
      TRY(const auto text, escape(bytes));
      token.text += text;
      continue;
    }
    token.text += c;
    ++place_;
  }
  place_ += end.size();
  return token;
}

Result<std::string> Lexer::escape(bool bytes) {
  const std::size_t start = place_++;  // the backslash
  const char c = at(place_);
  ++place_;
  constexpr std::string_view kPlain = R"(\?"'`)";
  if (kPlain.contains(c)) return std::string(1, c);
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  if (const auto found = kLetters.find(c); found != std::string_view::npos)
    return std::string(1, kMeanings[found]);

  std::size_t length = 0;
  std::uint32_t base = 16;
  if (c == 'x' || c == 'X') length = 2;
  if (c == 'u' && !bytes) length = 4;
  if (c == 'U' && !bytes) length = 8;
  if (c >= '0' && c <= '3') {
    base = 8;
    length = 3;
    --place_;
  }
  if (length == 0) return fail_at(start, "unknown escape in a string");
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < length; ++i, ++place_) {
    const int digit = hex_digit(at(place_));
    if (digit < 0 || static_cast<std::uint32_t>(digit) >= base)
      return fail_at(start, "malformed escape in a string");
    code = (code * base) + static_cast<std::uint32_t>(digit);
  }
  if (bytes) return std::string(1, static_cast<char>(static_cast<unsigned char>(code & 0xFFU)));
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
    return fail_at(start, "escape is no Unicode code point");
  std::string out;
  append_utf8(out, static_cast<char32_t>(code));
  return out;
}

}  // namespace dynamod::apiserver::cel
