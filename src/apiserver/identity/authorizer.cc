// RBAC over the store. Roles and bindings are parsed once and kept until a change replaces them.
#include "apiserver/identity/authorizer.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

// The parsed objects of one collection, as new as the store.
template <class T>
class Mirror {
 public:
  using Parse = T (*)(const json::object&);

  Mirror(Store& store, std::string_view plural, Parse parse)
      : store_(store), collection_(fmt::format("{}.{}", plural, kRbacGroup)), parse_(parse) {}

  const std::map<kube::ObjectKey, T>& fresh() {
    const auto changes = cursor_ ? cursor_->take() : Result<std::vector<Change>>();
    if (!cursor_ || !changes) {
      reload();
      return items_;
    }
    if (changes->empty()) return items_;
    for (const Change& change : *changes) apply(change);
    return fresh();  // a cursor gives a limited number at once
  }

 private:
  void reload() {
    items_.clear();
    for (const ObjectPtr& object : store_.list(collection_, "")) put(*object);
    auto cursor = store_.watch(collection_, "", store_.revision());
    DYN_ASSERT(cursor.has_value() && "a watch may always start at the head");
    cursor_ = *std::move(cursor);
  }

  void apply(const Change& change) {
    if (change.type == Change::Type::kDeleted) {
      items_.erase(change.object->key);
    } else {
      put(*change.object);
    }
  }

  void put(const StoredObject& object) {
    items_.erase(object.key);
    const auto value = decode_json(object.bytes);
    if (!value || !value->is_object()) return;
    T parsed = parse_(value->get_object());
    parsed.key = object.key;
    items_.emplace(object.key, std::move(parsed));
  }

  Store& store_;
  Collection collection_;
  Parse parse_;
  std::map<kube::ObjectKey, T> items_;
  std::unique_ptr<WatchCursor> cursor_;
};

class RbacAuthorizer final : public Authorizer {
 public:
  explicit RbacAuthorizer(Store& store)
      : roles_(store, "roles", role_of),
        cluster_roles_(store, "clusterroles", role_of),
        bindings_(store, "rolebindings", binding_of),
        cluster_bindings_(store, "clusterrolebindings", binding_of) {}

  [[nodiscard]] Decision authorize(const Attributes& attributes) override;
  [[nodiscard]] PolicyRules rules_for(const User& user, std::string_view ns) override;
  [[nodiscard]] Result<PolicyRules> rules_of_role(const RoleRef& role,
                                                  std::string_view ns) override;
  [[nodiscard]] PolicyRules aggregated(const Role& role) override;

 private:
  // A binding that applies to a user, and the rules it gives him; null rules: there is no such
  // role.
  using Visit = std::function<bool(const Binding&, const Subject&, const PolicyRules*)>;

  // Until `visit` returns false.
  void visit_bindings(const User& user, std::string_view ns, const Visit& visit);
  [[nodiscard]] bool visit_one(const Binding& binding, const User& user, const Visit& visit);
  [[nodiscard]] std::optional<PolicyRules> find_rules(const RoleRef& role, std::string_view ns);

  Mirror<Role> roles_;
  Mirror<Role> cluster_roles_;
  Mirror<Binding> bindings_;
  Mirror<Binding> cluster_bindings_;
};

Decision RbacAuthorizer::authorize(const Attributes& attributes) {
  if (attributes.user.in_group(kMastersGroup)) return {true, ""};
  Decision decision;
  std::vector<std::string> problems;
  const auto visit = [&](const Binding& binding, const Subject& subject, const PolicyRules* rules) {
    if (!rules) {
      const bool cluster = binding.role.kind == "ClusterRole";
      std::string text = fmt::format("{}.{} {} not found", cluster ? "clusterrole" : "role",
                                     kRbacGroup, kube::go_quote(binding.role.name));
      if (std::ranges::find(problems, text) == problems.end()) problems.push_back(std::move(text));
      return true;
    }
    decision.allowed = std::ranges::any_of(
        *rules, [&attributes](const PolicyRule& rule) { return allows(rule, attributes); });
    if (decision.allowed)
      decision.reason = fmt::format("RBAC: allowed by {}", binding_text(binding, subject));
    return !decision.allowed;
  };
  visit_bindings(attributes.user, attributes.ns, visit);
  if (decision.allowed || problems.empty()) return decision;
  if (problems.size() == 1) {
    decision.reason = fmt::format("RBAC: {}", problems.front());
  } else {
    decision.reason = fmt::format("RBAC: [{}]", fmt::join(problems, ", "));
  }
  return decision;
}

PolicyRules RbacAuthorizer::rules_for(const User& user, std::string_view ns) {
  PolicyRules all;
  const auto visit = [&all](const Binding&, const Subject&, const PolicyRules* rules) {
    if (rules) all.insert(all.end(), rules->begin(), rules->end());
    return true;
  };
  visit_bindings(user, ns, visit);
  return all;
}

void RbacAuthorizer::visit_bindings(const User& user, std::string_view ns, const Visit& visit) {
  for (const auto& [key, binding] : cluster_bindings_.fresh())
    if (!visit_one(binding, user, visit)) return;
  if (ns.empty()) return;
  const auto& bindings = bindings_.fresh();
  auto place = bindings.lower_bound(kube::ObjectKey{std::string(ns), ""});
  for (; place != bindings.end() && place->first.ns == ns; ++place)
    if (!visit_one(place->second, user, visit)) return;
}

bool RbacAuthorizer::visit_one(const Binding& binding, const User& user, const Visit& visit) {
  const Subject* subject = subject_for(binding, user);
  if (!subject) return true;
  const auto rules = find_rules(binding.role, binding.key.ns);
  return visit(binding, *subject, rules ? &*rules : nullptr);
}

std::optional<PolicyRules> RbacAuthorizer::find_rules(const RoleRef& role, std::string_view ns) {
  const bool cluster = role.kind == "ClusterRole";
  const auto& roles = cluster ? cluster_roles_.fresh() : roles_.fresh();
  const auto place = roles.find(kube::ObjectKey{cluster ? "" : std::string(ns), role.name});
  if (place == roles.end()) return std::nullopt;
  if (place->second.aggregates.empty()) return place->second.rules;
  return aggregated(place->second);
}

Result<PolicyRules> RbacAuthorizer::rules_of_role(const RoleRef& role, std::string_view ns) {
  auto rules = find_rules(role, ns);
  if (rules) return *std::move(rules);
  const std::string_view plural = role.kind == "ClusterRole" ? "clusterroles" : "roles";
  return fail(Error::Kind::kNotFound,
              fmt::format("{}.{} {} not found", plural, kRbacGroup, kube::go_quote(role.name)));
}

PolicyRules RbacAuthorizer::aggregated(const Role& role) {
  std::vector<const Role*> all;
  for (const auto& [key, other] : cluster_roles_.fresh()) all.push_back(&other);
  return aggregated_rules(role, all);
}

}  // namespace

std::unique_ptr<Authorizer> make_rbac_authorizer(Store& store) {
  return std::make_unique<RbacAuthorizer>(store);
}

json::object rules_review_status(const PolicyRules& rules) {
  PolicyRules resource_rules;
  PolicyRules url_rules;
  for (const PolicyRule& rule : rules) {
    if (!rule.resources.empty()) {
      resource_rules.push_back(rule);
      resource_rules.back().non_resource_urls.clear();
    }
    if (!rule.non_resource_urls.empty())
      url_rules.push_back(
          PolicyRule{.verbs = rule.verbs, .non_resource_urls = rule.non_resource_urls});
  }
  return {{"resourceRules", rules_json(resource_rules)},
          {"nonResourceRules", rules_json(url_rules)},
          {"incomplete", false}};
}

}  // namespace dynamod::apiserver
