// Text of a rule -> tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::apiserver::cel {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kIdentifier,
    kQuotedIdentifier,  // `a-b`, only after a dot
    kInt,
    kUint,
    kDouble,
    kString,
    kBytes,
    kSymbol,  // text is the symbol: "&&", "?.", "["
  };

  Kind kind = Kind::kEnd;
  std::string text = {};  // names and symbols as written, numbers without suffix, strings unescaped
  std::size_t offset = 0;  // of its first byte

  [[nodiscard]] bool is(std::string_view symbol) const {
    return kind == Kind::kSymbol && text == symbol;
  }
};

// `ERROR: <input>:1:6: <message>` with the line and an arrow below it.
[[nodiscard]] Error error_at(std::string_view source, std::size_t offset, std::string_view message);

class Lexer {
 public:
  // `source` must outlive the lexer and be valid UTF-8.
  explicit Lexer(std::string_view source) : source_(source) {}

  [[nodiscard]] Result<Token> next();

 private:
  [[nodiscard]] std::unexpected<Error> fail_at(std::size_t offset, std::string_view message) const;
  void skip_blanks();
  [[nodiscard]] Result<Token> number();
  [[nodiscard]] Result<Token> identifier();
  // At a quote; `raw` and `bytes` tell of the prefix that was read.
  [[nodiscard]] Result<Token> string(std::size_t start, bool raw, bool bytes);
  [[nodiscard]] Result<std::string> escape(bool bytes);

  [[nodiscard]] char at(std::size_t offset) const {
    return offset < source_.size() ? source_[offset] : '\0';
  }

  std::string_view source_;
  std::size_t place_ = 0;
};

}  // namespace dynamod::apiserver::cel
