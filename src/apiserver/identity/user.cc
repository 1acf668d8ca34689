// Names of users.
#include "apiserver/identity/user.h"

#include <algorithm>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";
constexpr std::string_view kAccountsGroup = "system:serviceaccounts";

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

bool User::in_group(std::string_view group) const {
  return std::ranges::find(groups, group) != groups.end();
}

User anonymous_user() {
  return User{.name = std::string(kAnonymousUser), .groups = {std::string(kUnauthenticatedGroup)}};
}

std::string service_account_user_name(const kube::ObjectKey& account) {
  return fmt::format("{}{}:{}", kAccountPrefix, account.ns, account.name);
}

std::vector<std::string> service_account_groups(std::string_view ns) {
  return {std::string(kAccountsGroup), fmt::format("{}:{}", kAccountsGroup, ns)};
}

std::optional<kube::ObjectKey> service_account_of(std::string_view user_name) {
  if (!user_name.starts_with(kAccountPrefix)) return std::nullopt;
  const std::string_view rest = user_name.substr(kAccountPrefix.size());
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size())
    return std::nullopt;
  if (rest.find(':', colon + 1) != std::string_view::npos) return std::nullopt;
  return kube::ObjectKey{std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 1))};
}

json::object user_info_json(const User& user) {
  json::object object;
  object["username"] = user.name;
  if (!user.uid.empty()) object["uid"] = user.uid;
  if (!user.groups.empty()) object["groups"] = array_of(user.groups);
  if (user.extra.empty()) return object;
  json::object extra;
  for (const auto& [key, values] : user.extra) extra[key] = array_of(values);
  object["extra"] = std::move(extra);
  return object;
}

}  // namespace dynamod::apiserver
