// As SchemaDeclType of k8s.io/apiserver: what has no known type is not visible.
#include "apiserver/validation/cel_types.h"

#include "apiserver/validation/schema_node.h"

namespace dynamod::apiserver {

namespace {

using cel::Type;

enum class Place : std::uint8_t { kInside, kResourceRoot };

class Typer {
 public:
  explicit Typer(std::deque<Type>& types) : types_(types) {}

  const Type* assign(SchemaNode& node, Place place) {
    node.cel_type = make(node, place);
    // A rule inside allOf sees what its parent sees.
    for (const auto& part : node.all_of) part->cel_type = node.cel_type;
    return node.cel_type;
  }

 private:
  const Type* add(Type type) { return &types_.emplace_back(std::move(type)); }

  static Place place_of(const SchemaNode& node) {
    return node.embedded_resource ? Place::kResourceRoot : Place::kInside;
  }

  const Type* make(SchemaNode& node, Place place) {
    if (node.int_or_string) return add({.kind = Type::Kind::kDyn});
    if (node.type == "array") return list(node);
    if (node.type == "object") return object(node, place);
    if (node.type == "string") return add({.kind = text_kind(node.format)});
    if (node.type == "boolean") return add({.kind = Type::Kind::kBool});
    if (node.type == "number") return add({.kind = Type::Kind::kDouble});
    if (node.type == "integer") return add({.kind = Type::Kind::kInt});
    return nullptr;
  }

  static Type::Kind text_kind(std::string_view format) {
    if (format == "byte") return Type::Kind::kBytes;
    if (format == "duration") return Type::Kind::kDuration;
    if (format == "date" || format == "date-time") return Type::Kind::kTimestamp;
    return Type::Kind::kString;
  }

  const Type* list(SchemaNode& node) {
    if (node.items == nullptr) return nullptr;
    const Type* element = assign(*node.items, place_of(*node.items));
    if (element == nullptr) return nullptr;
    Type type{.kind = Type::Kind::kList, .element = element};
    if (node.list_type == SchemaListType::kSet) type.list = Type::List::kSet;
    if (node.list_type == SchemaListType::kMap) type.list = Type::List::kMap;
    type.list_keys = node.list_map_keys;
    return add(std::move(type));
  }

  const Type* object(SchemaNode& node, Place place) {
    if (node.additional != nullptr && place == Place::kInside) {
      const Type* element = assign(*node.additional, place_of(*node.additional));
      return element == nullptr ? nullptr : add({.kind = Type::Kind::kMap, .element = element});
    }
    Type type{.kind = Type::Kind::kObject};
    for (const auto& [name, property] : node.properties)
      if (const Type* known = assign(*property, place_of(*property)))
        type.fields.push_back({.name = name, .type = known});
    if (place == Place::kResourceRoot) add_metadata(node, type);
    return add(std::move(type));
  }

  // apiVersion, kind, metadata.name and metadata.generateName are always visible at the root.
  void add_metadata(const SchemaNode& node, Type& type) {
    const auto metadata = node.properties.find("metadata");
    const bool complete =
        metadata != node.properties.end() && metadata->second->properties.contains("name") &&
        metadata->second->properties.contains("generateName") && node.properties.contains("kind") &&
        node.properties.contains("apiVersion");
    if (complete) return;
    std::erase_if(type.fields, [](const Type::Field& field) {
      return field.name == "metadata" || field.name == "kind" || field.name == "apiVersion";
    });
    const Type* text = add({.kind = Type::Kind::kString});
    Type meta{.kind = Type::Kind::kObject};
    meta.fields = {{"name", text}, {"generateName", text}};
    type.fields.push_back({.name = "apiVersion", .type = text});
    type.fields.push_back({.name = "kind", .type = text});
    type.fields.push_back({.name = "metadata", .type = add(std::move(meta))});
  }

  std::deque<Type>& types_;
};

}  // namespace

void assign_cel_types(SchemaNode& root, std::deque<cel::Type>& types) {
  Typer(types).assign(root, Place::kResourceRoot);
}

}  // namespace dynamod::apiserver
