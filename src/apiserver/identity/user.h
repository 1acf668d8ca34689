// Who makes a request, and the names that Kubernetes gives to some. Values only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/resource.h"

namespace dynamod::apiserver {

struct User {
  std::string name = {};
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::map<std::string, std::vector<std::string>> extra = {};

  [[nodiscard]] bool in_group(std::string_view group) const;

  friend bool operator==(const User&, const User&) = default;
};

inline constexpr std::string_view kAnonymousUser = "system:anonymous";
inline constexpr std::string_view kAuthenticatedGroup = "system:authenticated";
inline constexpr std::string_view kUnauthenticatedGroup = "system:unauthenticated";
inline constexpr std::string_view kMastersGroup = "system:masters";  // may do everything
inline constexpr std::string_view kCredentialIdExtra = "authentication.kubernetes.io/credential-id";

[[nodiscard]] User anonymous_user();

// "system:serviceaccount:<namespace>:<name>"
[[nodiscard]] std::string service_account_user_name(const kube::ObjectKey& account);
[[nodiscard]] std::vector<std::string> service_account_groups(std::string_view ns);
// The account of such a user name; both parts are names that such objects can have.
[[nodiscard]] std::optional<kube::ObjectKey> service_account_of(std::string_view user_name);

// The node of "system:node:<name>".
[[nodiscard]] std::optional<std::string> node_of(std::string_view user_name);

// Names as DNS has them (RFC 1123): what namespaces, and what most objects are called.
[[nodiscard]] bool is_dns_label(std::string_view name);
[[nodiscard]] bool is_dns_subdomain(std::string_view name);

// authentication.k8s.io/v1 UserInfo: username, uid, groups, extra; empty parts are left out.
[[nodiscard]] json::object user_info_json(const User& user);

}  // namespace dynamod::apiserver
