// Sets of paths and the values they are about: which fields a value has, a value without some, and
// sets that follow the schema.
#include <set>
#include <utility>

#include "apiserver/apply/typed_value.h"

namespace dynamod::apiserver {

namespace {

class Collect {
 public:
  FieldSet take() && { return std::move(set_); }

  void value(const json::value& value, const TypeRef& type) {
    const Atom atom = type.atom_of(&value);
    if (atom.map)
      map(value, atom);
    else if (atom.scalar != ScalarType::kNone)
      set_.insert(path_);
    else if (atom.list)
      list(value, atom);
  }

 private:
  void map(const json::value& value, const Atom& atom) {
    if (atom.map == Relation::kAtomic) set_.insert(path_);
    if (atom.map == Relation::kAtomic || !value.is_object()) return;
    for (const auto& [name, field] : value.get_object()) {
      path_.push_back(PathElement::field(name));
      this->value(field, atom.field(name));
      const bool is_empty = field.is_null() || (field.is_object() && field.get_object().empty());
      if (is_empty || !atom.declares(name)) set_.insert(path_);
      path_.pop_back();
    }
  }

  void list(const json::value& value, const Atom& atom) {
    if (atom.list == Relation::kAtomic) set_.insert(path_);
    if (atom.list == Relation::kAtomic || !value.is_array()) return;
    std::set<PathElement> seen;
    std::set<PathElement> duplicates;
    for (const json::value& item : value.get_array()) {
      const auto element = atom.element(item);
      if (element && !seen.insert(*element).second) duplicates.insert(*element);
    }
    for (const json::value& item : value.get_array()) {
      const auto element = atom.element(item);
      if (!element) continue;
      path_.push_back(*element);
      if (!duplicates.contains(*element)) this->value(item, atom.items());
      set_.insert(path_);
      path_.pop_back();
    }
  }

  FieldPath path_ = {};
  FieldSet set_ = {};
};

json::value list_without(const json::array& list, const FieldSet& items, const Atom& atom) {
  json::array kept;
  for (const json::value& item : list) {
    const auto element = atom.element(item);
    if (element && items.has(*element)) continue;
    const FieldSet& below = element ? items.below(*element) : FieldSet();
    kept.push_back(below.empty() ? item : without_items(item, below, atom.items()));
  }
  if (kept.empty()) return nullptr;
  return kept;
}

json::value map_without(const json::object& map, const FieldSet& items, const Atom& atom) {
  json::object kept;
  for (const auto& [name, value] : map) {
    const PathElement element = PathElement::field(name);
    if (items.has(element)) continue;
    const FieldSet& below = items.below(element);
    kept[name] = below.empty() ? value : without_items(value, below, atom.field(name));
  }
  if (kept.empty()) return nullptr;
  return kept;
}

// The type of what is behind a step of a path; undeclared when the step fits no value of `atom`.
TypeRef type_behind(const PathElement& element, const Atom& atom) {
  if (const std::string* name = element.field_name())
    return atom.map ? atom.field(*name) : TypeRef();
  const bool has_keys = std::holds_alternative<ElementKeys>(element.step);
  return has_keys && atom.list ? atom.items() : TypeRef();
}

class Fit {
 public:
  // `is_whole`: the set owns the value itself and nothing below.
  void value(const FieldSet& set, const TypeRef& type, bool is_whole) {
    const Atom atom = type.atom();
    if (atom.map)
      map(set, atom, is_whole);
    else if (atom.scalar == ScalarType::kNone && atom.list)
      list(set, atom, is_whole);
  }

  [[nodiscard]] FieldSet apply_to(const FieldSet& set) const {
    return set.without_subtrees(changed_).united(changed_);
  }

 private:
  void map(const FieldSet& set, const Atom& atom, bool is_whole) {
    if (atom.is_free_map()) return;
    if (atom.map == Relation::kAtomic) {
      if (!is_whole && !set.empty()) changed_.insert(path_);
      if (!is_whole) return;
    }
    for (const auto& [element, node] : set.nodes()) {
      const std::string* name = element.field_name();
      const TypeRef type = atom.field(name ? *name : std::string());
      if (type.declared()) step(element, node, type);
    }
  }

  void list(const FieldSet& set, const Atom& atom, bool is_whole) {
    if (!is_whole && atom.list == Relation::kAtomic) {
      changed_.insert(path_);
      return;
    }
    for (const auto& [element, node] : set.nodes()) step(element, node, atom.items());
  }

  void step(const PathElement& element, const FieldSet::Node& node, const TypeRef& type) {
    path_.push_back(element);
    value(node.below, type, node.member && node.below.empty());
    path_.pop_back();
  }

  FieldPath path_ = {};
  FieldSet changed_ = {};
};

}  // namespace

FieldSet fields_of(const json::value& value, const TypeRef& type) {
  Collect collect;
  collect.value(value, type);
  return std::move(collect).take();
}

json::value without_items(const json::value& value, const FieldSet& items, const TypeRef& type) {
  const Atom atom = type.atom_of(&value);
  if (atom.map) {
    const bool is_whole = !value.is_object() || atom.map == Relation::kAtomic;
    return is_whole ? json::value() : map_without(value.get_object(), items, atom);
  }
  if (atom.scalar != ScalarType::kNone) return value;
  const bool is_whole = !value.is_array() || atom.list != Relation::kMerged;
  return is_whole ? json::value() : list_without(value.get_array(), items, atom);
}

FieldSet with_named_fields(const FieldSet& set, const TypeRef& type) {
  const Atom atom = type.atom();
  FieldSet result;
  for (const auto& [element, node] : set.nodes()) {
    const std::string* name = element.field_name();
    const bool is_named = !node.below.empty() && name && atom.map && atom.declares(*name);
    result.set_child(element, node.member || is_named,
                     with_named_fields(node.below, type_behind(element, atom)));
  }
  return result;
}

FieldSet fitted_to_schema(const FieldSet& set, const TypeRef& type) {
  Fit fit;
  fit.value(set, type, false);
  return fit.apply_to(set);
}

}  // namespace dynamod::apiserver
