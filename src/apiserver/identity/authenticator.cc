// Certificates, then bearer tokens, then nobody: in the order Kubernetes asks them.
#include "apiserver/identity/authenticator.h"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/identity/bound_objects.h"
#include "apiserver/identity/certificate_user.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

constexpr auto kInvalidToken = "invalid bearer token";

void add_authenticated(User& user) {
  const bool has = user.in_group(kAuthenticatedGroup) || user.in_group(kUnauthenticatedGroup);
  if (!has && user.name != kAnonymousUser) user.groups.emplace_back(kAuthenticatedGroup);
}

// "Bearer x" with one blank; nothing for another scheme or an empty token.
std::string bearer_token(const http::Headers& headers) {
  const std::string header = headers.get("Authorization");
  std::string_view value = header;
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  const auto space = value.find(' ');
  if (space == std::string_view::npos) return {};
  if (!boost::algorithm::iequals(value.substr(0, space), "bearer")) return {};
  const std::string_view rest = value.substr(space + 1);
  return std::string(rest.substr(0, rest.find(' ')));
}

std::vector<std::string> in_both(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b) {
  std::vector<std::string> both;
  for (const std::string& item : a)
    if (std::ranges::find(b, item) != b.end()) both.push_back(item);
  return both;
}

std::string list_text(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(kube::go_quote(item));
  return fmt::format("[{}]", fmt::join(quoted, " "));
}

}  // namespace

Authenticator::Authenticator(const Clock& clock, const Store& store,
                             const ServiceAccountTokens& accounts, AuthenticatorOptions options)
    : clock_(clock), store_(store), accounts_(accounts), options_(std::move(options)) {}

Result<User> Authenticator::authenticate(const http::Request& request) const {
  if (!request.peer_certificates_pem.empty()) {
    TRY(std::optional<User> user, certificate_user(request.peer_certificates_pem.front()));
    if (user) {
      add_authenticated(*user);
      return *std::move(user);
    }
  }
  const std::string token = bearer_token(request.headers);
  if (!token.empty()) {
    auto reviewed = review(token, {});
    if (!reviewed) return std::unexpected(std::move(reviewed).error());
    return std::move(reviewed->user);
  }
  if (options_.anonymous) return anonymous_user();
  return fail(Error::Kind::kUnauthorized, "no credentials were given");
}

Result<TokenReview> Authenticator::review(std::string_view token,
                                          std::vector<std::string> audiences) const {
  if (audiences.empty()) audiences = options_.audiences;
  if (const User* known = options_.tokens.find(token)) {
    TokenReview review{*known, in_both(audiences, options_.audiences)};
    if (review.audiences.empty()) return fail(Error::Kind::kUnauthorized, kInvalidToken);
    add_authenticated(review.user);
    return review;
  }
  if (!accounts_.claims_issuer(token)) return fail(Error::Kind::kUnauthorized, kInvalidToken);
  auto review = review_account(token, audiences);
  if (review) return review;
  return fail(Error::Kind::kUnauthorized,
              fmt::format("[{}, {}]", kInvalidToken, review.error().message));
}

Result<TokenReview> Authenticator::review_account(std::string_view token,
                                                  const std::vector<std::string>& audiences) const {
  const WallTime now = clock_.wall();
  TRY(const TokenClaims claims, accounts_.verify(token, now));
  TokenReview review{user_of(claims), in_both(claims.audiences, audiences)};
  if (review.audiences.empty()) {
    return fail(Error::Kind::kUnauthorized,
                fmt::format("token audiences {} is invalid for the target audiences {}",
                            list_text(claims.audiences), list_text(audiences)));
  }
  CHECK_OK(check_bound_objects(claims, store_, now));
  add_authenticated(review.user);
  return review;
}

}  // namespace dynamod::apiserver
