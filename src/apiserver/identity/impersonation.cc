// Each part of the identity asked for is a right of its own: on users, groups, serviceaccounts,
// nodes, uids and userextras/<key>.
#include "apiserver/identity/impersonation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>

#include "base/url.h"
#include "kube/go_text.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kUserHeader = "Impersonate-User";
constexpr std::string_view kGroupHeader = "Impersonate-Group";
constexpr std::string_view kUidHeader = "Impersonate-Uid";
constexpr std::string_view kExtraPrefix = "Impersonate-Extra-";
constexpr std::string_view kAuthenticationGroup = "authentication.k8s.io";
constexpr std::string_view kNodesGroup = "system:nodes";
constexpr std::string_view kNodeNameExtra = "authentication.kubernetes.io/node-name";
constexpr std::string_view kAssociatedNode = "associated-node";

std::string extra_key(std::string_view header) {
  std::string key(header.substr(kExtraPrefix.size()));
  std::ranges::transform(key, key.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto decoded = percent_decode(key);
  return decoded ? *decoded : key;
}

// The headers, word for word.
User wanted_user(const http::Headers& headers) {
  using boost::algorithm::iequals;
  User wanted{.name = headers.get(kUserHeader), .uid = headers.get(kUidHeader)};
  for (const auto& [name, value] : headers.fields()) {
    if (iequals(name, kGroupHeader)) wanted.groups.push_back(value);
    if (boost::algorithm::istarts_with(name, kExtraPrefix))
      wanted.extra[extra_key(name)].push_back(value);
  }
  return wanted;
}

bool has_name_alone(const User& wanted) {
  return wanted.uid.empty() && wanted.groups.empty() && wanted.extra.empty();
}

// A constrained mode, and whether `caller` can become `wanted` by it.
struct Mode {
  std::string_view name;
  bool (*fits)(const User& wanted, const User& caller);
};

// A pod becomes the node that it runs on.
bool is_own_node(const User& wanted, const User& caller) {
  const auto node = node_of(wanted.name);
  const auto known = caller.extra.find(std::string(kNodeNameExtra));
  return node && has_name_alone(wanted) && service_account_of(caller.name) &&
         known != caller.extra.end() && known->second == std::vector<std::string>{*node};
}

bool is_node(const User& wanted, const User&) {
  return has_name_alone(wanted) && node_of(wanted.name);
}

bool is_account(const User& wanted, const User&) {
  return has_name_alone(wanted) && service_account_of(wanted.name);
}

bool is_other(const User& wanted, const User&) {
  return !node_of(wanted.name) && !service_account_of(wanted.name);
}

// In the order in which they are tried.
constexpr std::array kModes = {Mode{kAssociatedNode, is_own_node}, Mode{"arbitrary-node", is_node},
                               Mode{"serviceaccount", is_account}, Mode{"user-info", is_other}};

// What is wrong with an extra for the constrained modes; "" when nothing is.
std::string extra_problem(const std::string& key, const std::vector<std::string>& values) {
  static constexpr std::string_view kPathLetters = "/-._~%!$&'()*+,;=:";
  const auto is_path = [](unsigned char c) {
    return std::isalnum(c) != 0 || kPathLetters.contains(static_cast<char>(c));
  };
  if (key.empty()) return "impersonating the empty string key in extra is not allowed";
  const auto slash = key.find('/');
  const bool good = slash != std::string::npos && is_dns_subdomain(key.substr(0, slash)) &&
                    slash + 1 < key.size() && std::ranges::all_of(key.substr(slash + 1), is_path);
  if (!good) {
    const kube::Problem problem =
        kube::invalid("extra.key", kube::go_quote(key),
                      R"(must be a domain-prefixed path (such as "acme.io/foo"))");
    return "impersonating an invalid key in extra is not allowed: " + problem.text();
  }
  if (std::ranges::find(values, "") != values.end())
    return "impersonating the empty string value in extra is not allowed";
  return {};
}

// The groups that Kubernetes adds by itself.
void complete_groups(User& user) {
  const bool unauthenticated = user.in_group(kUnauthenticatedGroup);
  if (user.name == kAnonymousUser) {
    if (!unauthenticated) user.groups.emplace_back(kUnauthenticatedGroup);
  } else if (!unauthenticated && !user.in_group(kAuthenticatedGroup)) {
    user.groups.emplace_back(kAuthenticatedGroup);
  }
}

// Becoming `wanted` by one mode; null is the old way.
class Impersonation {
 public:
  Impersonation(Authorizer& authorizer, const Attributes& request, const Mode* mode)
      : authorizer_(authorizer),
        request_(request),
        mode_(mode),
        verb_(mode ? fmt::format("impersonate:{}", mode->name) : "impersonate") {}

  Result<User> become(const User& wanted) {
    if (mode_) {
      Attributes on = request_;
      on.verb = fmt::format("impersonate-on:{}:{}", mode_->name, request_.verb);
      CHECK_OK(check(on));
    }
    User acting = wanted;
    CHECK_OK(check_name(wanted, acting));
    if (!wanted.uid.empty()) CHECK_OK(check(right(kAuthenticationGroup, "uids", wanted.uid)));
    CHECK_OK(check_groups(wanted));
    CHECK_OK(check_extra(wanted));
    complete_groups(acting);
    return acting;
  }

 private:
  [[nodiscard]] std::string_view name_group() const { return mode_ ? kAuthenticationGroup : ""; }

  [[nodiscard]] Attributes right(std::string_view group, std::string_view resource,
                                 std::string_view name) const {
    return {.user = request_.user,
            .verb = verb_,
            .group = std::string(group),
            .resource = std::string(resource),
            .name = std::string(name)};
  }

  // The groups of nodes and ServiceAccounts are known; those of an account stand back when groups
  // are asked for.
  Result<> check_name(const User& wanted, User& acting) {
    Attributes name = right(name_group(), "users", wanted.name);
    if (const auto node = node_of(wanted.name); node && mode_) {
      name.resource = "nodes";
      name.name = mode_->name == kAssociatedNode ? "*" : *node;
      acting.groups = {std::string(kNodesGroup)};
    }
    if (const auto account = service_account_of(wanted.name)) {
      name.resource = "serviceaccounts";
      name.name = account->name;
      name.ns = account->ns;
      if (wanted.groups.empty()) acting.groups = service_account_groups(account->ns);
    }
    return check(name);
  }

  Result<> check_groups(const User& wanted) {
    if (mode_ && wanted.in_group("")) {
      return refuse(right(name_group(), "groups", ""),
                    "impersonating the empty string group is not allowed");
    }
    if (mode_ && wanted.in_group(kMastersGroup)) {
      return refuse(right(name_group(), "groups", kMastersGroup),
                    "impersonating the system:masters group is not allowed");
    }
    for (const std::string& group : wanted.groups)
      CHECK_OK(check(right(name_group(), "groups", group)));
    return {};
  }

  Result<> check_extra(const User& wanted) {
    Attributes extra = right(kAuthenticationGroup, "userextras", "");
    for (const auto& [key, values] : wanted.extra) {
      const std::string problem = mode_ ? extra_problem(key, values) : "";
      if (!problem.empty()) return refuse(extra, problem);
    }
    for (const auto& [key, values] : wanted.extra) {
      extra.subresource = key;
      for (const std::string& value : values) {
        extra.name = value;
        CHECK_OK(check(extra));
      }
    }
    return {};
  }

  Result<> check(const Attributes& attributes) {
    const Decision decision = authorizer_.authorize(attributes);
    return decision.allowed ? Result<>() : refuse(attributes, decision.reason);
  }

  static Result<> refuse(const Attributes& attributes, std::string_view why) {
    return std::unexpected(forbidden_error(attributes, why));
  }

  Authorizer& authorizer_;
  const Attributes& request_;
  const Mode* mode_;
  std::string verb_;
};

}  // namespace

Result<User> acting_user(Authorizer& authorizer, const Attributes& request,
                         const http::Headers& headers) {
  const User wanted = wanted_user(headers);
  if (wanted == User{}) return request.user;
  if (wanted.name.empty()) {
    return fail(Error::Kind::kBadRequest,
                "requested groups, uid or extra without impersonating a user name");
  }
  std::optional<Error> first;
  for (const Mode& mode : kModes) {
    if (!mode.fits(wanted, request.user)) continue;
    auto acting = Impersonation(authorizer, request, &mode).become(wanted);
    if (acting) return acting;
    if (!first) first = std::move(acting).error();
  }
  auto acting = Impersonation(authorizer, request, nullptr).become(wanted);
  if (acting || !first) return acting;
  return std::unexpected(*std::move(first));
}

}  // namespace dynamod::apiserver
