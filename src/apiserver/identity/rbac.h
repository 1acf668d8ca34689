// rbac.authorization.k8s.io as values and pure functions: what a rule allows, whom a binding
// means, which rights cover others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/identity/user.h"
#include "base/json.h"
#include "kube/metadata.h"

namespace dynamod::apiserver {

inline constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";

struct PolicyRule {
  std::vector<std::string> verbs = {};
  std::vector<std::string> api_groups = {};
  std::vector<std::string> resources = {};  // "pods", "pods/log", "*/scale", "*"
  std::vector<std::string> resource_names = {};
  std::vector<std::string> non_resource_urls = {};  // "/healthz", "/apis/*", "*"

  friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};

using PolicyRules = std::vector<PolicyRule>;

// What somebody wants to do.
struct Attributes {
  User user = {};
  std::string verb = {};
  bool is_resource = true;
  std::string group = {};
  std::string resource = {};  // plural
  std::string subresource = {};
  std::string name = {};
  std::string ns = {};    // "": the cluster scope
  std::string path = {};  // when it is no resource
};

[[nodiscard]] bool allows(const PolicyRule& rule, const Attributes& attributes);

// `User "bob" cannot list resource "pods" in API group "" at the cluster scope`
[[nodiscard]] std::string denial_text(const Attributes& attributes);
// kForbidden, the whole message of the Status: `pods is forbidden: User "bob" cannot ...`.
[[nodiscard]] Error forbidden_error(const Attributes& attributes, std::string_view reason = "");

struct Subject {
  std::string kind = {};  // User, Group, ServiceAccount
  std::string name = {};
  std::string ns = {};
};

struct RoleRef {
  std::string kind = {};  // Role, ClusterRole
  std::string name = {};
};

struct Binding {
  kube::ObjectKey key = {};  // ns "": a ClusterRoleBinding
  std::vector<Subject> subjects = {};
  RoleRef role = {};
};

// One element of aggregationRule.clusterRoleSelectors: a metav1.LabelSelector.
struct RoleSelector {
  struct Expression {
    std::string key = {};
    std::string op = {};  // In, NotIn, Exists, DoesNotExist
    std::vector<std::string> values = {};
  };

  kube::Labels match_labels = {};
  std::vector<Expression> expressions = {};

  [[nodiscard]] bool matches(const kube::Labels& labels) const;
};

struct Role {
  kube::ObjectKey key = {};  // ns "": a ClusterRole
  kube::Labels labels = {};
  PolicyRules rules = {};
  std::vector<RoleSelector> aggregates = {};  // of a ClusterRole with an aggregationRule
};

// From the objects as they are stored; what is malformed grants nothing.
[[nodiscard]] Role role_of(const json::object& object);
[[nodiscard]] Binding binding_of(const json::object& object);
[[nodiscard]] PolicyRules rules_of(const json::value& rules);
[[nodiscard]] json::array rules_json(const PolicyRules& rules);

// The subject that makes `binding` apply to `user`; null when none does.
[[nodiscard]] const Subject* subject_for(const Binding& binding, const User& user);
// `ClusterRoleBinding "admins" of ClusterRole "cluster-admin" to Group "system:masters"`
[[nodiscard]] std::string binding_text(const Binding& binding, const Subject& subject);

// The rules that a ClusterRole with an aggregationRule has: those of all it selects, by name, each
// rule once. What Kubernetes' controller writes into its `rules`.
[[nodiscard]] PolicyRules aggregated_rules(const Role& role, const std::vector<const Role*>& all);

// The parts of `wanted`, broken down to single verbs, groups, resources and names, that no rule of
// `held` covers.
[[nodiscard]] PolicyRules uncovered(const PolicyRules& held, const PolicyRules& wanted);
// Rules that differ only in their verbs become one, as Kubernetes shows them in messages.
[[nodiscard]] PolicyRules compacted(const PolicyRules& rules);
// `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`
[[nodiscard]] std::string rule_text(const PolicyRule& rule);

}  // namespace dynamod::apiserver
