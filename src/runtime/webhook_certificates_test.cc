// Certificates that make, install and renew themselves, for several replicas at once.
#include "runtime/webhook_certificates.h"

#include "base/hash.h"
#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Replica {
  Replica(testing::SimLoop& loop, testing::SimNet& net, Log& log, const std::string& name)
      : peer(loop, net, name),
        certificates({loop.executor(), loop, loop.rng(), log, metrics, peer.client},
                     {.secret = {"ns", "webhook-ca"},
                      .names = {"hook.ns.svc", "hook.ns.svc.cluster.local"},
                      .configuration = "hooks",
                      .authority_lifetime = 30h,
                      .leaf_lifetime = 3h,
                      .check_interval = 5min},
                     [this](const http::Certificate& leaf) {
                       leaves.push_back(leaf);
                       return Result<>{};
                     }) {}

  Peer peer;
  Metrics metrics;
  std::vector<http::Certificate> leaves;
  WebhookCertificates certificates;
};

class WebhookCertificatesTest : public RuntimeTest {
 protected:
  WebhookCertificatesTest() { install_configuration(); }

  void TearDown() override {
    loop.await(a.certificates.stop());
    loop.await(b.certificates.stop());
  }

  void install_configuration() {
    api.put({{"apiVersion", "admissionregistration.k8s.io/v1"},
             {"kind", "ValidatingWebhookConfiguration"},
             {"metadata", {{"name", "hooks"}}},
             {"webhooks",
              {{{"name", "one.kb.io"},
                {"failurePolicy", "Ignore"},
                {"clientConfig", {{"service", {{"name", "hook"}}}}}},
               {{"name", "two.kb.io"}, {"clientConfig", {{"service", {{"name", "hook"}}}}}}}}});
  }

  [[nodiscard]] std::string bundle(int webhook = 0) const {
    const json::value configuration = *api.find("validatingwebhookconfigurations", "", "hooks");
    return *decode_base64(string_at(
        configuration, "webhooks[" + std::to_string(webhook) + "].clientConfig.caBundle"));
  }

  [[nodiscard]] std::string secret(const std::string& key) const {
    const json::value document = *api.find("secrets", "ns", "webhook-ca");
    const json::value* data = document.get_object().at("data").get_object().if_contains(key);
    return data == nullptr ? "" : *decode_base64(data->get_string());
  }

  [[nodiscard]] http::Certificate authority() const {
    return *http::parse_certificate(secret("ca.crt"), secret("ca.key"));
  }

  Replica a{loop, net, log, "a"};
  Replica b{loop, net, log, "b"};
};

TEST_F(WebhookCertificatesTest, MakesAnAuthorityALeafAndInstallsTheBundle) {
  EXPECT_FALSE(a.certificates.check());
  a.certificates.start();
  loop.run_for(5s);
  EXPECT_TRUE(a.certificates.check());
  ASSERT_EQ(a.leaves.size(), 1u);
  EXPECT_TRUE(http::is_issued_by(a.leaves[0], authority()));
  EXPECT_THAT(a.leaves[0].names,
              ::testing::ElementsAre("hook.ns.svc", "hook.ns.svc.cluster.local"));
  EXPECT_EQ(bundle(0), secret("ca.crt"));
  EXPECT_EQ(bundle(1), secret("ca.crt"));
  const json::value configuration = *api.find("validatingwebhookconfigurations", "", "hooks");
  EXPECT_EQ(string_at(configuration, "webhooks[0].failurePolicy"), "Ignore")
      << "only caBundle is ours";
}

TEST_F(WebhookCertificatesTest, ReplicasShareOneAuthorityAndDoNotFight) {
  a.certificates.start();
  b.certificates.start();
  loop.run_for(5s);
  ASSERT_EQ(a.leaves.size(), 1u);
  ASSERT_EQ(b.leaves.size(), 1u);
  EXPECT_TRUE(http::is_issued_by(a.leaves[0], authority()));
  EXPECT_TRUE(http::is_issued_by(b.leaves[0], authority()));
  api.reset_counts();
  loop.run_for(10min);
  EXPECT_EQ(api.count("apply validatingwebhookconfigurations"), 0u);
  EXPECT_EQ(api.count("patch secrets"), 0u);
}

TEST_F(WebhookCertificatesTest, RenewsTheLeafBeforeItExpires) {
  a.certificates.start();
  loop.run_for(130min);
  ASSERT_EQ(a.leaves.size(), 2u);
  EXPECT_LT(loop.wall(), a.leaves[0].not_after);
  EXPECT_EQ(bundle(), secret("ca.crt"));
}

TEST_F(WebhookCertificatesTest, ReplacesTheAuthorityOnceAndTrustsTheOldOneMeanwhile) {
  a.certificates.start();
  b.certificates.start();
  loop.run_for(5s);
  const std::string old_authority = secret("ca.crt");
  loop.run_for(20h + 10min);
  EXPECT_NE(secret("ca.crt"), old_authority);
  EXPECT_EQ(secret("previous-ca.crt"), old_authority);
  EXPECT_EQ(bundle(), secret("ca.crt") + old_authority);
  EXPECT_EQ(lines_with("Replaced the webhook's authority"), 1u);
  EXPECT_TRUE(http::is_issued_by(a.leaves.back(), authority()));
  EXPECT_TRUE(http::is_issued_by(b.leaves.back(), authority()));
  loop.run_for(11h);
  EXPECT_EQ(bundle(), secret("ca.crt")) << "an authority that expired is trusted no more";
}

TEST_F(WebhookCertificatesTest, AGarbledSecretIsReplaced) {
  api.put({{"apiVersion", "v1"},
           {"kind", "Secret"},
           {"metadata", {{"namespace", "ns"}, {"name", "webhook-ca"}}},
           {"data", {{"ca.crt", "bm8="}, {"ca.key", "bm8="}}}});
  a.certificates.start();
  loop.run_for(10s);
  EXPECT_TRUE(a.certificates.check());
  EXPECT_EQ(bundle(), secret("ca.crt"));
}

TEST_F(WebhookCertificatesTest, PutsTheBundleBackWhenSomebodyRemovesIt) {
  a.certificates.start();
  loop.run_for(5s);
  api.remove("validatingwebhookconfigurations", "", "hooks");
  install_configuration();
  loop.run_for(10min);
  EXPECT_EQ(bundle(), secret("ca.crt"));
}

TEST_F(WebhookCertificatesTest, ServesBeforeTheConfigurationIsInstalledButSaysSo) {
  api.remove("validatingwebhookconfigurations", "", "hooks");
  a.certificates.start();
  loop.run_for(1min);
  EXPECT_EQ(a.leaves.size(), 1u);
  ASSERT_FALSE(a.certificates.check());
  EXPECT_THAT(a.certificates.check().error().message, HasSubstr("hooks"));
  EXPECT_EQ(lines_with("could not be kept"), 1u);
  install_configuration();
  loop.run_for(10s);
  EXPECT_TRUE(a.certificates.check());
}

TEST_F(WebhookCertificatesTest, SurvivesALostAnswerAndAnOutage) {
  a.peer.set_fault(Fault::kResetAfter);
  a.certificates.start();
  loop.run_for(1min);
  a.peer.set_fault(Fault::kRefuse);
  loop.run_for(1min);
  a.peer.set_fault(Fault::kNone);
  loop.run_for(10s);
  EXPECT_TRUE(a.certificates.check());
  EXPECT_TRUE(http::is_issued_by(a.leaves.back(), authority()));
}

}  // namespace
}  // namespace dynamod::runtime
