// Field lookup, which everything else spends its time in.
#include "kube/schema/schema.h"

#include <algorithm>

namespace dynamod::kube {

const Schema* Schema::property(std::string_view name) const {
  // A string and a string_view compare without a copy.
  const auto at = std::ranges::lower_bound(
      properties, name, {}, [](const SchemaProperty& p) -> std::string_view { return p.name; });
  return at == properties.end() || at->name != name ? nullptr : at->schema;
}

const Schema* Schema::field(std::string_view name) const {
  const auto* declared = property(name);
  return declared ? declared : additional_properties;
}

}  // namespace dynamod::kube
