// Names of users.
#include "apiserver/identity/user.h"

#include <algorithm>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";
constexpr std::string_view kAccountsGroup = "system:serviceaccounts";
constexpr std::string_view kNodePrefix = "system:node:";
constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kSubdomainMax = 253;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Of any length.
bool has_label_letters(std::string_view name) {
  if (name.empty() || name.front() == '-' || name.back() == '-') return false;
  return std::ranges::all_of(name, [](char c) { return c == '-' || is_lower_or_digit(c); });
}

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
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view ns = rest.substr(0, colon);
  const std::string_view name = rest.substr(colon + 1);
  if (!is_dns_label(ns) || !is_dns_subdomain(name)) return std::nullopt;
  return kube::ObjectKey{std::string(ns), std::string(name)};
}

std::optional<std::string> node_of(std::string_view user_name) {
  if (!user_name.starts_with(kNodePrefix)) return std::nullopt;
  const std::string_view name = user_name.substr(kNodePrefix.size());
  return is_dns_subdomain(name) ? std::optional<std::string>(name) : std::nullopt;
}

bool is_dns_label(std::string_view name) {
  return name.size() <= kLabelMax && has_label_letters(name);
}

// Its parts may be longer than DNS allows: Kubernetes limits the whole alone.
bool is_dns_subdomain(std::string_view name) {
  if (name.size() > kSubdomainMax) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!has_label_letters(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
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
