// Who a request comes from: its client certificate, its bearer token, or nobody in particular.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/identity/service_account_token.h"
#include "apiserver/identity/token_table.h"
#include "apiserver/store/store.h"
#include "http/message.h"

namespace dynamod::apiserver {

// The audience of the API server itself, beside its issuer.
inline constexpr std::string_view kDefaultAudience = "https://kubernetes.default.svc.cluster.local";

struct AuthenticatorOptions {
  TokenTable tokens = {};
  bool anonymous = true;  // a request without credentials is system:anonymous, else refused
  std::vector<std::string> audiences = {std::string(kDefaultAudience)};
};

// Of TokenReview: who a token is, and for which of the asked audiences.
struct TokenReview {
  User user = {};
  std::vector<std::string> audiences = {};
};

class Authenticator {
 public:
  // `clock`, `store` and `accounts` outlive it; the store is asked whether the ServiceAccount, Pod,
  // Secret or Node of a token still exists under the same uid.
  Authenticator(const Clock& clock, const Store& store, const ServiceAccountTokens& accounts,
                AuthenticatorOptions options);

  // The user, with system:authenticated. Error kUnauthorized for a credential that is wrong: a
  // wrong token is never anonymous. Its message is for the log; callers are told `Unauthorized`
  // alone.
  [[nodiscard]] Result<User> authenticate(const http::Request& request) const;

  // One bearer token; `audiences` empty means the server's own. kUnauthorized with
  // what a TokenReview says: `[invalid bearer token, service account token has expired]`.
  [[nodiscard]] Result<TokenReview> review(std::string_view token,
                                           std::vector<std::string> audiences) const;

  [[nodiscard]] const std::vector<std::string>& audiences() const { return options_.audiences; }

 private:
  [[nodiscard]] Result<TokenReview> review_account(std::string_view token,
                                                   const std::vector<std::string>& audiences) const;

  const Clock& clock_;
  const Store& store_;
  const ServiceAccountTokens& accounts_;
  AuthenticatorOptions options_;
};

}  // namespace dynamod::apiserver
