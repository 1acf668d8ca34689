// How an answer is put on the wire: how its end is told, and the text of its head. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace dynamod::http {

struct Framing {
  enum class End : std::uint8_t {
    kHead,    // no body follows: an answer to HEAD, 204, 304
    kLength,  // Content-Length
    kChunks,
    kClose,  // the end of the connection, for HTTP/1.0
  };

  End end = End::kHead;
  std::uint64_t length = 0;  // for kLength, and what HEAD says
  bool says_length = false;
  bool keeps_alive = true;
};

// The length is the body's own or, for a stream, that of a Content-Length header.
[[nodiscard]] Framing frame_response(const Response& response, std::string_view method,
                                     bool http_1_1, bool keeps_alive);

// Status line, headers and the empty line. What concerns the connection is ours: such headers of
// the response are left out. Bytes that would end a header become spaces.
[[nodiscard]] std::string response_head(const Response& response, const Framing& framing);

// One chunk, appended.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace dynamod::http
