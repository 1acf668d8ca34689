// Looks kinds up in the generated table and makes their schemas from its rows.
#include "kube/builtin/builtin.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kube/builtin/table.h"

namespace dynamod::kube {

namespace {

std::pair<std::string_view, std::string_view> key_of(const KindRow& row) {
  return {table_text(row.api_version), table_text(row.kind)};
}

bool is_options(std::string_view kind) {
  static constexpr std::array<std::string_view, 6> kOptions = {"CreateOptions", "DeleteOptions",
                                                               "GetOptions",    "ListOptions",
                                                               "PatchOptions",  "UpdateOptions"};
  return std::ranges::find(kOptions, kind) != kOptions.end();
}

// Makes schemas of Go types when they are first asked for; each once, so they share their parts.
class Schemas {
 public:
  const Schema* of(const TypeRow& type) {
    const std::lock_guard lock(mutex_);
    const auto* made = bare(static_cast<std::uint16_t>(&type - kTable.types.data()));
    // A copy made inside a cycle may have missed fields of its original.
    for (const auto& [copy, original] : copies_) copy->properties = original->properties;
    copies_.clear();
    return made;
  }

 private:
  // A type as such, without what the field that uses it adds.
  const Schema* bare(std::uint16_t index);
  void fill(Schema& node, const TypeRow& type);
  void add_fields(Schema& node, const TypeRow& message);
  const Schema* field_schema(const FieldRow& field);

  std::mutex mutex_;
  SchemaTree tree_;
  std::map<std::uint16_t, Schema*> by_type_;
  std::vector<std::pair<Schema*, const Schema*>> copies_;
};

const Schema* Schemas::bare(std::uint16_t index) {
  auto& made = by_type_[index];
  if (made) return made;
  made = &tree_.add();
  auto* node = made;
  fill(*node, kTable.types[index]);
  return node;
}

void set_scalar(Schema& node, SchemaType type, std::string_view format = "") {
  node.type = type;
  node.format = format;
}

void Schemas::fill(Schema& node, const TypeRow& type) {
  switch (type.shape) {
    case Shape::kBool:
      return set_scalar(node, SchemaType::kBoolean);
    case Shape::kInt32:
      return set_scalar(node, SchemaType::kInteger, "int32");
    case Shape::kInt64:
      return set_scalar(node, SchemaType::kInteger, "int64");
    case Shape::kUint32:
      return set_scalar(node, SchemaType::kInteger);
    case Shape::kDouble:
      return set_scalar(node, SchemaType::kNumber, "double");
    case Shape::kString:
      return set_scalar(node, SchemaType::kString);
      return set_scalar(node, SchemaType::kString);
    case Shape::kBytes:
      return set_scalar(node, SchemaType::kString, "byte");
    case Shape::kTime:
    case Shape::kMicroTime:
      return set_scalar(node, SchemaType::kString, "date-time");
    case Shape::kQuantity:
      return set_scalar(node, SchemaType::kString, "quantity");
    case Shape::kIntOrString:
      return set_scalar(node, SchemaType::kIntOrString, "int-or-string");
    case Shape::kRaw:
    case Shape::kSchemaOrBool:
    case Shape::kSchemaOrArray:
    case Shape::kSchemaOrStrings:
      node.preserve_unknown_fields = true;
      return;
    case Shape::kRawObject:
      node.type = SchemaType::kObject;
      node.preserve_unknown_fields = true;
      node.atomic_map = true;  // whoever applies it owns all of it
      return;
    case Shape::kMessage:
      return add_fields(node, type);
    case Shape::kList:
    case Shape::kWrappedList:
      node.type = SchemaType::kArray;
      node.items = bare(type.argument);
      return;
    case Shape::kMap:
      node.type = SchemaType::kObject;
      node.additional_properties = bare(type.argument);
      return;
  }
}

void Schemas::add_fields(Schema& node, const TypeRow& message) {
  node.type = SchemaType::kObject;
  node.atomic_map = node.atomic_map || kTable.messages[message.argument].atomic != 0;
  for (const auto& field : fields_of(message)) {
    if ((field.flags & kFieldInline) != 0) {
      const bool atomic = node.atomic_map;
      add_fields(node, kTable.types[field.type]);
      node.atomic_map = atomic;  // says the inlined type of itself alone
      continue;
    }
    const std::string name(table_text(field.name));
    node.properties.push_back({name, field_schema(field)});
    if ((kTable.facts[field.facts].flags & kFactRequired) != 0) node.required.push_back(name);
  }
  std::ranges::sort(node.properties, {}, &SchemaProperty::name);
}

const Schema* Schemas::field_schema(const FieldRow& field) {
  const auto* type = bare(field.type);
  const auto& facts = kTable.facts[field.facts];
  const bool plain = (facts.flags & ~kFactRequired) == 0 && facts.default_value == 0 &&
                     facts.merge_key == 0 && facts.list_type == ListType::kAtomic;
  if (plain) return type;

  auto& node = tree_.add();
  node = *type;
  if (type->type == SchemaType::kObject) copies_.emplace_back(&node, type);
  if ((facts.flags & kFactAtomicMap) != 0) node.atomic_map = true;
  if ((facts.flags & kFactGranularMap) != 0) node.atomic_map = false;
  node.patch_merge = (facts.flags & kFactMerge) != 0;
  node.patch_retain_keys = (facts.flags & kFactRetainKeys) != 0;
  node.patch_replace = (facts.flags & kFactReplace) != 0;
  node.patch_merge_key = table_text(facts.merge_key);
  node.list_type = facts.list_type;
  for (const auto key : kTable.keys.subspan(facts.first_key, facts.key_count))
    node.list_map_keys.emplace_back(table_text(key));
  if (facts.default_value != 0) {
    auto value = decode_json(table_text(facts.default_value));
    DYN_ASSERT(value);
    node.default_value = *std::move(value);
  }
  return &node;
}

// A memo of pure functions of the table: the same for every caller, so there is nothing to pass.
Schemas& schemas() {
  static Schemas all;
  return all;
}

}  // namespace

const TypeRow* find_kind(std::string_view api_version, std::string_view kind) {
  const std::pair wanted{is_options(kind) ? std::string_view("v1") : api_version, kind};
  const auto at = std::ranges::lower_bound(kTable.kinds, wanted, {}, key_of);
  if (at == kTable.kinds.end() || key_of(*at) != wanted) return nullptr;
  return &kTable.types[at->type];
}

const TypeRow& object_meta_type() {
  static const auto& found = []() -> const TypeRow& {
    const auto* pod = find_kind("v1", "Pod");
    const auto fields = fields_of(*pod);
    const auto at = std::ranges::find(fields, std::string_view("metadata"),
                                      [](const FieldRow& field) { return table_text(field.name); });
    return kTable.types[at->type];
  }();
  return found;
}

std::string_view builtin_release() {
  return kTableRelease;
}

const BuiltinResource* find_builtin_resource(std::string_view group, std::string_view version,
                                             std::string_view plural) {
  const auto all = builtin_resources();
  const auto at = std::ranges::find_if(all, [&](const BuiltinResource& r) {
    return r.plural == plural && r.group == group && r.version == version;
  });
  return at == all.end() ? nullptr : &*at;
}

const Schema* builtin_schema(std::string_view api_version, std::string_view kind) {
  const auto* type = find_kind(api_version, kind);
  return type ? schemas().of(*type) : nullptr;
}

const Schema& object_meta_schema() {
  return *schemas().of(object_meta_type());
}

}  // namespace dynamod::kube
