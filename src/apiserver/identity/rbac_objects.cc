// RBAC objects in JSON. Validation is done when they are written; here what is malformed is left
// out, so that it grants nothing.
#include <utility>

#include "apiserver/identity/rbac.h"
#include "base/json_fields.h"

namespace dynamod::apiserver {

namespace {

std::string string_in(const json::object& object, std::string_view name) {
  return std::string(text_in(object, name));
}

const json::object* find_object(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

// Calls `visit` with each object in the list `name`.
template <class Visit>
void each_object(const json::object& object, std::string_view name, Visit visit) {
  const json::value* value = object.if_contains(name);
  const json::array* list = value ? value->if_array() : nullptr;
  if (!list) return;
  for (const json::value& item : *list)
    if (const json::object* element = item.if_object()) visit(*element);
}

kube::Labels labels_at(const json::object& object, std::string_view name) {
  kube::Labels labels;
  const json::object* found = find_object(object, name);
  if (!found) return labels;
  for (const auto& [key, value] : *found)
    if (value.is_string()) labels.emplace(key, value.as_string());
  return labels;
}

kube::ObjectKey key_of(const json::object& object) {
  const json::object* metadata = find_object(object, "metadata");
  if (!metadata) return {};
  return {string_in(*metadata, "namespace"), string_in(*metadata, "name")};
}

PolicyRule rule_of(const json::object& object) {
  return {.verbs = texts_in(object, "verbs"),
          .api_groups = texts_in(object, "apiGroups"),
          .resources = texts_in(object, "resources"),
          .resource_names = texts_in(object, "resourceNames"),
          .non_resource_urls = texts_in(object, "nonResourceURLs")};
}

RoleSelector selector_of(const json::object& object) {
  RoleSelector selector{.match_labels = labels_at(object, "matchLabels")};
  each_object(object, "matchExpressions", [&selector](const json::object& expression) {
    selector.expressions.push_back({string_in(expression, "key"), string_in(expression, "operator"),
                                    texts_in(expression, "values")});
  });
  return selector;
}

void put_texts(json::object& object, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  object[name] = std::move(array);
}

}  // namespace

Role role_of(const json::object& object) {
  Role role{.key = key_of(object)};
  if (const json::object* metadata = find_object(object, "metadata"))
    role.labels = labels_at(*metadata, "labels");
  if (const json::value* rules = object.if_contains("rules")) role.rules = rules_of(*rules);
  if (const json::object* aggregation = find_object(object, "aggregationRule")) {
    each_object(*aggregation, "clusterRoleSelectors", [&role](const json::object& selector) {
      role.aggregates.push_back(selector_of(selector));
    });
  }
  return role;
}

Binding binding_of(const json::object& object) {
  Binding binding{.key = key_of(object)};
  if (const json::object* role = find_object(object, "roleRef"))
    binding.role = {string_in(*role, "kind"), string_in(*role, "name")};
  each_object(object, "subjects", [&binding](const json::object& subject) {
    binding.subjects.push_back(
        {string_in(subject, "kind"), string_in(subject, "name"), string_in(subject, "namespace")});
  });
  return binding;
}

PolicyRules rules_of(const json::value& rules) {
  PolicyRules result;
  const json::array* list = rules.if_array();
  if (!list) return result;
  for (const json::value& rule : *list)
    if (const json::object* object = rule.if_object()) result.push_back(rule_of(*object));
  return result;
}

json::array rules_json(const PolicyRules& rules) {
  json::array array;
  for (const PolicyRule& rule : rules) {
    json::object object;
    put_texts(object, "apiGroups", rule.api_groups);
    put_texts(object, "nonResourceURLs", rule.non_resource_urls);
    put_texts(object, "resourceNames", rule.resource_names);
    put_texts(object, "resources", rule.resources);
    put_texts(object, "verbs", rule.verbs);
    array.emplace_back(std::move(object));
  }
  return array;
}

}  // namespace dynamod::apiserver
