// How schemas of built-in kinds and of custom resources become types of server-side apply.
#include "apiserver/apply/type_ref.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

using kube::Schema;
using kube::SchemaType;

// apiVersion and kind, where a schema leaves them to the server.
const Schema& text_schema() {
  static const Schema schema{.type = SchemaType::kString};
  return schema;
}

ScalarType scalar_of(const Schema& schema) {
  switch (schema.type) {
    case SchemaType::kInteger:
    case SchemaType::kNumber:
      return ScalarType::kNumeric;
    case SchemaType::kBoolean:
      return ScalarType::kBoolean;
    case SchemaType::kString:
      return schema.format.empty() || schema.format == "byte" ? ScalarType::kString
                                                              : ScalarType::kUntyped;
    case SchemaType::kAny:
    case SchemaType::kIntOrString:
      return ScalarType::kUntyped;
    case SchemaType::kObject:
    case SchemaType::kArray:
      break;
  }
  return ScalarType::kNone;
}

// Of a custom resource, an int-or-string has no type and may be anything; of a built-in kind it is
// a scalar.
bool is_any(const Schema& schema) {
  return schema.type == SchemaType::kAny ||
         (schema.type == SchemaType::kIntOrString && schema.source);
}

// RawExtension: whatever it is, it is one value.
bool is_raw(const Schema& schema) {
  return !schema.source && schema.preserve_unknown_fields && schema.atomic_map;
}

std::unexpected<Error> bad_element(std::string message) {
  return fail(Error::Kind::kInvalid, std::move(message));
}

}  // namespace

TypeRef TypeRef::object(const Schema* schema, const Schema* object_meta) {
  TypeRef type;
  type.form_ = schema ? Form::kSchema : Form::kDeduced;
  type.schema_ = schema;
  type.object_meta_ = object_meta;
  type.has_metadata_ = schema && object_meta;
  type.keeps_unknown_ = schema && schema->preserve_unknown_fields;
  return type;
}

TypeRef TypeRef::with(const Schema* schema) const {
  TypeRef type = *this;
  type.form_ = is_raw(*schema) ? Form::kAtomic : Form::kSchema;
  type.schema_ = schema;
  type.has_metadata_ = schema->embedded_resource && object_meta_;
  type.keeps_unknown_ = keeps_unknown_ || schema->preserve_unknown_fields;
  return type;
}

TypeRef TypeRef::elements() const {
  TypeRef type = *this;
  if (form_ != Form::kSchema) return type;
  if (schema_->additional_properties) return with(schema_->additional_properties);
  const bool is_free = keeps_unknown_ || (schema_->properties.empty() && !has_metadata_);
  type.form_ = is_free ? Form::kDeduced : Form::kUndeclared;
  return type;
}

TypeRef TypeRef::items() const {
  if (form_ == Form::kSchema && schema_->items) return with(schema_->items);
  TypeRef type = *this;
  type.form_ = Form::kAtomic;
  return type;
}

TypeRef TypeRef::field(std::string_view name) const {
  if (form_ != Form::kSchema) return elements();
  if (has_metadata_ && name == "metadata") {
    // What keeps unknown fields of a custom resource does so outside of its metadata.
    TypeRef type;
    type.form_ = Form::kSchema;
    type.schema_ = object_meta_;
    return type;
  }
  if (const Schema* property = schema_->property(name)) return with(property);
  if (has_metadata_ && (name == "apiVersion" || name == "kind")) return with(&text_schema());
  return elements();
}

Atom TypeRef::atom() const {
  Atom atom{.type = *this};
  if (form_ == Form::kDeduced || form_ == Form::kAtomic) {
    atom.scalar = ScalarType::kUntyped;
    atom.list = Relation::kAtomic;
    atom.map = form_ == Form::kAtomic ? Relation::kAtomic : Relation::kMerged;
  }
  if (form_ != Form::kSchema) return atom;
  atom.scalar = scalar_of(*schema_);
  if (schema_->type == SchemaType::kObject || is_any(*schema_))
    atom.map = schema_->atomic_map ? Relation::kAtomic : Relation::kMerged;
  if (schema_->type == SchemaType::kArray || is_any(*schema_))
    atom.list =
        schema_->list_type == kube::ListType::kAtomic ? Relation::kAtomic : Relation::kMerged;
  return atom;
}

Atom TypeRef::atom_of(const json::value* value) const {
  Atom atom = this->atom();
  if (!value || value->is_null()) return atom;
  if (value->is_object() && atom.map) return {.type = *this, .map = atom.map};
  if (value->is_array() && atom.list) return {.type = *this, .list = atom.list};
  const bool is_scalar = !value->is_object() && !value->is_array();
  if (is_scalar && atom.scalar != ScalarType::kNone) return {.type = *this, .scalar = atom.scalar};
  return atom;
}

TypeRef Atom::field(std::string_view name) const {
  return type.field(name);
}

bool Atom::declares(std::string_view name) const {
  if (type.form_ != TypeRef::Form::kSchema) return false;
  const bool is_head = name == "metadata" || name == "apiVersion" || name == "kind";
  return type.schema_->property(name) || (type.has_metadata_ && is_head);
}

bool Atom::is_free_map() const {
  const bool has_fields = type.form_ == TypeRef::Form::kSchema &&
                          (!type.schema_->properties.empty() || type.has_metadata_);
  return !has_fields && type.elements().deduced();
}

TypeRef Atom::items() const {
  return type.items();
}

Result<PathElement> Atom::element(const json::value& item) const {
  const auto& keys = type.schema_->list_map_keys;
  if (type.schema_->list_type == kube::ListType::kSet || keys.empty()) {
    if (item.is_object())
      return bad_element("associative list without keys has an element that's a map type");
    if (item.is_array())
      return bad_element("not supported: associative list with lists as elements");
    if (item.is_null())
      return bad_element("associative list without keys has an element that's an explicit null");
    return PathElement{ElementValue{item}};
  }
  if (item.is_null()) return bad_element("associative list with keys may not have a null element");
  if (!item.is_object())
    return bad_element("associative list with keys may not have non-map elements");

  ElementKeys found;
  for (const std::string& key : keys) {
    const json::value* value = item.get_object().if_contains(key);
    const Schema* property = type.schema_->items ? type.schema_->items->property(key) : nullptr;
    if (!value && property && property->default_value) value = &*property->default_value;
    if (value) found.keys.emplace_back(key, *value);
  }
  if (found.keys.empty()) {
    std::vector<std::string> quoted;
    for (const std::string& key : keys) quoted.push_back(kube::go_quote(key));
    return bad_element(
        fmt::format("associative list with keys has an element that omits all key "
                    "fields [{}] (and doesn't have default values for any key "
                    "fields)",
                    fmt::join(quoted, " ")));
  }
  std::ranges::sort(found.keys, {}, [](const auto& key) { return key.first; });
  return PathElement{std::move(found)};
}

}  // namespace dynamod::apiserver
