// What rules allow and bindings mean. Reading the objects: rbac_objects.cc; comparing rights:
// rbac_cover.cc.
#include "apiserver/identity/rbac.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

using kube::go_quote;

bool has(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

bool has_or_all(const std::vector<std::string>& list, std::string_view item) {
  return has(list, "*") || has(list, item);
}

bool resource_matches(const PolicyRule& rule, const Attributes& attributes) {
  const std::string combined = attributes.subresource.empty()
                                   ? attributes.resource
                                   : attributes.resource + "/" + attributes.subresource;
  if (has_or_all(rule.resources, combined)) return true;
  return !attributes.subresource.empty() && has(rule.resources, "*/" + attributes.subresource);
}

bool url_matches(const std::string& pattern, std::string_view path) {
  if (pattern == "*" || pattern == path) return true;
  if (!pattern.ends_with('*')) return false;
  const std::string_view prefix(pattern.data(), pattern.find_last_not_of('*') + 1);
  return path.starts_with(prefix);
}

// As Kubernetes keeps messages from looking like HTML.
std::string without_markup(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    switch (c) {
      case '&':
        clean += "&amp;";
        break;
      case '<':
        clean += "&lt;";
        break;
      case '>':
        clean += "&gt;";
        break;
      default:
        clean += c;
    }
  }
  return clean;
}

bool means(const Subject& subject, const User& user, const std::string& binding_ns) {
  if (subject.kind == "User") return user.name == subject.name;
  if (subject.kind == "Group") return user.in_group(subject.name);
  if (subject.kind != "ServiceAccount") return false;
  const std::string& ns = subject.ns.empty() ? binding_ns : subject.ns;
  return !ns.empty() && user.name == service_account_user_name({ns, subject.name});
}

// The rules of `role` and, when it aggregates, of all it selects; `seen` ends circles.
void collect_rules(const Role& role, const std::vector<const Role*>& all,
                   std::set<std::string>& seen, PolicyRules& rules) {
  if (!seen.insert(role.key.name).second) return;
  if (role.aggregates.empty()) {
    for (const PolicyRule& rule : role.rules)
      if (std::ranges::find(rules, rule) == rules.end()) rules.push_back(rule);
    return;
  }
  const auto selected = [&role](const Role* other) {
    return std::ranges::any_of(role.aggregates, [other](const RoleSelector& selector) {
      return selector.matches(other->labels);
    });
  };
  std::vector<const Role*> parts;
  std::ranges::copy_if(all, std::back_inserter(parts), selected);
  std::ranges::sort(parts, {}, [](const Role* part) { return part->key; });
  for (const Role* part : parts) collect_rules(*part, all, seen, rules);
}

}  // namespace

bool allows(const PolicyRule& rule, const Attributes& attributes) {
  if (!has_or_all(rule.verbs, attributes.verb)) return false;
  if (!attributes.is_resource) {
    return std::ranges::any_of(rule.non_resource_urls, [&](const std::string& pattern) {
      return url_matches(pattern, attributes.path);
    });
  }
  const bool named = rule.resource_names.empty() || has(rule.resource_names, attributes.name);
  return named && has_or_all(rule.api_groups, attributes.group) &&
         resource_matches(rule, attributes);
}

std::string denial_text(const Attributes& attributes) {
  const std::string who = go_quote(attributes.user.name);
  if (!attributes.is_resource) {
    return fmt::format("User {} cannot {} path {}", who, attributes.verb,
                       go_quote(attributes.path));
  }
  const std::string resource = attributes.subresource.empty()
                                   ? attributes.resource
                                   : attributes.resource + "/" + attributes.subresource;
  const std::string scope = attributes.ns.empty()
                                ? std::string("at the cluster scope")
                                : fmt::format("in the namespace {}", go_quote(attributes.ns));
  return fmt::format("User {} cannot {} resource {} in API group {} {}", who, attributes.verb,
                     go_quote(resource), go_quote(attributes.group), scope);
}

Error forbidden_error(const Attributes& attributes, std::string_view reason) {
  std::string why = without_markup(denial_text(attributes));
  if (!reason.empty()) why += fmt::format(": {}", reason);
  if (attributes.resource.empty())
    return Error{Error::Kind::kForbidden, fmt::format("forbidden: {}", why)};
  std::string what = attributes.resource;
  if (!attributes.group.empty()) what += "." + attributes.group;
  if (!attributes.name.empty()) what += " " + go_quote(attributes.name);
  return Error{Error::Kind::kForbidden, fmt::format("{} is forbidden: {}", what, why)};
}

const Subject* subject_for(const Binding& binding, const User& user) {
  for (const Subject& subject : binding.subjects)
    if (means(subject, user, binding.key.ns)) return &subject;
  return nullptr;
}

std::string binding_text(const Binding& binding, const Subject& subject) {
  const bool cluster = binding.key.ns.empty();
  const std::string name =
      cluster ? binding.key.name : fmt::format("{}/{}", binding.key.name, binding.key.ns);
  std::string whom = subject.name;
  if (subject.kind == "ServiceAccount")
    whom += "/" + (subject.ns.empty() ? binding.key.ns : subject.ns);
  return fmt::format("{} {} of {} {} to {} {}", cluster ? "ClusterRoleBinding" : "RoleBinding",
                     go_quote(name), binding.role.kind, go_quote(binding.role.name), subject.kind,
                     go_quote(whom));
}

bool RoleSelector::matches(const kube::Labels& labels) const {
  for (const auto& [key, value] : match_labels) {
    const auto place = labels.find(key);
    if (place == labels.end() || place->second != value) return false;
  }
  return std::ranges::all_of(expressions, [&labels](const Expression& expression) {
    const auto place = labels.find(expression.key);
    const bool exists = place != labels.end();
    const bool listed = exists && has(expression.values, place->second);
    if (expression.op == "In") return listed;
    if (expression.op == "NotIn") return !listed;
    if (expression.op == "Exists") return exists;
    return expression.op == "DoesNotExist" && !exists;
  });
}

PolicyRules aggregated_rules(const Role& role, const std::vector<const Role*>& all) {
  PolicyRules rules;
  std::set<std::string> seen;
  collect_rules(role, all, seen, rules);
  return rules;
}

}  // namespace dynamod::apiserver
