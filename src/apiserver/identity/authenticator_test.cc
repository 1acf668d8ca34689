// Who a request comes from, held against what kube-apiserver said.
#include "apiserver/identity/authenticator.h"

#include <map>

#include <boost/algorithm/string/replace.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apiserver/identity/certificate_user.h"
#include "apiserver/identity/forged_token.h"
#include "apiserver/identity/identity_fixture.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "http/certificate.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr auto kIssuer = "https://kubernetes.default.svc.cluster.local";

AuthenticatorOptions options_with_admin(bool anonymous = true) {
  AuthenticatorOptions options{.anonymous = anonymous};
  options.tokens.add("admin-token", {.name = "admin", .uid = "1", .groups = {"system:masters"}});
  return options;
}

class AuthenticatorTest : public IdentityTest {
 protected:
  // A token of account a/s.
  std::string issue(const std::function<void(TokenClaims&)>& change = {}) {
    TokenClaims claims{.ns = "a",
                       .account = {"s", "UID-1"},
                       .audiences = {kIssuer},
                       .issued_at = loop.wall(),
                       .expires_at = loop.wall() + hours(1)};
    if (change) change(claims);
    std::string token = accounts.issue(claims);
    ids[claims.id] = "JTI";
    return token;
  }

  // As a TokenReview shows it.
  std::string status_of(const Result<TokenReview>& review) {
    if (!review)
      return encode_json(json::object{{"user", json::object()}, {"error", review.error().message}});
    json::array audiences;
    for (const std::string& audience : review->audiences) audiences.emplace_back(audience);
    std::string text = encode_json(json::object{{"authenticated", true},
                                                {"user", user_info_json(review->user)},
                                                {"audiences", std::move(audiences)}});
    for (const auto& [id, name] : ids) boost::algorithm::replace_all(text, id, name);
    return text;
  }

  std::string review_of(std::string_view token) {
    const auto review = authenticator.review(token, {});
    return review ? review->user.name : review.error().message;
  }

  const std::string key = make_signing_key();
  const ServiceAccountTokens accounts = *ServiceAccountTokens::from_key(key, kIssuer);
  const Authenticator authenticator{loop, *store, accounts, options_with_admin()};
  std::map<std::string, std::string> ids;
};

http::Request request_with(std::string_view header) {
  http::Request request;
  request.headers.add("Authorization", std::string(header));
  return request;
}

TEST_F(AuthenticatorTest, ReadsTheHeaderAsKubernetesDoes) {
  const json::value recorded = read_recorded("headers");
  for (const json::value& row : recorded.get_array()) {
    SCOPED_TRACE(encode_json(row));
    std::string header = string_at(row, "header");
    boost::algorithm::replace_all(header, "TOKEN", "admin-token");
    const http::Request request =
        row.at("header").is_null() ? http::Request() : request_with(header);
    const auto user = authenticator.authenticate(request);
    const std::int64_t code = row.at("code").get_int64();
    ASSERT_EQ(user.has_value(), code != 401);
    if (user) {
      EXPECT_EQ(user->name, code == 200 ? "admin" : "system:anonymous");
    } else {
      EXPECT_EQ(user.error().kind, Error::Kind::kUnauthorized);
    }
  }
}

TEST_F(AuthenticatorTest, GroupsSayWhetherSomebodyIsKnown) {
  EXPECT_EQ(authenticator.authenticate(request_with("Bearer admin-token"))->groups,
            (std::vector<std::string>{"system:masters", "system:authenticated"}));
  EXPECT_EQ(authenticator.authenticate({})->groups,
            std::vector<std::string>{"system:unauthenticated"});
}

TEST_F(AuthenticatorTest, AnonymousCanBeRefused) {
  const Authenticator strict{loop, *store, accounts, options_with_admin(false)};
  EXPECT_EQ(strict.authenticate({}).error().kind, Error::Kind::kUnauthorized);
  EXPECT_TRUE(strict.authenticate(request_with("Bearer admin-token")));
}

// The cases of the recording, in its order: some change what the store holds.
TEST_F(AuthenticatorTest, ReviewsTokensAsKubernetesDoes) {
  put("serviceaccounts", {"a", "s"}, "UID-1");
  put("pods", {"a", "p"}, "POD-1");
  put("secrets", {"a", "x"}, "SECRET-1");
  const std::string plain = issue();
  const std::string for_pod = issue([](TokenClaims& claims) { claims.pod = {"p", "POD-1"}; });
  const std::string for_secret =
      issue([](TokenClaims& claims) { claims.secret = {"x", "SECRET-1"}; });
  const std::string elsewhere = issue([](TokenClaims& claims) { claims.audiences = {"vault"}; });
  const auto dot = plain.rfind('.');
  const std::string body = plain.substr(plain.find('.'), dot - plain.find('.'));
  const std::string signature = plain.substr(dot);

  struct Case {
    std::string token;
    std::vector<std::string> audiences = {};
    std::function<void()> before = {};
  };

  const auto header = [](std::string_view text) { return encode_base64url(text); };
  const std::map<std::string, Case> cases = {
      {"plain", {plain}},
      {"plain, right audience", {plain, {kIssuer, "x"}}},
      {"plain, wrong audience", {plain, {"vault", "x"}}},
      {"of another audience", {elsewhere}},
      {"of another audience, asked for", {elsewhere, {"vault"}}},
      {"pod", {for_pod}},
      {"secret", {for_secret}},
      {"known by heart", {"admin-token"}},
      {"known by heart, wrong audience", {"admin-token", {"vault"}}},
      {"garbage", {"garbage"}},
      {"three parts of garbage", {"a.b.c"}},
      {"algorithm none", {header(R"({"alg":"none"})") + body + "."}},
      {"algorithm HS256", {header(R"({"alg":"HS256"})") + body + signature}},
      {"no signature", {plain.substr(0, dot + 1)}},
      {"another payload",
       {header(R"({"alg":"ES256"})") + "." +
        header(fmt::format(R"({{"iss":"{}","exp":9999999999}})", kIssuer)) + signature}},
      {"another issuer",
       {header(R"({"alg":"ES256"})") + "." + header(R"({"iss":"https://elsewhere"})") + signature}},
      {"pod gone", {for_pod, {}, [this] { remove("pods", {"a", "p"}); }}},
      {"secret gone", {for_secret, {}, [this] { remove("secrets", {"a", "x"}); }}},
      {"pod with another uid", {for_pod, {}, [this] { put("pods", {"a", "p"}, "POD-2"); }}},
      {"secret with another uid",
       {for_secret, {}, [this] { put("secrets", {"a", "x"}, "SECRET-2"); }}},
      {"account gone", {plain, {}, [this] { remove("serviceaccounts", {"a", "s"}); }}},
      {"account with another uid",
       {plain, {}, [this] { put("serviceaccounts", {"a", "s"}, "UID-2"); }}},
  };
  const json::value recorded = read_recorded("tokens");
  EXPECT_EQ(recorded.get_array().size(), cases.size());
  for (const json::value& row : recorded.get_array()) {
    const std::string name = string_at(row, "case");
    SCOPED_TRACE(name);
    ASSERT_TRUE(cases.contains(name));
    const Case& test = cases.at(name);
    if (test.before) test.before();
    std::string expected = encode_json(row.at("status"));
    boost::algorithm::replace_all(expected, "go-jose/go-jose: error in cryptographic primitive",
                                  "invalid signature");
    EXPECT_EQ(*decode_json(status_of(authenticator.review(test.token, test.audiences))),
              *decode_json(expected));
  }
}

TEST_F(AuthenticatorTest, ATokenEndsAMinuteAfterItsAccountBeganToGo) {
  const std::string token = issue();
  const auto deleted = [this](Duration ago) {
    put("serviceaccounts", {"a", "s"}, "UID-1",
        fmt::format(R"({{"metadata":{{"deletionTimestamp":"{}"}}}})",
                    format_time(loop.wall() - ago)));
  };
  deleted(seconds(59));
  EXPECT_EQ(review_of(token), "system:serviceaccount:a:s");
  deleted(seconds(62));
  EXPECT_EQ(review_of(token), "[invalid bearer token, service account a/s has been deleted]");
}

TEST_F(AuthenticatorTest, ATokenOfANodeEndsWithTheNode) {
  put("serviceaccounts", {"a", "s"}, "UID-1");
  const std::string token = issue([](TokenClaims& claims) { claims.node = {"n", "NODE-1"}; });
  EXPECT_THAT(review_of(token), HasSubstr("has been invalidated"));
  put("nodes", {"", "n"}, "NODE-1");
  EXPECT_EQ(review_of(token), "system:serviceaccount:a:s");
  put("nodes", {"", "n"}, "NODE-2");
  EXPECT_THAT(review_of(token), HasSubstr("node UID (NODE-2) does not match service account node "
                                          "ref claim (NODE-1)"));
}

TEST_F(AuthenticatorTest, ATokenOfAPodOutlivesTheNodeItNames) {
  put("serviceaccounts", {"a", "s"}, "UID-1");
  put("pods", {"a", "p"}, "POD-1");
  EXPECT_EQ(review_of(issue([](TokenClaims& claims) {
              claims.pod = {"p", "POD-1"};
              claims.node = {"gone", "NODE-1"};
            })),
            "system:serviceaccount:a:s");
}

class CertificateTest : public AuthenticatorTest {
 protected:
  http::Request request_of(std::string common_name, std::vector<std::string> organizations) {
    const http::CertificateRequest wanted{.usage = http::CertificateUsage::kClient,
                                          .common_name = std::move(common_name),
                                          .organizations = std::move(organizations)};
    certificate = *http::issue_certificate(authority, wanted, loop.wall());
    http::Request request;
    request.peer_certificates_pem = {certificate.certificate_pem, authority.certificate_pem};
    return request;
  }

  http::Certificate authority = *http::make_authority("test", loop.wall(), hours(24));
  http::Certificate certificate;
};

TEST_F(CertificateTest, NamesTheUserAndHisGroups) {
  const auto user = authenticator.authenticate(request_of("bob", {"team", "system:masters"}));
  ASSERT_TRUE(user) << user.error().message;
  EXPECT_EQ(user->name, "bob");
  EXPECT_EQ(user->groups,
            (std::vector<std::string>{"team", "system:masters", "system:authenticated"}));
  std::string base64 = certificate.certificate_pem;
  base64.erase(0, base64.find('\n'));
  base64.erase(base64.find("-----END"));
  std::erase(base64, '\n');
  const auto& ids_of_user = user->extra.at("authentication.kubernetes.io/credential-id");
  EXPECT_EQ(ids_of_user.front(), "X509SHA256=" + sha256_hex(*decode_base64(base64)));
}

TEST_F(CertificateTest, ComesBeforeAToken) {
  http::Request request = request_of("bob", {});
  request.headers.add("Authorization", "Bearer admin-token");
  EXPECT_EQ(authenticator.authenticate(request)->name, "bob");
}

TEST_F(CertificateTest, ThatDoesNotParseIsRefused) {
  http::Request request;
  request.peer_certificates_pem = {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"};
  EXPECT_EQ(authenticator.authenticate(request).error().kind, Error::Kind::kUnauthorized);
}

}  // namespace
}  // namespace dynamod::apiserver
