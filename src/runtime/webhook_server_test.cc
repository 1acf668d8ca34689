// The whole way over real sockets: certificate made, installed, served, and trusted through the
// caBundle alone.
#include "runtime/webhook_server.h"

#include "base/hash.h"
#include "base/url.h"
#include "http/curl_transport.h"
#include "runtime/runtime_fixture.h"
#include "testing/real_loop.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;

class WebhookServerTest : public ::testing::Test {
 protected:
  WebhookServerTest() {
    api.serve_builtin_types();
    net.listen(kApiAddress, api);
    api.put({{"apiVersion", "admissionregistration.k8s.io/v1"},
             {"kind", "ValidatingWebhookConfiguration"},
             {"metadata", {{"name", "hooks"}}},
             {"webhooks",
              {{{"name", "one.kb.io"}, {"clientConfig", {{"service", {{"name", "hook"}}}}}}}}});
    handler.add("/validate", "Widget",
                [](const kube::AdmissionRequest&) { return kube::AdmissionResponse{}; });
  }

  Result<std::unique_ptr<http::Listener>> listen(std::shared_ptr<http::ServerTls> tls) {
    auto listener = http::make_tcp_listener(loop.executor(), "127.0.0.1", 0, std::move(tls));
    if (listener) address = (*listener)->address();
    return listener;
  }

  // As the API server calls: by the Service's name, trusting the caBundle.
  Result<http::Response> call(const std::string& server_name, const std::string& authorities) {
    http::CurlOptions options;
    options.tls.authorities_pem = authorities;
    options.tls.server_name = server_name;
    options.proxy = http::ProxyPolicy::kNone;
    const auto transport = http::make_curl_transport(loop.executor(), loop.clock(), options);
    http::Request request;
    request.method = "POST";
    request.target = "/validate";
    request.body = http::text_body("{}");
    auto response =
        loop.await(transport->send(*parse_url("https://" + address), std::move(request), {}));
    if (!response) return response;
    std::string body = *loop.await(http::read_all(std::move(response->body), 4096));
    return http::text_response(response->status, std::move(body));
  }

  testing::RealLoop loop;
  Log log{loop.clock(), LogLevel::kError, [](std::string_view) {}};
  Metrics metrics;
  Rng rng{1};
  testing::ScriptedApi api{loop.executor(), loop.clock()};
  testing::SimNet net{loop.clock()};
  client::KubeClient client{net, loop.clock(), scripted_access()};
  WebhookHandler handler{loop.clock(), log, metrics};
  std::string address;
  WebhookServer server{{loop.executor(), loop.clock(), rng, log, metrics, client},
                       handler,
                       {.certificates = {.secret = {"ns", "webhook-ca"},
                                         .names = {"hook.ns.svc"},
                                         .configuration = "hooks"},
                        .listen = [this](auto tls) { return listen(std::move(tls)); }}};
};

TEST_F(WebhookServerTest, IsTrustedThroughTheBundleAlone) {
  server.start();
  loop.run_until([&] { return server.check().has_value(); });
  const json::value configuration = *api.find("validatingwebhookconfigurations", "", "hooks");
  const std::string bundle =
      *decode_base64(string_at(configuration, "webhooks[0].clientConfig.caBundle"));
  const auto answer = call("hook.ns.svc", bundle);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 400) << "{} is no review, but it arrived";
  EXPECT_FALSE(call("other.ns.svc", bundle)) << "only under its own name";
  EXPECT_FALSE(call("hook.ns.svc", "")) << "nobody else trusts it";
  loop.await(server.stop(1s));
}

}  // namespace
}  // namespace dynamod::runtime
