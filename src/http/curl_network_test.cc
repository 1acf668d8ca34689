// What lies between us and the peer: proxies, name servers, and what the peer is and is not sent.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/task_group.h"
#include "http/curl_test_support.h"

namespace dynamod::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawConnection;
using testing::RawServer;
using testing::RealLoop;
using ::testing::StartsWith;

class CurlNetwork : public CurlTransportTest {
 protected:
  // A server that keeps the last head.
  void take(RawConnection& connection) {
    for (;;) {
      std::string head = connection.read_head();
      if (head.empty()) return;
      connection.read(content_length(head));
      {
        const std::lock_guard lock(mutex_);
        head_ = std::move(head);
      }
      if (!connection.write(kOk)) return;
    }
  }

  std::string head() {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  std::mutex mutex_;
  std::string head_;
  RawServer server_{[this](RawConnection& connection) { take(connection); }};
};

TEST_F(CurlNetwork, LeavesThePathAsItIs) {
  for (const char* target : {"/a/../b/./c", "/v1/loras/a%2Fb%20c", "/..", "/%C3%A4?x=/../y",
                             "//double//slash", "/a/..%2f"}) {
    ASSERT_TRUE(call(server_, request_of("GET", target)));
    EXPECT_THAT(head(), StartsWith(std::string("GET ") + target + " HTTP/1.1\r\n"));
  }
}

TEST_F(CurlNetwork, ExpectsNo100ContinueForALargeBody) {
  ASSERT_TRUE(call(server_, request_of("POST", "/", std::string(3'000'000, 'x'))));
  EXPECT_THAT(head(), Not(HasSubstr("Expect")));
}

TEST_F(CurlNetwork, FollowsNoRedirect) {
  RawServer redirecting([&](RawConnection& connection) {
    connection.read_head();
    connection.write(fmt::format("HTTP/1.1 307 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
                                 server_.url().text()));
  });
  const auto answer = call(redirecting, request_of("POST", "/", "{}"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 307);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(CurlNetwork, PassesInterimAnswersOver) {
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: "
        "2\r\n\r\nok");
  });
  const auto answer = call(server, request_of("GET", "/"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.find("Link"), std::nullopt);
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(CurlNetwork, DecodesNothing) {
  RawServer server([](RawConnection& connection) {
    connection.read_head();
    connection.write(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08");
  });
  const auto answer = call(server, request_of("GET", "/"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "\x1f\x8b\x08");
}

class ProxyTest : public CurlNetwork {
 protected:
  ProxyTest() { ::setenv("http_proxy", proxy_.url().origin().c_str(), 1); }

  ~ProxyTest() override { ::unsetenv("http_proxy"); }

  RawServer proxy_{answer_all};
};

TEST_F(ProxyTest, OfTheEnvironmentIsNeverUsedForWorkerCalls) {
  use({.proxy = ProxyPolicy::kNone});
  ASSERT_TRUE(call(server_, request_of("GET", "/")));
  EXPECT_EQ(proxy_.connections(), 0);
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(ProxyTest, OfTheEnvironmentIsUsedWhenThatIsThePolicy) {
  use({.proxy = ProxyPolicy::kEnvironment});
  ASSERT_TRUE(call(server_, request_of("GET", "/")));
  EXPECT_EQ(proxy_.connections(), 1);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(ProxyTest, ThatIsFixedWinsOverTheEnvironment) {
  RawServer fixed(answer_all);
  use({.proxy = ProxyPolicy::kFixed, .proxy_url = fixed.url().origin()});
  ASSERT_TRUE(call(server_, request_of("GET", "/")));
  EXPECT_EQ(fixed.connections(), 1);
  EXPECT_EQ(proxy_.connections(), 0);
}

// A network of this thread's own (and of the threads it starts) with a name server on 127.0.0.1
// that never answers.
class BlackHole {
 public:
  // Why it cannot be had, or "".
  std::string enter() {
    if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return "needs the right to make namespaces";
    const std::string file = ::testing::TempDir() + fmt::format("/resolv.conf.{}", ::getpid());
    std::ofstream(file) << "nameserver 127.0.0.1\noptions timeout:3 attempts:2\n";
    const bool mounted = ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount(file.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0;
    std::filesystem::remove(file);
    if (!mounted) return "cannot mount over /etc/resolv.conf";
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(53);
    const bool listening =
        ::ioctl(socket_, SIOCSIFFLAGS, &loopback) == 0 &&
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    return listening ? "" : "cannot listen on port 53";
  }

  ~BlackHole() { ::close(socket_); }

  // How many questions have come.
  int questions() {
    char datagram[512];
    while (::recv(socket_, datagram, sizeof(datagram), 0) > 0) ++questions_;
    return questions_;
  }

 private:
  int socket_ = -1;
  int questions_ = 0;
};

Async<> call_slow_name(Transport* transport, bool* ended) {
  const Url url{.scheme = "http", .host = "slow.test", .port = 80, .target = "/"};
  Request request;
  const SendOptions options{.deadline = std::chrono::hours(1),
                            .connect_limit = std::chrono::hours(1)};
  const Result<Answer> answer = co_await exchange(transport, url, std::move(request), options);
  *ended = true;
  CO_CHECK(answer);
  co_return Result<>{};
}

// Called in a thread that has the black hole.
void expect_that_a_stalled_resolver_delays_nobody(BlackHole& hole) {
  RealLoop loop;
  auto transport =
      make_curl_transport(loop.executor(), loop.clock(), {.proxy = ProxyPolicy::kNone});
  RawServer server(answer_all);
  bool ended = false;
  TaskGroup slow(loop.executor());
  slow.spawn("slow", call_slow_name(transport.get(), &ended));
  loop.run_until([&] {
    net::post(loop.executor(), [] {});
    return hole.questions() > 0;
  });
  const SendOptions options = within(std::chrono::hours(1));
  for (int i = 0; i < 10; ++i) {
    const auto answer =
        loop.await(exchange(transport.get(), server.url(), request_of("POST", "/", "{}"), options));
    EXPECT_TRUE(answer);
  }
  EXPECT_FALSE(ended);
  // Had the abort or the end of the transport waited for the resolver, it would have asked again
  // meanwhile.
  loop.await(slow.stop());
  transport.reset();
  EXPECT_LE(hole.questions(), 2) << "the A and the AAAA question of the first attempt";
}

TEST(CurlResolver, ThatIsStalledDelaysNobody) {
  std::string missing;
  std::thread apart([&] {
    BlackHole hole;
    missing = hole.enter();
    if (missing.empty()) expect_that_a_stalled_resolver_delays_nobody(hole);
  });
  apart.join();
  if (!missing.empty()) GTEST_SKIP() << missing;
}

}  // namespace
}  // namespace dynamod::http
