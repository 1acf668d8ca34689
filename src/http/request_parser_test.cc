// Requests out of bytes, in pieces of every size, and what is refused.
#include "http/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::http {
namespace {

using ::testing::HasSubstr;

// Feeds `text` in pieces of `step` bytes, as a connection would; gives the parser's last word.
std::expected<void, Refusal> feed(RequestParser& parser, std::string_view text, std::size_t step) {
  std::string input;
  for (std::size_t at = 0; at < text.size(); at += step) {
    input += text.substr(at, step);
    auto used = parser.put(input);
    if (!used) return std::unexpected(used.error());
    input.erase(0, *used);
  }
  return {};
}

int status_of(std::string_view text, const RequestLimits& limits = {}) {
  RequestParser parser(limits);
  const auto fed = feed(parser, text, text.size());
  return fed ? 0 : fed.error().status;
}

TEST(RequestParser, GivesTheSameForAnyCutOfTheBytes) {
  constexpr std::string_view kText =
      "POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t step = 1; step <= kText.size(); ++step) {
    RequestParser parser({});
    ASSERT_TRUE(feed(parser, kText, step)) << step;
    ASSERT_TRUE(parser.done()) << step;
    const Request request = parser.take_head();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a%20b?c=d");
    EXPECT_EQ(request.headers.get("x-a"), "1");
    EXPECT_EQ(request.headers.find("trailer"), std::nullopt);
    EXPECT_EQ(parser.take_body(), "abcde");
    EXPECT_TRUE(parser.keeps_alive());
  }
}

TEST(RequestParser, LeavesTheNextRequestAlone) {
  RequestParser parser({});
  constexpr std::string_view kFirst = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto used = parser.put(std::string(kFirst) + "GET /2 HTTP/1.1\r\n");
  ASSERT_TRUE(used);
  EXPECT_EQ(*used, kFirst.size());
  EXPECT_TRUE(parser.done());
}

TEST(RequestParser, KnowsWhetherTheConnectionIsKept) {
  const std::vector<std::pair<std::string_view, bool>> cases = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
  };
  for (const auto& [text, kept] : cases) {
    RequestParser parser({});
    ASSERT_TRUE(feed(parser, text, text.size())) << text;
    EXPECT_EQ(parser.keeps_alive(), kept) << text;
  }
}

TEST(RequestParser, RefusesWhatIsNotHttp) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"\x16\x03\x01\x02\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET /  HTTP/1.1\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
  };
  for (const auto& [text, status] : cases) EXPECT_EQ(status_of(text), status) << text;
}

TEST(RequestParser, HoldsTheLimitsOfHeadFieldsAndBody) {
  const RequestLimits limits{.head_bytes_max = 100, .headers_max = 3, .body_bytes_max = 4};
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(status_of(start + "A: " + std::string(200, 'x') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(status_of(start + std::string(200, 'x'), limits), 431) << "an endless line";
  EXPECT_EQ(status_of(std::string(200, 'x'), limits), 431) << "an endless method";
  EXPECT_EQ(status_of(start + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), 431);
  EXPECT_EQ(status_of(start + "A: 1\r\nB: 2\r\n\r\n", limits), 0);
  EXPECT_EQ(status_of(start + "Content-Length: 5\r\n\r\n", limits), 413)
      << "before the body is read";
  EXPECT_EQ(status_of(start + "Content-Length: 4\r\n\r\nabcd", limits), 0);
  EXPECT_EQ(status_of(start + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n", limits),
            413);
}

TEST(RequestParser, SaysTheLimitInItsRefusal) {
  RequestParser parser({.head_bytes_max = 1000, .headers_max = 3, .body_bytes_max = 4});
  const auto used = parser.put("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
  ASSERT_FALSE(used);
  EXPECT_THAT(used.error().text, HasSubstr("larger than the 4 bytes allowed"));
}

TEST(RequestParser, SeesExpect100Continue) {
  RequestParser parser({});
  ASSERT_TRUE(
      parser.put("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"));
  EXPECT_TRUE(parser.has_head());
  EXPECT_TRUE(parser.wants_continue());
  EXPECT_FALSE(parser.done());
}

}  // namespace
}  // namespace dynamod::http
