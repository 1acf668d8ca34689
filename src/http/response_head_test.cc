// Heads of answers as they stand on the wire.
#include "http/response_head.h"

#include <gtest/gtest.h>

namespace dynamod::http {
namespace {

class StreamBody final : public Body {
 public:
  Async<std::optional<std::string>> next() override { co_return std::nullopt; }
};

std::string head_of(const Response& response, std::string_view method = "GET", bool http_1_1 = true,
                    bool keeps_alive = true) {
  return response_head(response, frame_response(response, method, http_1_1, keeps_alive));
}

Response streamed(int status, Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::make_unique<StreamBody>()};
}

TEST(ResponseHead, TellsTheLengthOfATextAndChunksAStream) {
  EXPECT_EQ(head_of(text_response(200, "abc")),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(head_of({.status = 404}), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(head_of(streamed(200)), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(head_of(streamed(200, {{"content-length", "7"}})),
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(head_of(streamed(200, {{"content-length", "7x"}})),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(ResponseHead, EndsAStreamToHttp10WithTheConnection) {
  EXPECT_EQ(head_of(streamed(200), "GET", false), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head_of({.status = 200}, "GET", false, false),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, HasNoBodyForHeadAndForStatusesWithoutOne) {
  const Response text = text_response(200, "abc");
  EXPECT_EQ(head_of(text, "HEAD"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(frame_response(text, "HEAD", true, true).end, Framing::End::kHead);
  EXPECT_EQ(head_of({.status = 204}), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(head_of({.status = 304}), "HTTP/1.1 304 Not Modified\r\n\r\n");
}

TEST(ResponseHead, KeepsTheConnectionsHeadersToItself) {
  const Response response{
      .headers = {{"Transfer-Encoding", "gzip"}, {"connection", "upgrade"}, {"X", "1"}}};
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHead, CannotBeSplitByAHeadersValue) {
  const Response response{.headers = {{"X", "a\r\nSet-Cookie: b"}, {"Y\n", "c"}}};
  EXPECT_EQ(head_of(response),
            "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b\r\nY : c\r\nContent-Length: 0\r\n\r\n");
}

TEST(Chunk, HasItsLengthInHexadecimal) {
  std::string out;
  append_chunk(out, std::string(26, 'x'));
  EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n");
}

}  // namespace
}  // namespace dynamod::http
