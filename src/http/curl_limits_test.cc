// Limits of time, size and connections; cancelling; back-pressure; and what each failure is called.
#include <atomic>
#include <set>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/task_group.h"
#include "http/curl_test_support.h"

namespace dynamod::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::RawConnection;
using testing::RawServer;
using ::testing::StartsWith;

class CurlLimits : public CurlTransportTest {
 protected:
  ~CurlLimits() override { loop_.await(tasks_.stop()); }

  TaskGroup tasks_{loop_.executor()};
};

// A port that refuses: it was free a moment ago.
Url refusing() {
  const RawServer gone([](RawConnection&) {});
  return gone.url();
}

// A server whose queue of unaccepted connections is full, so that the kernel drops the next SYN.
class FullServer {
 public:
  FullServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    auto* const generic = reinterpret_cast<sockaddr*>(&address_);
    ::bind(listener_, generic, size);
    ::listen(listener_, 0);
    ::getsockname(listener_, generic, &size);
    for (int& fd : fillers_) {
      fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      ::connect(fd, generic, size);
    }
  }

  ~FullServer() {
    for (const int fd : fillers_) ::close(fd);
    ::close(listener_);
  }

  [[nodiscard]] Url url() const {
    return {.scheme = "http", .host = "127.0.0.1", .port = ntohs(address_.sin_port), .target = "/"};
  }

 private:
  int listener_ = -1;
  sockaddr_in address_{};
  std::array<int, 4> fillers_{};
};

Async<> take_head(Transport* transport, Url url, SendOptions options, std::unique_ptr<Body>* body) {
  Request request;
  CO_TRY(Response response, co_await transport->send(std::move(url), std::move(request), options));
  *body = std::move(response.body);
  co_return Result<>{};
}

void expect_error(const Result<Answer>& answer, Error::Kind kind, const std::string& text) {
  ASSERT_FALSE(answer);
  EXPECT_EQ(to_string(answer.error().kind), to_string(kind)) << answer.error().message;
  EXPECT_THAT(answer.error().message, HasSubstr(text));
}

TEST_F(CurlLimits, NamesARefusedConnection) {
  expect_error(call(refusing(), request_of("GET", "/")), Error::Kind::kUnavailable,
               "connect: connection refused");
}

TEST_F(CurlLimits, NamesANameThatDoesNotResolve) {
  const Url url{.scheme = "http", .host = "no-such-name.invalid", .port = 80, .target = "/"};
  expect_error(call(url, request_of("GET", "/")), Error::Kind::kUnavailable,
               "connect: the name no-such-name.invalid does not resolve");
}

TEST_F(CurlLimits, GivesUpConnectingAtItsLimit) {
  const FullServer server;
  const SendOptions options{.deadline = 1h, .connect_limit = 20ms};
  expect_error(call(server.url(), request_of("POST", "/", "x"), options), Error::Kind::kTimeout,
               "connect: no connection within 20 ms");
}

Async<> call_into(Transport* transport, Url url, SendOptions options,
                  std::optional<Result<Answer>>* result) {
  Request request{.method = "POST", .body = text_body("{}")};
  *result = co_await exchange(transport, std::move(url), std::move(request), options);
  co_return Result<>{};
}

// A call whose limits of an hour pass once `reached()` is true.
class LimitPasses : public CurlLimits {
 protected:
  template <class Reached>
  Result<Answer> when(Reached reached, const Url& url, SendOptions options) {
    std::optional<Result<Answer>> result;
    TaskGroup calls(loop_.executor());
    calls.spawn("call", call_into(transport_.get(), url, options, &result));
    run_until(reached);
    clock_.fire_held();
    loop_.await(calls.wait_idle());
    return *std::move(result);
  }
};

TEST_F(LimitPasses, WhileTheNameOrConnectionIsAwaited) {
  const FullServer server;
  const SendOptions options{.deadline = 1h, .connect_limit = 1h};
  int steps = 0;
  expect_error(when([&] { return ++steps == 20; }, server.url(), options), Error::Kind::kTimeout,
               "connect: no connection within 3600000 ms");
}

TEST_F(LimitPasses, WhileTheAnswerIsAwaited) {
  std::atomic<bool> arrived = false;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    arrived = true;
    connection.read_to_end();
  });
  for (const SendOptions& options : {SendOptions{.deadline = 1h}, SendOptions{.head_limit = 1h}}) {
    arrived = false;
    expect_error(when([&] { return arrived.load(); }, server.url(), options), Error::Kind::kTimeout,
                 "no answer within 3600000 ms");
  }
}

TEST_F(LimitPasses, WhileTheBodyIsAwaited) {
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.read_to_end();
  });
  std::unique_ptr<Body> body;
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), within(1h), &body)));
  ASSERT_TRUE(loop_.await(body->next()));
  clock_.fire_held();
  const auto end = loop_.await(body->next());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, Error::Kind::kTimeout);
  EXPECT_EQ(end.error().message, "the answer was not complete within 3600000 ms");
}

TEST_F(LimitPasses, OfTheHeadWithoutEndingAStream) {
  std::atomic<bool> go = false;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    while (!go) std::this_thread::yield();
    connection.write("late");
  });
  std::unique_ptr<Body> body;
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), {.head_limit = 1h}, &body)));
  clock_.fire_held();
  go = true;
  const auto late = loop_.await(read_all(std::move(body), 100));
  ASSERT_TRUE(late);
  EXPECT_EQ(*late, "late");
}

TEST_F(LimitPasses, WhileOtherCallsHoldAllConnections) {
  use({.proxy = ProxyPolicy::kNone, .max_connections = 1});
  std::atomic<bool> arrived = false;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    arrived = true;
    connection.read_to_end();
  });
  std::optional<Result<Answer>> first;
  tasks_.spawn("first", call_into(transport_.get(), server.url(), within(1h), &first));
  int steps = 0;
  const auto second = when([&] { return arrived && ++steps == 20; }, server.url(), within(2h));
  expect_error(second, Error::Kind::kTimeout, "connect: no free connection within 7200000 ms");
  ASSERT_TRUE(first);
  expect_error(*first, Error::Kind::kTimeout, "no answer within 3600000 ms");
}

TEST_F(CurlLimits, CallsABrokenExchangeOneThatMayHaveArrived) {
  struct Case {
    std::string bytes;
    std::string text;
  };

  const std::vector<Case> cases = {
      {"", "the connection closed before an answer came"},
      {"garbage that is not HTTP\r\n\r\n", "the answer is not HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Le", "the connection"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "the answer was cut off"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "the answer was cut off"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", "the connection broke"},
  };
  for (const auto& one : cases) {
    RawServer server([&](RawConnection& connection) {
      connection.read_head();
      connection.write(one.bytes);
      connection.finish();
    });
    SCOPED_TRACE(one.bytes);
    expect_error(call(server, request_of("POST", "/", "{}")), Error::Kind::kMayHaveArrived,
                 one.text);
  }
}

TEST_F(CurlLimits, TakesNoMoreThanTheAnswerMayHold) {
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" +
                     std::string(1'000'000, 'x'));
    connection.read_to_end();
  });
  const SendOptions options{.deadline = 1h, .response_bytes_max = 300'000};
  expect_error(call(server, request_of("GET", "/"), options), Error::Kind::kTooLarge,
               "larger than the 300000 bytes allowed");
  RawServer endless([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n");
    while (connection.write("X-Header: " + std::string(1000, 'x') + "\r\n")) continue;
  });
  const auto answer = call(endless, request_of("GET", "/"));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().kind,
              ::testing::AnyOf(Error::Kind::kTooLarge, Error::Kind::kMayHaveArrived));
}

TEST_F(CurlLimits, RefusesWhatCannotStandInARequest) {
  Request header = request_of("GET", "/");
  header.headers = {{"X", "a\r\nY: b"}};
  expect_error(call(refusing(), std::move(header)), Error::Kind::kInvalid,
               "header X holds control characters");
  Request name = request_of("GET", "/");
  name.headers = {{"X Y", "a"}};
  expect_error(call(refusing(), std::move(name)), Error::Kind::kInvalid, "header's name");
  expect_error(call(refusing(), request_of("G T", "/")), Error::Kind::kInvalid, "method");
  for (const char* target : {"", "x", "/a b", "/a#b", "/a\r\nb"}) {
    expect_error(call(refusing(), request_of("GET", target)), Error::Kind::kInvalid, "target");
  }
}

Async<> read_slowly(Transport* transport, Url url, std::size_t* bytes, std::size_t* largest) {
  Request request;
  CO_TRY(Response response,
         co_await transport->send(std::move(url), std::move(request), SendOptions{}));
  for (;;) {
    CO_TRY(const std::optional<std::string> piece, co_await response.body->next());
    if (!piece) break;
    *bytes += piece->size();
    *largest = std::max(*largest, piece->size());
  }
  co_return Result<>{};
}

TEST_F(CurlLimits, HoldsBackAServerThatSendsFasterThanItIsRead) {
  constexpr std::size_t kSize = 50'000'000;
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(100'000, 'x');
    for (std::size_t sent = 0; sent < kSize; sent += piece.size()) connection.write(piece);
  });
  std::size_t bytes = 0;
  std::size_t largest = 0;
  const auto read = loop_.await(read_slowly(transport_.get(), server.url(), &bytes, &largest));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(bytes, kSize);
  EXPECT_LE(largest, kResponseBufferBytesMax);
}

TEST_F(CurlLimits, ReadsNoFurtherWhileNobodyTakesTheBody) {
  std::atomic<std::size_t> sent = 0;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    const std::string piece(100'000, 'x');
    while (connection.write(piece)) sent += piece.size();
  });
  std::unique_ptr<Body> body;
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), {}, &body)));
  // The kernel's buffers take some megabytes; then nothing moves, however long the loop runs.
  std::size_t before = 1;
  while (before != sent) {
    before = sent;
    loop_.io().run_for(50ms);
  }
  EXPECT_LT(sent, 40'000'000);
}

TEST_F(CurlLimits, AbortsATransferWhoseBodyIsDestroyed) {
  std::atomic<bool> ended = false;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\nx");
    connection.read_to_end();
    ended = true;
  });
  std::unique_ptr<Body> body;
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), {}, &body)));
  EXPECT_FALSE(ended);
  body.reset();
  while (server.open() > 0) std::this_thread::yield();  // the loop need not run for it
  EXPECT_TRUE(ended);
}

TEST_F(CurlLimits, AbortsATransferWhoseCallerIsCancelled) {
  std::atomic<int> began = 0;
  RawServer server([&](RawConnection& connection) {
    connection.read_head();
    ++began;
    connection.read_to_end();
  });
  std::unique_ptr<Body> body;
  TaskGroup calls(loop_.executor());
  calls.spawn("call", take_head(transport_.get(), server.url(), {}, &body));
  run_until([&] { return began == 1; });
  loop_.await(calls.stop());
  while (server.open() > 0) std::this_thread::yield();
  EXPECT_EQ(body, nullptr);
}

Async<> count_call(Transport* transport, Url url, int* done) {
  Request request;
  const SendOptions options = within(std::chrono::hours(1));
  CO_CHECK(co_await exchange(transport, std::move(url), std::move(request), options));
  ++*done;
  co_return Result<>{};
}

TEST_F(CurlLimits, OpensAtMost32ConnectionsToOneServerBesideWatches) {
  std::atomic<bool> go = false;
  std::atomic<int> waiting = 0;
  std::atomic<int> most = 0;
  RawServer server([&](RawConnection& connection) {
    for (;;) {
      if (connection.read_head().empty()) return;
      const int now = ++waiting;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
      while (!go) std::this_thread::yield();
      --waiting;
      if (!connection.write(kOk)) return;
    }
  });
  int done = 0;
  for (int i = 0; i < 100; ++i)
    tasks_.spawn("call", count_call(transport_.get(), server.url(), &done));
  run_until([&] { return waiting == 32; });
  // A watch of the same server comes through while all 32 are taken; it is the 33rd to be held.
  std::unique_ptr<Body> watch;
  tasks_.spawn("watch", take_head(transport_.get(), server.url(), {}, &watch));
  run_until([&] { return waiting == 33; });
  go = true;
  loop_.run_until([&] { return done == 100 && watch; });
  watch.reset();
  EXPECT_EQ(most, 33);
  EXPECT_LE(server.connections(), 33);
}

TEST_F(CurlLimits, KeepsAsManyIdleConnectionsAsItIsTold) {
  std::vector<std::unique_ptr<RawServer>> servers;
  for (int i = 0; i < 10; ++i) servers.push_back(std::make_unique<RawServer>(answer_all));
  const auto call_all = [&] {
    for (const auto& server : servers) ASSERT_TRUE(call(*server, request_of("GET", "/")));
  };
  const auto connections = [&] {
    int count = 0;
    for (const auto& server : servers) count += server->connections();
    return count;
  };
  call_all();
  call_all();
  EXPECT_EQ(connections(), 10) << "all are kept";
  transport_->set_idle_connections(3);
  call_all();
  call_all();
  EXPECT_GT(connections(), 20) << "the oldest are closed";
  transport_->set_idle_connections(20);
  call_all();
  const int before = connections();
  call_all();
  EXPECT_EQ(connections(), before);
}

}  // namespace
}  // namespace dynamod::http
