// Tokens that we issue and take, and those that we must not take.
#include "apiserver/identity/service_account_token.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "apiserver/identity/forged_token.h"
#include "base/hash.h"
#include "testing/sim_loop.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr auto kIssuer = "https://issuer.example";
constexpr WallTime kNow = testing::kSimStart;
const std::string kKey = make_signing_key();
const ServiceAccountTokens kTokens = *ServiceAccountTokens::from_key(kKey, kIssuer);

TokenClaims claims_of_robot() {
  return {.ns = "a",
          .account = {"robot", "uid-robot"},
          .audiences = {"api", "vault"},
          .issued_at = kNow,
          .expires_at = kNow + hours(1)};
}

std::string part_of(const std::string& token, std::size_t number) {
  std::size_t start = 0;
  for (; number > 0; --number) start = token.find('.', start) + 1;
  return token.substr(start, token.find('.', start) - start);
}

TEST(ServiceAccountToken, ComesBackWithAllItsClaims) {
  const ObjectReference object{"p", "uid-p"};
  for (int binding = 0; binding < 4; ++binding) {
    TokenClaims claims = claims_of_robot();
    if (binding == 1) claims.pod = object;
    if (binding == 1) claims.node = ObjectReference{"n", "uid-n"};
    if (binding == 2) claims.secret = object;
    if (binding == 3) claims.node = object;
    const std::string token = kTokens.issue(claims);
    const auto verified = kTokens.verify(token, kNow);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(*verified, claims);
    EXPECT_TRUE(kTokens.claims_issuer(token));
  }
}

TEST(ServiceAccountToken, SaysWhatThoseOfKubernetesSay) {
  TokenClaims claims = claims_of_robot();
  claims.pod = ObjectReference{"p", "uid-p"};
  claims.issued_at += std::chrono::milliseconds(999);
  const std::string token = kTokens.issue(claims);
  EXPECT_THAT(claims.id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
  EXPECT_EQ(*decode_base64url(part_of(token, 1)),
            R"({"aud":["api","vault"],"exp":1767326400,"iat":1767322800,)"
            R"("iss":"https://issuer.example","jti":")" +
                claims.id +
                R"(","kubernetes.io":{"namespace":"a","pod":{"name":"p","uid":"uid-p"},)"
                R"("serviceaccount":{"name":"robot","uid":"uid-robot"}},"nbf":1767322800,)"
                R"("sub":"system:serviceaccount:a:robot"})");
}

TEST(ServiceAccountToken, IsForSomeTime) {
  TokenClaims claims = claims_of_robot();
  const std::string token = kTokens.issue(claims);

  const struct {
    WallTime now;
    std::string_view error;  // "" is good
  } rows[] = {
      {kNow, ""},
      {kNow + hours(1), ""},
      {kNow + hours(1) + minutes(1), ""},
      {kNow + hours(1) + minutes(1) + seconds(1), "service account token has expired"},
      {kNow + hours(1'000'000), "service account token has expired"},
      {kNow - minutes(1), ""},
      {kNow - minutes(1) - seconds(1), "service account token is not valid yet"},
  };

  for (const auto& row : rows) {
    const auto verified = kTokens.verify(token, row.now);
    EXPECT_EQ(verified ? "" : verified.error().message, row.error);
  }
}

constexpr std::string_view kHeader = R"({"alg":"ES256"})";

// A payload that is good but for `change` of its text.
std::string payload(std::string_view from = "", std::string_view to = "") {
  std::string text =
      R"({"aud":["api"],"exp":1767326400,"iat":1767322800,"iss":"https://issuer.example",)"
      R"("kubernetes.io":{"namespace":"a","serviceaccount":{"name":"robot","uid":"u"}}})";
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

std::string reason(std::string_view token) {
  const auto verified = kTokens.verify(token, kNow);
  EXPECT_TRUE(verified || verified.error().kind == Error::Kind::kUnauthorized);
  return verified ? "good" : verified.error().message;
}

TEST(ServiceAccountToken, TheAlgorithmIsOursToChoose) {
  const http::KeyPtr key = read_key(kKey);
  ASSERT_EQ(reason(forged_token(key, kHeader, payload())), "good") << "the forge works";
  for (const std::string_view algorithm :
       {"none", "None", "HS256", "RS256", "ES384", "es256", ""}) {
    const std::string header = fmt::format(R"({{"alg":"{}"}})", algorithm);
    const std::string text = signed_text(header, payload());
    EXPECT_EQ(reason(text + "."), "invalid signature") << algorithm;
    EXPECT_EQ(reason(forged_token(key, header, payload())), "invalid signature") << algorithm;
    // The public key is no secret: it must not be taken for one.
    const std::string mac = hmac_signature(public_key_pem(key.get()), text);
    EXPECT_EQ(reason(text + "." + encode_base64url(mac)), "invalid signature") << algorithm;
  }
}

TEST(ServiceAccountToken, OtherKeysAndSignaturesAreRefused) {
  const http::KeyPtr key = read_key(kKey);
  const http::KeyPtr other = read_key(make_signing_key());
  const std::string text = signed_text(kHeader, payload());
  const std::string good = es256_signature(key.get(), text);
  const auto with = [&text](std::string_view signature) {
    return reason(text + "." + encode_base64url(signature));
  };
  EXPECT_EQ(with(good), "good");
  EXPECT_EQ(reason(forged_token(other, kHeader, payload())), "invalid signature");
  EXPECT_EQ(with(""), "invalid signature");
  EXPECT_EQ(with(good.substr(0, 63)), "invalid signature");
  EXPECT_EQ(with(good + '\0'), "invalid signature");
  EXPECT_EQ(with(raw_signature(key.get(), text)), "invalid signature") << "DER is no JWS";
  EXPECT_EQ(with(std::string(64, '\0')), "invalid signature") << "r and s are nought";
  EXPECT_EQ(with(std::string(64, '\xff')), "invalid signature");
  EXPECT_EQ(with(good.substr(32) + good.substr(0, 32)), "invalid signature");
  const std::string changed = signed_text(kHeader, payload("robot", "admin"));
  EXPECT_EQ(reason(changed + "." + encode_base64url(good)), "invalid signature");
  const std::string renamed = signed_text(R"({"alg":"ES256","kid":"x"})", payload());
  EXPECT_EQ(reason(renamed + "." + encode_base64url(good)), "invalid signature");
}

TEST(ServiceAccountToken, WhatIsNoTokenIsRefused) {
  const http::KeyPtr key = read_key(kKey);
  const std::string token = forged_token(key, kHeader, payload());

  const struct {
    std::string token;
    std::string_view error;
  } rows[] = {
      {"", "the token is no JSON Web Token"},
      {"..", "invalid signature"},
      {"a.b", "the token is no JSON Web Token"},
      {token + ".", "the token is no JSON Web Token"},
      {"." + token, "the token is no JSON Web Token"},
      {token + "=", "invalid signature"},
      {token + " ", "invalid signature"},
      {std::string(kTokenSizeMax, 'a') + ".b.c", "the token is no JSON Web Token"},
      {forged_token(key, "no JSON", payload()), "invalid signature"},
      {forged_token(key, "[]", payload()), "invalid signature"},
      {forged_token(key, R"({"alg":1})", payload()), "invalid signature"},
      {forged_token(key, kHeader, "no JSON"), "the token's claims are not JSON"},
      {forged_token(key, kHeader, "[]"), "the token's claims are not JSON"},
      {forged_token(key, kHeader, "{}"), "issuer is invalid"},
      {forged_token(key, kHeader, payload("issuer.example", "elsewhere")), "issuer is invalid"},
      {forged_token(key, kHeader, payload("\"exp\"", "\"exq\"")), "lacks claims"},
      {forged_token(key, kHeader, payload("\"iat\"", "\"iau\"")), "lacks claims"},
      {forged_token(key, kHeader, payload("1767326400", "\"1767326400\"")), "lacks claims"},
      {forged_token(key, kHeader, payload("1767326400", "-1")), "lacks claims"},
      {forged_token(key, kHeader, payload("1767326400", "9e99")), "lacks claims"},
      {forged_token(key, kHeader, payload("1767326400", "9223372036854775807")), "lacks claims"},
      {forged_token(key, kHeader, payload("1767322800", "1767326401")), "in the future"},
      {forged_token(key, kHeader, payload("kubernetes.io", "kubernetes.org")), "lacks claims"},
      {forged_token(key, kHeader, payload("serviceaccount", "account")), "lacks claims"},
  };

  for (const auto& row : rows) EXPECT_THAT(reason(row.token), HasSubstr(row.error)) << row.token;
}

TEST(ServiceAccountToken, AudiencesMayBeOneText) {
  const auto verified = kTokens.verify(
      forged_token(read_key(kKey), kHeader, payload(R"(["api"])", R"("api")")), kNow);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->audiences, std::vector<std::string>{"api"});
}

TEST(ServiceAccountToken, MakesTheUserOfItsClaims) {
  TokenClaims claims = claims_of_robot();
  claims.pod = ObjectReference{"p", "uid-p"};
  claims.node = ObjectReference{"n", "uid-n"};
  claims.id = "i";
  EXPECT_EQ(encode_json(user_info_json(user_of(claims))),
            R"({"username":"system:serviceaccount:a:robot","uid":"uid-robot",)"
            R"("groups":["system:serviceaccounts","system:serviceaccounts:a"],)"
            R"("extra":{"authentication.kubernetes.io/credential-id":["JTI=i"],)"
            R"("authentication.kubernetes.io/node-name":["n"],)"
            R"("authentication.kubernetes.io/node-uid":["uid-n"],)"
            R"("authentication.kubernetes.io/pod-name":["p"],)"
            R"("authentication.kubernetes.io/pod-uid":["uid-p"]}})");
}

TEST(SigningKey, IsPublishedUnderTheNameThatTokensBear) {
  TokenClaims claims = claims_of_robot();
  const auto header = decode_json(*decode_base64url(part_of(kTokens.issue(claims), 0)));
  const json::object published = kTokens.key_set();
  const json::value& key = published.at("keys").at(0);
  EXPECT_EQ(string_at(*header, "kid"), string_at(key, "kid"));
  EXPECT_EQ(string_at(*header, "alg"), "ES256");
  EXPECT_EQ(string_at(key, "crv"), "P-256");

  // x and y are the end of the public key in DER: an uncompressed point.
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(read_key(kKey).get(), &der);
  const std::string point(reinterpret_cast<char*>(der) + size - 64, 64);
  OPENSSL_free(der);
  EXPECT_EQ(*decode_base64url(string_at(key, "x")) + *decode_base64url(string_at(key, "y")), point);
}

TEST(SigningKey, MustBeOnP256) {
  const auto refusal = [](const std::string& pem) {
    const auto tokens = ServiceAccountTokens::from_key(pem, kIssuer);
    return tokens ? std::string("taken") : tokens.error().message;
  };
  const auto pem_of = [](EVP_PKEY* owned) {
    const http::KeyPtr key(owned);
    const http::BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
  };
  EXPECT_EQ(refusal(kKey), "taken");
  EXPECT_THAT(refusal(""), HasSubstr("the service account key is not PEM"));
  EXPECT_THAT(refusal(kKey.substr(0, kKey.size() / 2)), HasSubstr("is not PEM"));
  EXPECT_THAT(refusal(pem_of(EVP_EC_gen("P-384"))), HasSubstr("is not on the curve P-256"));
  EXPECT_THAT(refusal(pem_of(EVP_RSA_gen(2'048))), HasSubstr("is not on the curve P-256"));
}

TEST(SigningKey, IsMadeOnceForItsOwnerAlone) {
  std::string folder = (std::filesystem::temp_directory_path() / "signing_key.XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/sa.key";
  const auto files = make_real_files();
  const auto first = ServiceAccountTokens::open(*files, path, kIssuer);
  const auto second = ServiceAccountTokens::open(*files, path, kIssuer);
  ASSERT_TRUE(first && second);
  TokenClaims claims = claims_of_robot();
  EXPECT_TRUE(second->verify(first->issue(claims), kNow));
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  ASSERT_TRUE(files->write(path, "garbage"));
  const auto broken = ServiceAccountTokens::open(*files, path, kIssuer);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr(path));
  std::filesystem::remove_all(folder);
}

TEST(Base64Url, IsStrict) {
  for (const std::string_view bytes : {"", "\x01", "\xff\xfe", "abc", "\xfb\xff\xbf"})
    EXPECT_EQ(*decode_base64url(encode_base64url(bytes)), bytes);
  EXPECT_EQ(encode_base64url("\xfb\xff\xbf"), "-_-_");
  for (const std::string_view bad : {"a", "ab=", "ab==", "a+b/", "a b", "ab\n", "abcde"})
    EXPECT_FALSE(decode_base64url(bad)) << bad;
}

}  // namespace
}  // namespace dynamod::apiserver
