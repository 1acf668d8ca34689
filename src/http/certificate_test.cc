// Certificates: what they say, who signed them, and when they are renewed.
#include "http/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::http {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallTime kNow(std::chrono::seconds(1'767'322'800));

Certificate authority(const std::string& name = "test authority") {
  auto made = make_authority(name, kNow, hours(24 * 3650));
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

TEST(Certificate, AuthorityIsOneAndSignsItself) {
  const Certificate made = authority();
  EXPECT_TRUE(made.is_authority);
  EXPECT_EQ(made.common_name, "test authority");
  EXPECT_TRUE(is_issued_by(made, made));
  EXPECT_THAT(made.certificate_pem, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(made.key_pem, HasSubstr("BEGIN PRIVATE KEY"));
}

TEST(Certificate, OfAServerHasItsNamesAndAddresses) {
  const Certificate signer = authority();
  const CertificateRequest request{
      .common_name = "webhook",
      .names = {"a.svc", "a.svc.cluster.local", "127.0.0.1", "fd00::1"},
      .lifetime = hours(30)};
  const auto made = issue_certificate(signer, request, kNow);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->is_authority);
  EXPECT_EQ(made->common_name, "webhook");
  EXPECT_THAT(made->names, ElementsAre("a.svc", "a.svc.cluster.local", "127.0.0.1", "fd00::1"));
  EXPECT_TRUE(is_issued_by(*made, signer));
  EXPECT_FALSE(is_issued_by(*made, authority("another")));
}

TEST(Certificate, IsRenewedAfterTwoThirdsOfItsLife) {
  const auto made =
      issue_certificate(authority(), {.common_name = "x", .lifetime = hours(30)}, kNow);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->not_before, kNow - kClockSkewMax);
  EXPECT_EQ(made->not_after, kNow + hours(30));
  EXPECT_EQ(made->renew_at(), made->not_before + (hours(30) + kClockSkewMax) / 3 * 2);
}

TEST(Certificate, ComesBackFromItsPem) {
  const auto made = issue_certificate(authority(), {.common_name = "x", .names = {"a"}}, kNow);
  ASSERT_TRUE(made);
  const auto again = parse_certificate(made->certificate_pem, made->key_pem);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->common_name, made->common_name);
  EXPECT_EQ(again->names, made->names);
  EXPECT_EQ(again->not_after, made->not_after);
}

TEST(Certificate, RefusesPemThatIsNoneAndAForeignKeyWithoutShowingIt) {
  const Certificate one = authority();
  const Certificate other = authority();
  for (const auto& [certificate, key] :
       {std::pair{std::string("x"), one.key_pem}, std::pair{one.certificate_pem, std::string("")},
        std::pair{one.certificate_pem, other.key_pem}}) {
    const auto parsed = parse_certificate(certificate, key);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, Error::Kind::kInvalid);
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("PRIVATE")));
  }
}

TEST(Certificate, RefusesNamesThatCannotStandInOne) {
  const Certificate signer = authority();
  for (const char* name : {"", "a b", "DNS:x,IP:1.2.3.4", "a\n"}) {
    const CertificateRequest request{.common_name = "x", .names = {name}};
    EXPECT_FALSE(issue_certificate(signer, request, kNow)) << name;
  }
  EXPECT_FALSE(issue_certificate(signer, {.common_name = std::string(65, 'x')}, kNow));
}

}  // namespace
}  // namespace dynamod::http
