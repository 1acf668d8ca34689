// UTF-8, byte by byte: what text from outside must pass before a parser, a log line or a terminal
// sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dynamod::base {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes; 0 when the text is no UTF-8 here
};

// The code point at the start of `text` (not empty). Overlong forms, surrogates and values over
// U+10FFFF are no UTF-8.
[[nodiscard]] CodePoint first_code_point(std::string_view text);

// The offset of the first byte that is no UTF-8, or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

// Each byte that is no UTF-8 becomes U+FFFD, as Go prints it.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

// At most `size_bytes_max` bytes of `text`, cut between code points.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t size_bytes_max);

}  // namespace dynamod::base
