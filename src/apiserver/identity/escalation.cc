// Writing roles and bindings: who does not hold a right cannot hand it out, unless he may
// `escalate` the role or `bind` it.
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/identity/authorizer.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

using kube::go_quote;

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(go_quote(text));
  return fmt::format("[{}]", fmt::join(quoted, " "));
}

// What `user` lacks of `wanted`; "" when he holds it all.
std::string missing_text(const User& user, const PolicyRules& held, const PolicyRules& wanted) {
  const PolicyRules missing = uncovered(held, wanted);
  if (missing.empty()) return {};
  std::set<std::string> lines;
  for (const PolicyRule& rule : compacted(missing)) lines.insert(rule_text(rule));
  return fmt::format(
      "user {} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
      go_quote(user.name), quoted_list(user.groups), fmt::join(lines, "\n"));
}

Result<> forbidden(std::string_view plural, const std::string& name, const std::string& why) {
  return fail(Error::Kind::kForbidden,
              fmt::format("{}.{} {} is forbidden: {}", plural, kRbacGroup, go_quote(name), why));
}

const PolicyRules& full_authority() {
  static const PolicyRules kRules = {
      PolicyRule{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}},
      PolicyRule{.verbs = {"*"}, .non_resource_urls = {"*"}},
  };
  return kRules;
}

}  // namespace

Result<> check_role_write(Authorizer& authorizer, const RoleWrite& write) {
  const Role& role = write.role;
  const std::string_view plural = role.key.ns.empty() ? "clusterroles" : "roles";
  const Attributes escalate{.user = write.user,
                            .verb = "escalate",
                            .group = std::string(kRbacGroup),
                            .resource = std::string(plural),
                            .name = write.before ? role.key.name : write.path_name,
                            .ns = role.key.ns};
  if (authorizer.authorize(escalate).allowed) return {};
  const PolicyRules held = authorizer.rules_for(write.user, role.key.ns);
  const std::string missing = missing_text(write.user, held, role.rules);
  if (!missing.empty()) return forbidden(plural, role.key.name, missing);
  // It can gather anything, and dropping it may widen what the rules say.
  const bool aggregates =
      !role.aggregates.empty() || (write.before && !write.before->aggregates.empty());
  if (aggregates && !uncovered(held, full_authority()).empty()) {
    return forbidden(plural, role.key.name,
                     "must have cluster-admin privileges to use the aggregationRule");
  }
  return {};
}

Result<> check_binding_write(Authorizer& authorizer, const User& user, const Binding& binding) {
  const bool cluster_role = binding.role.kind == "ClusterRole";
  const Attributes bind{.user = user,
                        .verb = "bind",
                        .group = std::string(kRbacGroup),
                        .resource = cluster_role ? "clusterroles" : "roles",
                        .name = binding.role.name,
                        .ns = binding.key.ns};
  if (authorizer.authorize(bind).allowed) return {};
  const std::string_view plural = binding.key.ns.empty() ? "clusterrolebindings" : "rolebindings";
  const auto rules = authorizer.rules_of_role(binding.role, binding.key.ns);
  if (!rules) {  // Kubernetes names the resource that was asked for, and the role
    return fail(Error::Kind::kNotFound,
                fmt::format("{}.{} {} not found", plural, kRbacGroup, go_quote(binding.role.name)));
  }
  const PolicyRules held = authorizer.rules_for(user, binding.key.ns);
  const std::string missing = missing_text(user, held, *rules);
  if (missing.empty()) return {};
  return forbidden(plural, binding.key.name, missing);
}

}  // namespace dynamod::apiserver
