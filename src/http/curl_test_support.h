// What the tests of the curl transport share: a real loop, raw servers, and calls as one line.
#pragma once

#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "testing/raw_server.h"
#include "testing/real_loop.h"

namespace dynamod::http {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline SendOptions within(Duration deadline) {
  return {.deadline = deadline};
}

inline Request request_of(std::string method, std::string target,
                          std::optional<std::string> body = std::nullopt) {
  Request request{.method = std::move(method), .target = std::move(target)};
  if (body) request.body = text_body(*std::move(body));
  return request;
}

inline std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const auto at = head.find(kName);
  return at == std::string_view::npos ? 0
                                      : std::strtoul(head.data() + at + kName.size(), nullptr, 10);
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

// The real clock, but what waits more than a minute waits for the test: so a limit passes exactly
// where a test wants.
class HeldClock final : public Clock {
 public:
  explicit HeldClock(Clock& real) : real_(real) {}

  [[nodiscard]] SteadyTime now() const override { return real_.now(); }

  [[nodiscard]] WallTime wall() const override { return real_.wall(); }

  TimerId at(SteadyTime when, std::move_only_function<void()> fire) override {
    if (when - now() < std::chrono::minutes(1)) return real_.at(when, std::move(fire));
    held_.emplace(++last_held_, std::move(fire));
    return last_held_;
  }

  bool cancel(TimerId id) override {
    return id > kFirstHeld ? held_.erase(id) > 0 : real_.cancel(id);
  }

  // All that is held now, the newest first.
  void fire_held() {
    while (!held_.empty()) held_.extract(std::prev(held_.end())).mapped()();
  }

 private:
  static constexpr TimerId kFirstHeld = TimerId{1} << 32;

  Clock& real_;
  std::map<TimerId, std::move_only_function<void()>> held_;
  TimerId last_held_ = kFirstHeld;
};

class CurlTransportTest : public ::testing::Test {
 protected:
  void use(CurlOptions options) {
    transport_ = make_curl_transport(loop_.executor(), clock_, std::move(options));
  }

  Result<Answer> call(const Url& url, Request request,
                      SendOptions options = within(std::chrono::hours(1))) {
    return loop_.await(exchange(transport_.get(), url, std::move(request), options));
  }

  Result<Answer> call(const testing::RawServer& server, Request request,
                      SendOptions options = within(std::chrono::hours(1))) {
    return call(server.url(), std::move(request), options);
  }

  // Runs the loop until another thread has made `done()` true.
  template <class Done>
  void run_until(Done done) {
    loop_.run_until([&] {
      net::post(loop_.executor(), [] {});
      return done();
    });
  }

  testing::RealLoop loop_;
  HeldClock clock_{loop_.clock()};
  std::unique_ptr<CurlTransport> transport_ =
      make_curl_transport(loop_.executor(), clock_, {.proxy = ProxyPolicy::kNone});
};

}  // namespace dynamod::http
