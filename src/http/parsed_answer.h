// An HTTP/1.1 answer out of bytes that are all there: what is left in the kernel of a connection
// that broke.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace dynamod::http {

struct ParsedAnswer {
  int status = 0;
  Headers headers = {};
  std::string body = {};
  bool complete = false;  // false: the body is cut off
};

// Nothing unless a whole head is there and stands at the beginning.
[[nodiscard]] std::optional<ParsedAnswer> parse_answer(std::string_view bytes);

}  // namespace dynamod::http
