// Listener, server and TLS over real sockets, with curl as the caller.
#include "http/tls.h"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/certificate.h"
#include "http/curl_test_support.h"
#include "http/listener.h"
#include "http/server.h"

namespace dynamod::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Says what it was sent, and by whom.
class Echo final : public Handler {
 public:
  Async<Response> handle(Request request) override {
    peer = request.peer;
    peer_certificates = request.peer_certificates_pem;
    host = request.headers.get("Host");
    CO_TRY(std::string body, co_await read_all(std::move(request.body), std::size_t{1} << 30));
    co_return text_response(200, request.method + " " + request.target + " " + body);
  }

  std::string peer;
  std::string host;
  std::vector<std::string> peer_certificates;
};

class TlsTest : public CurlTransportTest {
 protected:
  ~TlsTest() override {
    transport_.reset();
    loop_.await(server_.stop(0s));
  }

  Certificate issue(const Certificate& authority, const CertificateRequest& request) {
    auto made = issue_certificate(authority, request, loop_.clock().wall());
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  Certificate authority(const std::string& name) {
    auto made = make_authority(name, loop_.clock().wall(), 24h);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  // Where the server listens with this certificate.
  Url listen(ServerTlsOptions options) {
    auto tls = ServerTls::make(std::move(options));
    EXPECT_TRUE(tls) << tls.error().message;
    tls_ = *std::move(tls);
    Url url = listen(tls_);
    url.scheme = "https";
    return url;
  }

  Url listen(std::shared_ptr<ServerTls> tls) {
    auto listener = make_tcp_listener(loop_.executor(), "127.0.0.1", 0, std::move(tls));
    EXPECT_TRUE(listener) << listener.error().message;
    auto url = parse_url("http://" + (*listener)->address());
    server_.listen(*std::move(listener));
    return *std::move(url);
  }

  Certificate authority_ = authority("authority");
  Certificate leaf_ =
      issue(authority_, {.common_name = "server", .names = {"127.0.0.1", "webhook.test.svc"}});
  Echo echo_;
  Server server_{
      loop_.executor(), loop_.clock(), echo_, {.request = {.body_bytes_max = 100'000'000}}};
  std::shared_ptr<ServerTls> tls_;
};

void expect_tls_error(const Result<Answer>& answer) {
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Error::Kind::kUnavailable);
  EXPECT_THAT(answer.error().message, StartsWith("connect: TLS: "));
}

TEST_F(TlsTest, ServesPlainRequestsWithLargeBodies) {
  const Url url = listen(std::shared_ptr<ServerTls>());
  const std::string body(5'000'000, 'x');
  const auto answer = call(url, request_of("POST", "/a", body));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /a " + body);
  EXPECT_THAT(echo_.peer, StartsWith("127.0.0.1:"));
  EXPECT_THAT(echo_.peer_certificates, IsEmpty());
}

TEST_F(TlsTest, ServesCallersThatTrustItsAuthority) {
  const Url url = listen({.certificate_pem = leaf_.certificate_pem, .key_pem = leaf_.key_pem});
  use({.tls = {.authorities_pem = authority_.certificate_pem}, .proxy = ProxyPolicy::kNone});
  const std::string body(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto answer = call(url, request_of("POST", "/a", body));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "POST /a " + body);
  }
  EXPECT_EQ(server_.connections(), 1) << "one connection, one handshake";
}

TEST_F(TlsTest, IsRefusedByCallersThatDoNotTrustItOrKnowItByAnotherName) {
  const Url url = listen({.certificate_pem = leaf_.certificate_pem, .key_pem = leaf_.key_pem});
  expect_tls_error(call(url, request_of("POST", "/", "x")));
  use({.tls = {.authorities_pem = authority("other").certificate_pem},
       .proxy = ProxyPolicy::kNone});
  expect_tls_error(call(url, request_of("POST", "/", "x")));
  use({.tls = {.authorities_pem = authority_.certificate_pem, .server_name = "other.test.svc"},
       .proxy = ProxyPolicy::kNone});
  expect_tls_error(call(url, request_of("POST", "/", "x")));
}

TEST_F(TlsTest, IsVerifiedUnderTheNameTheCallerIsToldOrNotAtAll) {
  const Url url = listen({.certificate_pem = leaf_.certificate_pem, .key_pem = leaf_.key_pem});
  use({.tls = {.authorities_pem = authority_.certificate_pem, .server_name = "webhook.test.svc"},
       .proxy = ProxyPolicy::kNone});
  const auto named = call(url, request_of("GET", "/"));
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(echo_.host, join_host_port(url.host, url.port));
  use({.tls = {.check = PeerCheck::kSkip}, .proxy = ProxyPolicy::kNone});
  EXPECT_TRUE(call(url, request_of("GET", "/")));
}

TEST_F(TlsTest, TakesOnlyCallersWithACertificateOfItsClientAuthority) {
  const Certificate clients = authority("clients");
  const Certificate user = issue(clients, {.usage = CertificateUsage::kClient,
                                           .common_name = "alice",
                                           .organizations = {"system:masters"}});
  const Certificate stranger =
      issue(authority("other"), {.usage = CertificateUsage::kClient, .common_name = "mallory"});
  const Url url = listen({.certificate_pem = leaf_.certificate_pem,
                          .key_pem = leaf_.key_pem,
                          .client_check = ClientCheck::kRequire,
                          .client_authorities_pem = clients.certificate_pem});
  const auto call_as = [&](const std::string& certificate_pem, const std::string& key_pem) {
    use({.tls = {.authorities_pem = authority_.certificate_pem,
                 .certificate_pem = certificate_pem,
                 .key_pem = key_pem},
         .proxy = ProxyPolicy::kNone});
    return call(url, request_of("GET", "/"));
  };
  const auto answer = call_as(user.certificate_pem, user.key_pem);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_FALSE(echo_.peer_certificates.empty());
  EXPECT_EQ(echo_.peer_certificates[0], user.certificate_pem);
  EXPECT_FALSE(call_as(stranger.certificate_pem, stranger.key_pem));
  EXPECT_FALSE(call_as("", ""));
}

TEST_F(TlsTest, ShowsAReloadedCertificateToNewConnections) {
  const Url url = listen({.certificate_pem = leaf_.certificate_pem, .key_pem = leaf_.key_pem});
  const Certificate next_authority = authority("next");
  const Certificate next = issue(next_authority, {.common_name = "server", .names = {"127.0.0.1"}});
  EXPECT_FALSE(tls_->reload(next.certificate_pem, leaf_.key_pem)) << "not its key";
  use({.tls = {.authorities_pem = authority_.certificate_pem}, .proxy = ProxyPolicy::kNone});
  EXPECT_TRUE(call(url, request_of("GET", "/"))) << "a failed reload changes nothing";
  ASSERT_TRUE(tls_->reload(next.certificate_pem, next.key_pem));
  EXPECT_TRUE(call(url, request_of("GET", "/")))
      << "the connection that stands keeps its certificate";
  use({.tls = {.authorities_pem = next_authority.certificate_pem}, .proxy = ProxyPolicy::kNone});
  EXPECT_TRUE(call(url, request_of("GET", "/")));
}

TEST_F(TlsTest, IsNotDelayedByACallerThatNeverShakesHands) {
  const Url url = listen({.certificate_pem = leaf_.certificate_pem, .key_pem = leaf_.key_pem});
  net::ip::tcp::socket silent(loop_.io());
  silent.connect({net::ip::address_v4::loopback(), url.port});
  use({.tls = {.authorities_pem = authority_.certificate_pem}, .proxy = ProxyPolicy::kNone});
  EXPECT_TRUE(call(url, request_of("GET", "/")));
}

TEST(ServerTls, RefusesPemThatIsNotUsableWithoutShowingTheKey) {
  const auto made = ServerTls::make({.certificate_pem = "x", .key_pem = "secret"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, Error::Kind::kInvalid);
  EXPECT_THAT(made.error().message, Not(HasSubstr("secret")));
}

class ListenerTest : public ::testing::Test {
 protected:
  testing::RealLoop loop_;
};

TEST_F(ListenerTest, FindsAFreePortAndSaysWhich) {
  const auto one = make_tcp_listener(loop_.executor(), "127.0.0.1", 0);
  ASSERT_TRUE(one);
  EXPECT_THAT((*one)->address(), StartsWith("127.0.0.1:"));
  const auto taken = split_host_port((*one)->address());
  const auto two = make_tcp_listener(loop_.executor(), "127.0.0.1", taken->second);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().kind, Error::Kind::kUnavailable);
  EXPECT_THAT(two.error().message, HasSubstr((*one)->address()));
}

TEST_F(ListenerTest, ListensEverywhereWithoutAHost) {
  const auto listener = make_tcp_listener(loop_.executor(), "", 0);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_THAT((*listener)->address(),
              ::testing::AnyOf(StartsWith("[::]:"), StartsWith("0.0.0.0:")));
}

TEST_F(ListenerTest, RefusesAHostThatIsNoAddress) {
  const auto listener = make_tcp_listener(loop_.executor(), "example.com", 0);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().kind, Error::Kind::kInvalid);
}

TEST_F(ListenerTest, EndsAcceptWhenItIsClosed) {
  const auto listener = make_tcp_listener(loop_.executor(), "127.0.0.1", 0);
  ASSERT_TRUE(listener);
  net::post(loop_.executor(), [&] { (*listener)->close(); });
  const auto accepted = loop_.await((*listener)->accept());
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().kind, Error::Kind::kCancelled);
}

}  // namespace
}  // namespace dynamod::http
