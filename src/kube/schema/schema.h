// The structural schema of a kind, the same for built-ins (from the generated table) and custom
// resources (from their CRD): what pruning, defaulting, merging and apply must know of each field.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::kube {

enum class SchemaType : std::uint8_t {
  kAny,  // no type given: anything goes
  kObject,
  kArray,
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kIntOrString,
};

// How two lists become one: x-kubernetes-list-type.
enum class ListType : std::uint8_t { kAtomic, kSet, kMap };

struct Schema;

struct SchemaProperty {
  std::string name;
  const Schema* schema = nullptr;  // never null once the tree is built
};

// One node. Nodes point at each other and may form cycles (JSONSchemaProps does): a SchemaTree owns
// them all and never moves them.
struct Schema {
  SchemaType type = SchemaType::kAny;
  std::string format = {};  // "int32", "int64", "date-time", "byte", "quantity" (built-ins), ...
  bool nullable = false;
  bool preserve_unknown_fields = false;  // x-kubernetes-preserve-unknown-fields
  bool embedded_resource = false;        // x-kubernetes-embedded-resource
  bool atomic_map = false;               // x-kubernetes-map-type: atomic (objects too)
  ListType list_type = ListType::kAtomic;
  std::vector<std::string> list_map_keys = {};

  // Strategic merge; only built-ins have them. x-kubernetes-patch-strategy and -merge-key.
  bool patch_merge = false;
  bool patch_retain_keys = false;
  bool patch_replace = false;  // of an object: a patch replaces it whole
  std::string patch_merge_key = {};

  std::vector<SchemaProperty> properties = {};    // sorted by name
  const Schema* additional_properties = nullptr;  // values of a map; null: none declared
  const Schema* items = nullptr;                  // elements of an array
  std::vector<std::string> required = {};
  std::optional<json::value> default_value = {};

  // The node as its CRD wrote it, for the keywords that only validation reads; null for built-ins.
  const json::object* source = nullptr;

  // The schema of field `name`: a property, else additional_properties; null when it is unknown.
  [[nodiscard]] const Schema* field(std::string_view name) const;
  // Only a declared property.
  [[nodiscard]] const Schema* property(std::string_view name) const;
};

// Owns the nodes of one or more schemas.
class SchemaTree {
 public:
  // A new node with a stable address; the caller fills it and points at it.
  [[nodiscard]] Schema& add() { return nodes_.emplace_back(); }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  std::deque<Schema> nodes_;
};

}  // namespace dynamod::kube
