// Walks of an object beside its schema that fill it; prune.cc has those that take away by name.
#include "kube/schema/defaults.h"

#include <vector>

namespace dynamod::kube {

namespace {

bool is_wrong_null(const json::value& value, const Schema& schema) {
  return value.is_null() && !schema.nullable;
}

void default_value(json::value& value, const Schema& schema);

void default_object(json::object& object, const Schema& schema) {
  for (const auto& [name, property] : schema.properties) {
    if (!property->default_value) continue;
    auto [at, absent] = object.emplace(name, nullptr);
    if (absent || is_wrong_null(at->value(), *property)) at->value() = *property->default_value;
  }
  for (auto& field : object) {
    if (const auto* property = schema.property(field.key())) {
      default_value(field.value(), *property);
    } else if (const auto* element = schema.additional_properties) {
      if (is_wrong_null(field.value(), *element) && element->default_value)
        field.value() = *element->default_value;
      default_value(field.value(), *element);
    }
  }
}

void default_value(json::value& value, const Schema& schema) {
  if (auto* object = value.if_object()) return default_object(*object, schema);
  auto* array = value.if_array();
  if (!array || !schema.items) return;
  for (auto& element : *array) {
    if (is_wrong_null(element, *schema.items) && schema.items->default_value)
      element = *schema.items->default_value;
    default_value(element, *schema.items);
  }
}

void drop_in_value(json::value& value, const Schema& schema) {
  if (auto* object = value.if_object()) return drop_nulls(*object, schema);
  auto* array = value.if_array();
  if (!array || !schema.items) return;
  for (auto& element : *array) drop_in_value(element, *schema.items);
}

}  // namespace

void apply_defaults(json::object& object, const Schema& schema) {
  default_object(object, schema);
}

void drop_nulls(json::object& object, const Schema& schema) {
  for (auto at = object.begin(); at != object.end();) {
    const auto* known = schema.field(at->key());
    if (known && is_wrong_null(at->value(), *known) && !known->default_value) {
      at = object.stable_erase(at);
      continue;
    }
    if (known) drop_in_value(at->value(), *known);
    ++at;
  }
}

}  // namespace dynamod::kube
