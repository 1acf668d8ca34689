// What changed between two values, as sets of paths.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apiserver/apply/typed_value.h"

namespace dynamod::apiserver {

namespace {

using Items = std::map<PathElement, std::vector<const json::value*>>;

bool is_empty_list(const json::array* list) {
  return !list || list->empty();
}

class Compare {
 public:
  // One of both may be absent.
  void values(const json::value* before, const json::value* after, const TypeRef& type) {
    const Atom old_atom = type.atom_of(before);
    const Atom new_atom = type.atom_of(after);
    bool is_leaf = false;
    if (!after) {
      is_leaf = by_atom(before, after, old_atom);
    } else if (!before || old_atom.same_kinds(new_atom)) {
      is_leaf = by_atom(before, after, new_atom);
    } else {
      // The value changed its kind, e.g. from text to map: both views count.
      (void)by_atom(before, after, old_atom);
      is_leaf = by_atom(before, after, new_atom);
    }
    if (is_leaf) return;
    if (!before)
      found_.added.insert(path_);
    else if (!after)
      found_.removed.insert(path_);
  }

  Result<Comparison> take() && {
    CHECK_OK(problems_.result());
    return std::move(found_);
  }

 private:
  // True: the value was compared as a whole.
  bool by_atom(const json::value* before, const json::value* after, const Atom& atom) {
    if (atom.map) return maps(before, after, atom);
    if (atom.scalar != ScalarType::kNone) return scalars(before, after, atom);
    if (atom.list) return lists(before, after, atom);
    problems_.add(path_, "schema error: invalid atom: inlined");
    return false;
  }

  void leaf(const json::value* before, const json::value* after) {
    if (!before)
      found_.added.insert(path_);
    else if (!after)
      found_.removed.insert(path_);
    else if (!equal_json(*before, *after))
      found_.modified.insert(path_);
  }

  bool scalars(const json::value* before, const json::value* after, const Atom& atom) {
    const auto old_checked = check_scalar(atom.scalar, before, "lhs: ");
    const auto new_checked = check_scalar(atom.scalar, after, "rhs: ");
    if (!old_checked && !new_checked) {
      problems_.add(path_, old_checked.error().message);
      problems_.add(path_, new_checked.error().message);
      return false;
    }
    leaf(before, after);
    return true;
  }

  bool maps(const json::value* before, const json::value* after, const Atom& atom) {
    const json::object* old_map = before ? before->if_object() : nullptr;
    const json::object* new_map = after ? after->if_object() : nullptr;
    const bool both_empty = (!old_map || old_map->empty()) && (!new_map || new_map->empty());
    if (atom.map == Relation::kAtomic || both_empty) {
      leaf(before, after);
      return true;
    }
    if (old_map)
      for (const auto& [name, value] : *old_map)
        field(name, &value, new_map ? new_map->if_contains(name) : nullptr, atom);
    if (new_map)
      for (const auto& [name, value] : *new_map)
        if (!old_map || !old_map->contains(name)) field(name, nullptr, &value, atom);
    return false;
  }

  void field(std::string_view name, const json::value* before, const json::value* after,
             const Atom& atom) {
    path_.push_back(PathElement::field(name));
    values(before, after, atom.field(name));
    path_.pop_back();
  }

  bool lists(const json::value* before, const json::value* after, const Atom& atom) {
    const json::array* old_list = before ? before->if_array() : nullptr;
    const json::array* new_list = after ? after->if_array() : nullptr;
    if (atom.list == Relation::kAtomic || (is_empty_list(old_list) && is_empty_list(new_list))) {
      leaf(before, after);
      return true;
    }
    const Items old_items = items_of(old_list, atom);
    const Items new_items = items_of(new_list, atom);
    for (const auto& [element, values] : old_items) {
      const auto other = new_items.find(element);
      elements(element, values, other == new_items.end() ? kNone : other->second, atom);
    }
    for (const auto& [element, values] : new_items)
      if (!old_items.contains(element)) elements(element, kNone, values, atom);
    return false;
  }

  Items items_of(const json::array* list, const Atom& atom) {
    Items items;
    if (!list) return items;
    for (std::size_t i = 0; i < list->size(); ++i) {
      auto element = atom.element((*list)[i]);
      if (element)
        items[*std::move(element)].push_back(&(*list)[i]);
      else
        problems_.add(path_, fmt::format("element {}: {}", i, element.error().message));
    }
    return items;
  }

  using Same = std::vector<const json::value*>;
  static inline const Same kNone = {};

  // Elements of one identity. Several of them are one thing, that is owned as a whole.
  void elements(const PathElement& element, const Same& before, const Same& after,
                const Atom& atom) {
    path_.push_back(element);
    const bool was_many = before.size() > 1;
    const bool is_many = after.size() > 1;
    if (was_many && is_many) {
      if (!equal(before, after)) found_.modified.insert(path_);
    } else if (was_many) {
      if (!after.empty()) values(nullptr, after.front(), atom.items());
      found_.removed.insert(path_);
    } else if (is_many) {
      if (!before.empty()) values(before.front(), nullptr, atom.items());
      found_.added.insert(path_);
    } else {
      values(before.empty() ? nullptr : before.front(), after.empty() ? nullptr : after.front(),
             atom.items());
    }
    path_.pop_back();
  }

  static bool equal(const Same& a, const Same& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!equal_json(*a[i], *b[i])) return false;
    return true;
  }

  FieldPath path_ = {};
  Comparison found_ = {};
  TypeProblems problems_ = {};
};

}  // namespace

Result<Comparison> compare_values(const json::value& before, const json::value& after,
                                  const TypeRef& type) {
  Compare compare;
  compare.values(&before, &after, type);
  return std::move(compare).take();
}

}  // namespace dynamod::apiserver
