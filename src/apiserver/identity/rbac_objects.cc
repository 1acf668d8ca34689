// RBAC objects in JSON. Validation is done when they are written; here what is malformed is left
// out, so that it grants nothing.
#include <utility>

#include "apiserver/identity/rbac.h"

namespace dynamod::apiserver {

namespace {

std::vector<std::string> texts_at(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  const json::array* list = value ? value->if_array() : nullptr;
  if (!list) return texts;
  for (const json::value& item : *list)
    if (item.is_string()) texts.emplace_back(item.as_string());
  return texts;
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

const json::object* object_at(const json::object& object, std::string_view name) {
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
  const json::object* found = object_at(object, name);
  if (!found) return labels;
  for (const auto& [key, value] : *found)
    if (value.is_string()) labels.emplace(key, value.as_string());
  return labels;
}

kube::ObjectKey key_of(const json::object& object) {
  const json::object* metadata = object_at(object, "metadata");
  if (!metadata) return {};
  return {text_at(*metadata, "namespace"), text_at(*metadata, "name")};
}

PolicyRule rule_of(const json::object& object) {
  return {.verbs = texts_at(object, "verbs"),
          .api_groups = texts_at(object, "apiGroups"),
          .resources = texts_at(object, "resources"),
          .resource_names = texts_at(object, "resourceNames"),
          .non_resource_urls = texts_at(object, "nonResourceURLs")};
}

RoleSelector selector_of(const json::object& object) {
  RoleSelector selector{.match_labels = labels_at(object, "matchLabels")};
  each_object(object, "matchExpressions", [&selector](const json::object& expression) {
    selector.expressions.push_back({text_at(expression, "key"), text_at(expression, "operator"),
                                    texts_at(expression, "values")});
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
  if (const json::object* metadata = object_at(object, "metadata"))
    role.labels = labels_at(*metadata, "labels");
  if (const json::value* rules = object.if_contains("rules")) role.rules = rules_of(*rules);
  if (const json::object* aggregation = object_at(object, "aggregationRule")) {
    each_object(*aggregation, "clusterRoleSelectors", [&role](const json::object& selector) {
      role.aggregates.push_back(selector_of(selector));
    });
  }
  return role;
}

Binding binding_of(const json::object& object) {
  Binding binding{.key = key_of(object)};
  if (const json::object* role = object_at(object, "roleRef"))
    binding.role = {text_at(*role, "kind"), text_at(*role, "name")};
  each_object(object, "subjects", [&binding](const json::object& subject) {
    binding.subjects.push_back(
        {text_at(subject, "kind"), text_at(subject, "name"), text_at(subject, "namespace")});
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
