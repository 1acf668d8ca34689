// Requests and answers, and what libcurl does by default that would break this product: each
// against a raw server.
#include "http/curl_transport.h"

#include <atomic>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/curl_test_support.h"

namespace dynamod::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawConnection;
using testing::RawServer;
using ::testing::StartsWith;

TEST_F(CurlTransportTest, SendsARequestAndReadsTheAnswer) {
  std::string head;
  std::string body;
  RawServer server([&](RawConnection& connection) {
    head = connection.read_head();
    body = connection.read(5);
    connection.write(
        "HTTP/1.1 201 Created\r\nX-One: 1\r\nEmpty:\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.write("3\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
  });
  Request request = request_of("POST", "/a?b=c", "hello");
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"X-Two", "2"}};
  const auto answer = call(server, std::move(request));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->headers.get("x-one"), "1");
  EXPECT_EQ(answer->headers.find("empty"), "");
  EXPECT_EQ(answer->headers.find("trailer"), std::nullopt);
  EXPECT_EQ(answer->body, "abcde");
  EXPECT_THAT(head, StartsWith("POST /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr(fmt::format("Host: 127.0.0.1:{}\r\n", server.port())));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Accept-Encoding")));
  EXPECT_EQ(body, "hello");
}

TEST_F(CurlTransportTest, WritesEachKindOfRequestAsHttpWantsIt) {
  struct Case {
    std::string method;
    std::optional<std::string> body;
    std::string length;  // "": no such header
  };

  const std::vector<Case> cases = {
      {"GET", std::nullopt, ""},
      {"HEAD", std::nullopt, ""},
      {"DELETE", std::nullopt, ""},
      {"DELETE", "{}", "2"},
      {"POST", std::nullopt, "0"},
      {"POST", "", "0"},
      {"PATCH", std::string(70'000, 'x'), "70000"},
      {"PUT", "abc", "3"},
      {"GET", std::nullopt, ""},
  };
  std::vector<std::string> heads;
  std::vector<std::string> bodies;
  RawServer server([&](RawConnection& connection) {
    for (;;) {
      const std::string head = connection.read_head();
      if (head.empty()) return;
      heads.push_back(head);
      bodies.push_back(connection.read(content_length(head)));
      connection.write(head.starts_with("HEAD") ? kOk.substr(0, kOk.size() - 2) : kOk);
    }
  });
  for (const auto& one : cases) {
    const auto answer = call(server, request_of(one.method, "/x", one.body));
    ASSERT_TRUE(answer) << one.method << ": " << answer.error().message;
    EXPECT_THAT(heads.back(), StartsWith(one.method + " /x HTTP/1.1\r\n"));
    EXPECT_EQ(bodies.back(), one.body.value_or(""));
    EXPECT_THAT(heads.back(), Not(HasSubstr("form-urlencoded")));
    const std::string length =
        one.length.empty() ? "Content-Length" : "Content-Length: " + one.length + "\r\n";
    if (one.length.empty()) {
      EXPECT_THAT(heads.back(), Not(HasSubstr(length)));
    } else {
      EXPECT_THAT(heads.back(), HasSubstr(length));
    }
  }
  EXPECT_EQ(server.connections(), 1) << "HTTP/1.1 keeps its connection";
}

struct OnceCase {
  std::string name;
  std::string method;
  std::optional<std::string> body;
  bool reads_body;
};

class SentOnce : public CurlTransportTest, public ::testing::WithParamInterface<OnceCase> {};

TEST_P(SentOnce, EvenWhenAReusedConnectionClosesAfterItWasRead) {
  const OnceCase& one = GetParam();
  std::atomic<int> requests = 0;
  RawServer server([&](RawConnection& connection) {
    if (connection.read_head().empty()) return;
    ++requests;
    connection.write(kOk);
    const std::string head = connection.read_head();
    if (head.empty()) return;
    ++requests;
    if (one.reads_body) connection.read(content_length(head));
  });
  ASSERT_TRUE(call(server, request_of("GET", "/first")));
  const auto answer = call(server, request_of(one.method, "/second", one.body));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::kMayHaveArrived);
  EXPECT_EQ(requests, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Curl, SentOnce,
    ::testing::Values(OnceCase{"PostWithABody", "POST", "{}", true},
                      OnceCase{"PostWhoseBodyIsNotRead", "POST", "{}", false},
                      OnceCase{"PostWithAnEmptyBody", "POST", "", true},
                      OnceCase{"PostWithoutABody", "POST", std::nullopt, true},
                      OnceCase{"PostWithALargeBody", "POST", std::string(300'000, 'x'), true},
                      OnceCase{"PostWhoseLargeBodyIsNotRead", "POST", std::string(300'000, 'x'),
                               false},
                      OnceCase{"Patch", "PATCH", "{}", true},
                      OnceCase{"DeleteWithoutABody", "DELETE", std::nullopt, true},
                      OnceCase{"DeleteWithABody", "DELETE", "{}", true},
                      OnceCase{"Get", "GET", std::nullopt, true}),
    [](const auto& info) { return info.param.name; });

constexpr std::string_view kSlow =
    "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nContent-Length: 4\r\n\r\nslow";

class EarlyAnswer : public CurlTransportTest {
 protected:
  // How often 10,000 POSTs are seen as anything but the 429.
  std::map<std::string, int> others(const RawServer& server, std::size_t body_bytes) {
    const std::string body(body_bytes, 'x');
    std::map<std::string, int> others;
    for (int i = 0; i < 10'000; ++i) {
      const auto answer = call(server, request_of("POST", "/x", body));
      if (answer && answer->status == 429 && answer->body == "slow") continue;
      ++others[answer ? std::to_string(answer->status) : answer.error().message];
    }
    return others;
  }
};

TEST_F(EarlyAnswer, A429SentBeforeTheBodyIsReadIsSeen10000Times) {
  const auto answer_early = [](RawConnection& connection) {
    if (connection.read_head().empty()) return;
    connection.write(kSlow);
    connection.finish();
  };
  RawServer server(answer_early, RawServer::Serving::kOneByOne);
  EXPECT_THAT(others(server, 200'000), ::testing::IsEmpty());
}

TEST_F(EarlyAnswer, IsSeenAlsoWhenTheServerResetsTheConnectionAtOnce) {
  const auto answer_early = [](RawConnection& connection) {
    if (connection.read_head().empty()) return;
    connection.write(kSlow);
  };
  RawServer server(answer_early, RawServer::Serving::kOneByOne);
  EXPECT_THAT(others(server, 200'000), ::testing::IsEmpty());
}

}  // namespace
}  // namespace dynamod::http
