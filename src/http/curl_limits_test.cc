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
using testing::RawConnection;
using testing::RawServer;
using ::testing::HasSubstr;
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

void expect_error(const Result<Answer>& answer, Error::Kind kind, const std::string& text) {
  ASSERT_FALSE(answer);
  EXPECT_EQ(to_string(answer.error().kind), to_string(kind)) << answer.error().message;
  EXPECT_THAT(answer.error().message, HasSubstr(text));
}

TEST_F(CurlLimits, NamesARefusedConnection) {
  expect_error(call(refusing(), request_of("GET", "/")), Error::Kind::kUnavailable, "connect: connection refused");
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

TEST_F(CurlLimits, GivesUpAtTheDeadlineWhereverTheExchangeStands) {
  RawServer silent([](RawConnection& connection) { connection.read_to_end(); });
  expect_error(call(silent, request_of("POST", "/", "x"), within(20ms)), Error::Kind::kTimeout,
               "no answer within 20 ms");
  RawServer half([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.read_to_end();
  });
  expect_error(call(half, request_of("GET", "/"), within(200ms)), Error::Kind::kTimeout,
               "the answer was not complete within 200 ms");
  const FullServer full;
  const SendOptions connecting{.deadline = 20ms, .connect_limit = 1h};
  expect_error(call(full.url(), request_of("GET", "/"), connecting), Error::Kind::kTimeout,
               "connect: no connection within 20 ms");
}

TEST_F(CurlLimits, HoldsTheLimitOfTheHeadButLetsAStreamRun) {
  RawServer silent([](RawConnection& connection) { connection.read_to_end(); });
  expect_error(call(silent, request_of("GET", "/"), {.head_limit = 20ms}), Error::Kind::kTimeout,
               "no answer within 20 ms");
  RawServer stream([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    ::usleep(100'000);  // longer than the limit of the head
    connection.write("late");
  });
  const auto answer = call(stream, request_of("GET", "/"), {.head_limit = 50ms});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "late");
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
    expect_error(call(server, request_of("POST", "/", "{}")), Error::Kind::kMayHaveArrived, one.text);
  }
}

TEST_F(CurlLimits, TakesNoMoreThanTheAnswerMayHold) {
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
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
  EXPECT_THAT(answer.error().kind, ::testing::AnyOf(Error::Kind::kTooLarge, Error::Kind::kMayHaveArrived));
}

TEST_F(CurlLimits, RefusesWhatCannotStandInARequest) {
  Request header = request_of("GET", "/");
  header.headers = {{"X", "a\r\nY: b"}};
  expect_error(call(refusing(), std::move(header)), Error::Kind::kInvalid, "header X holds control characters");
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
  CO_TRY(Response response, co_await transport->send(std::move(url), std::move(request), SendOptions{}));
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

Async<> take_head(Transport* transport, Url url, std::unique_ptr<Body>* body) {
  Request request;
  CO_TRY(Response response, co_await transport->send(std::move(url), std::move(request), SendOptions{}));
  *body = std::move(response.body);
  co_return Result<>{};
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
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), &body)));
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
  ASSERT_TRUE(loop_.await(take_head(transport_.get(), server.url(), &body)));
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
  calls.spawn("call", take_head(transport_.get(), server.url(), &body));
  loop_.run_until([&] {
    loop_.io().poll();
    net::post(loop_.executor(), [] {});
    return began == 1;
  });
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
  RawServer events([](RawConnection& connection) {
    connection.read_head();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    connection.read_to_end();
  });
  int done = 0;
  for (int i = 0; i < 100; ++i) tasks_.spawn("call", count_call(transport_.get(), server.url(), &done));
  loop_.run_until([&] {
    net::post(loop_.executor(), [] {});
    return waiting == 32;
  });
  // A watch of the same server comes through while all 32 are taken; it is the 33rd to be held.
  std::unique_ptr<Body> watch;
  tasks_.spawn("watch", take_head(transport_.get(), server.url(), &watch));
  loop_.run_until([&] {
    net::post(loop_.executor(), [] {});
    return waiting == 33;
  });
  go = true;
  loop_.run_until([&] { return done == 100 && watch; });
  watch.reset();
  EXPECT_EQ(most, 33);
  EXPECT_LE(server.connections(), 33);
}

TEST_F(CurlLimits, LetsACallWaitForAConnectionOnlyToItsDeadline) {
  use({.proxy = ProxyPolicy::kNone, .max_connections = 1});
  RawServer server([](RawConnection& connection) { connection.read_to_end(); });
  int done = 0;
  tasks_.spawn("first", count_call(transport_.get(), server.url(), &done));
  expect_error(call(server, request_of("GET", "/"), within(30ms)), Error::Kind::kTimeout,
               "connect: no free connection within 30 ms");
  loop_.await(tasks_.stop());
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
