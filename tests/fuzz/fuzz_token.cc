// Tokens and what they come in: any text as a token file, a bearer token, the payload of a token
// that we signed, and a client certificate. Nothing crashes; what is not ours is never believed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "apiserver/identity/certificate_user.h"
#include "apiserver/identity/service_account_token.h"
#include "apiserver/identity/token_table.h"
#include "base/utf8.h"

namespace {

using namespace dynamod;
using namespace dynamod::apiserver;

constexpr WallTime kNow = WallTime(std::chrono::seconds(1'767'322'800));

const ServiceAccountTokens& tokens() {
  static const auto kTokens = ServiceAccountTokens::from_key(make_signing_key(), "issuer");
  return *kTokens;
}

// Claims with odd texts come back as they were.
void round_trip(std::string_view text) {
  TokenClaims claims{.ns = std::string(text),
                     .account = {std::string(text), std::string(text)},
                     .pod = ObjectReference{std::string(text), "uid"},
                     .audiences = {std::string(text)},
                     .issued_at = kNow,
                     .expires_at = kNow + std::chrono::hours(1)};
  const std::string token = tokens().issue(claims);
  const auto verified = tokens().verify(token, kNow);
  if (token.size() <= kTokenSizeMax) DYN_ASSERT(verified && *verified == claims);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto file = parse_token_file(text, "f")) {
    DYN_ASSERT(file->tokens.find("") == nullptr);
    DYN_ASSERT(file->tokens.size() <= size);
  }
  DYN_ASSERT(!tokens().verify(text, kNow));
  (void)tokens().claims_issuer(text);
  (void)certificate_user(text);
  if (find_invalid_utf8(text) == std::string_view::npos) round_trip(text);
  return 0;
}
