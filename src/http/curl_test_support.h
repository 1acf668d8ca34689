// What the tests of the curl transport share: a real loop, raw servers, and calls as one line.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "testing/raw_server.h"
#include "testing/real_loop.h"

namespace dynamod::http {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline SendOptions within(Duration deadline) { return {.deadline = deadline}; }

inline Request request_of(std::string method, std::string target, std::optional<std::string> body = std::nullopt) {
  Request request{.method = std::move(method), .target = std::move(target)};
  if (body) request.body = text_body(*std::move(body));
  return request;
}

inline std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const auto at = head.find(kName);
  return at == std::string_view::npos ? 0 : std::strtoul(head.data() + at + kName.size(), nullptr, 10);
}

// Answers every request of a connection with kOk.
inline void answer_all(testing::RawConnection& connection) {
  for (;;) {
    const std::string head = connection.read_head();
    if (head.empty()) return;
    connection.read(content_length(head));
    if (!connection.write(kOk)) return;
  }
}

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
};

inline Async<Answer> exchange(Transport* transport, Url url, Request request, SendOptions options) {
  CO_TRY(Response response, co_await transport->send(std::move(url), std::move(request), options));
  Answer answer{.status = response.status, .headers = response.headers, .body = {}};
  CO_TRY(answer.body, co_await read_all(std::move(response.body), std::size_t{1} << 30));
  co_return answer;
}

class CurlTransportTest : public ::testing::Test {
 protected:
  void use(CurlOptions options) {
    transport_ = make_curl_transport(loop_.executor(), loop_.clock(), std::move(options));
  }

  Result<Answer> call(const Url& url, Request request, SendOptions options = within(std::chrono::hours(1))) {
    return loop_.await(exchange(transport_.get(), url, std::move(request), options));
  }

  Result<Answer> call(const testing::RawServer& server, Request request,
                      SendOptions options = within(std::chrono::hours(1))) {
    return call(server.url(), std::move(request), options);
  }

  testing::RealLoop loop_;
  std::unique_ptr<CurlTransport> transport_ =
      make_curl_transport(loop_.executor(), loop_.clock(), {.proxy = ProxyPolicy::kNone});
};

}  // namespace dynamod::http
