// ServiceAccount tokens: JSON Web Tokens (ES256) with the claims that Kubernetes puts in them. Says
// what a token claims; whether the objects it is bound to still live is bound_objects.h's question.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/identity/user.h"
#include "base/clock.h"
#include "base/files.h"
#include "http/openssl.h"

namespace dynamod::apiserver {

struct ObjectReference {
  std::string name = {};
  std::string uid = {};

  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};

// What a token says. A token may be bound to one pod, secret or node; one of a pod names its node.
struct TokenClaims {
  std::string ns = {};
  ObjectReference account = {};
  std::optional<ObjectReference> pod = {};
  std::optional<ObjectReference> secret = {};
  std::optional<ObjectReference> node = {};
  std::vector<std::string> audiences = {};
  WallTime issued_at = {};
  WallTime expires_at = {};
  std::string id = {};  // jti; set when the token is issued

  friend bool operator==(const TokenClaims&, const TokenClaims&) = default;
};

// The user that such a token makes, with its groups and what the token is bound to as extra.
[[nodiscard]] User user_of(const TokenClaims& claims);

// Peers' clocks may differ by this much.
inline constexpr Duration kTokenLeeway = std::chrono::minutes(1);
inline constexpr std::size_t kTokenSizeMax = 16'384;  // a header line is not longer either

class ServiceAccountTokens {
 public:
  // `key_pem` is a PKCS #8 key on P-256. Error kInvalid for anything else.
  [[nodiscard]] static Result<ServiceAccountTokens> from_key(const std::string& key_pem,
                                                             std::string issuer);
  // With the key in the file `path`, which is made (mode 0600) when it is not there.
  [[nodiscard]] static Result<ServiceAccountTokens> open(Files& files, const std::string& path,
                                                         std::string issuer);

  // Times are cut to seconds. Gives the claims a new id.
  [[nodiscard]] std::string issue(TokenClaims& claims) const;

  // The claims of a token that we signed and that is valid at `now`. kUnauthorized with the reason
  // else.
  [[nodiscard]] Result<TokenClaims> verify(std::string_view token, WallTime now) const;

  // Whether `token` calls itself one of ours: then nobody else needs to be asked about it.
  [[nodiscard]] bool claims_issuer(std::string_view token) const;

  [[nodiscard]] const std::string& issuer() const { return issuer_; }

  // For /openid/v1/jwks: the public key.
  [[nodiscard]] json::object key_set() const;

 private:
  ServiceAccountTokens(http::KeyPtr key, std::string issuer);

  http::KeyPtr key_;
  std::string issuer_;
  std::string key_id_;  // base64url of the SHA-256 of the public key
};

// A new P-256 key as PEM.
[[nodiscard]] std::string make_signing_key();
// 128 random bits as a version 4 UUID.
[[nodiscard]] std::string make_token_id();

}  // namespace dynamod::apiserver
