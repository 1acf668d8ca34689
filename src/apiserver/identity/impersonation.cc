// Each part of the identity asked for is a right of its own: `impersonate` on users, groups,
// serviceaccounts, uids and userextras/<key>.
#include "apiserver/identity/impersonation.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "base/url.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kUserHeader = "Impersonate-User";
constexpr std::string_view kGroupHeader = "Impersonate-Group";
constexpr std::string_view kUidHeader = "Impersonate-Uid";
constexpr std::string_view kExtraPrefix = "Impersonate-Extra-";
constexpr std::string_view kAuthenticationGroup = "authentication.k8s.io";

struct Wanted {
  std::string user = {};
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::vector<std::pair<std::string, std::string>> extra = {};

  [[nodiscard]] bool empty() const {
    return user.empty() && uid.empty() && groups.empty() && extra.empty();
  }
};

std::string extra_key(std::string_view header) {
  std::string key(header.substr(kExtraPrefix.size()));
  std::ranges::transform(key, key.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto decoded = percent_decode(key);
  return decoded ? *decoded : key;
}

Wanted wanted_of(const http::Headers& headers) {
  using boost::algorithm::iequals;
  Wanted wanted{.user = headers.get(kUserHeader), .uid = headers.get(kUidHeader)};
  for (const auto& [name, value] : headers.fields()) {
    if (iequals(name, kGroupHeader)) wanted.groups.push_back(value);
    if (boost::algorithm::istarts_with(name, kExtraPrefix))
      wanted.extra.emplace_back(extra_key(name), value);
  }
  return wanted;
}

// The groups that Kubernetes adds by itself.
void complete_groups(User& user) {
  const bool authenticated = user.in_group(kAuthenticatedGroup);
  const bool unauthenticated = user.in_group(kUnauthenticatedGroup);
  if (user.name == kAnonymousUser) {
    if (!unauthenticated) user.groups.emplace_back(kUnauthenticatedGroup);
  } else if (!authenticated && !unauthenticated) {
    user.groups.emplace_back(kAuthenticatedGroup);
  }
}

class Impersonation {
 public:
  Impersonation(Authorizer& authorizer, const User& user) : authorizer_(authorizer), user_(user) {}

  Result<User> acting_as(const Wanted& wanted) {
    User acting{.name = wanted.user, .uid = wanted.uid, .groups = wanted.groups};
    CHECK_OK(check_user(wanted, acting));
    for (const std::string& group : wanted.groups)
      CHECK_OK(check({.resource = "groups", .name = group}));
    for (const auto& [key, value] : wanted.extra) {
      CHECK_OK(check({.group = std::string(kAuthenticationGroup),
                      .resource = "userextras",
                      .subresource = key,
                      .name = value}));
      acting.extra[key].push_back(value);
    }
    if (!wanted.uid.empty()) {
      CHECK_OK(check(
          {.group = std::string(kAuthenticationGroup), .resource = "uids", .name = wanted.uid}));
    }
    complete_groups(acting);
    return acting;
  }

 private:
  // The groups of a ServiceAccount are known; they stand back when groups are asked for.
  Result<> check_user(const Wanted& wanted, User& acting) {
    const auto account = service_account_of(wanted.user);
    if (!account) return check({.resource = "users", .name = wanted.user});
    CHECK_OK(check({.resource = "serviceaccounts", .name = account->name, .ns = account->ns}));
    if (wanted.groups.empty()) acting.groups = service_account_groups(account->ns);
    return {};
  }

  Result<> check(Attributes attributes) {
    attributes.user = user_;
    attributes.verb = "impersonate";
    const Decision decision = authorizer_.authorize(attributes);
    if (decision.allowed) return {};
    return std::unexpected(forbidden_error(attributes, decision.reason));
  }

  Authorizer& authorizer_;
  const User& user_;
};

}  // namespace

Result<User> acting_user(Authorizer& authorizer, const User& user, const http::Headers& headers) {
  const Wanted wanted = wanted_of(headers);
  if (wanted.empty()) return user;
  if (wanted.user.empty()) {
    return fail(Error::Kind::kBadRequest,
                "requested groups, uid or extra without impersonating a user");
  }
  return Impersonation(authorizer, user).acting_as(wanted);
}

}  // namespace dynamod::apiserver
