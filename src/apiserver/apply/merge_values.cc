// One value over another, by their type.
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apiserver/apply/typed_value.h"

namespace dynamod::apiserver {

namespace {

using Merged = std::optional<json::value>;

// The elements of a list in order, each known by its path element.
struct Indexed {
  std::vector<PathElement> order;
  // A duplicate is null: it is merged with nothing.
  std::map<PathElement, const json::value*> items;
  std::vector<const json::value*> values;

  [[nodiscard]] const json::value* find(const PathElement& element) const {
    const auto found = items.find(element);
    return found == items.end() ? nullptr : found->second;
  }
};

class Merge {
 public:
  // One of both may be absent.
  Merged values(const json::value* live, const json::value* config, const TypeRef& type) {
    const Atom live_atom = type.atom_of(live);
    const Atom config_atom = type.atom_of(config);
    if (!config) return by_atom(live, config, live_atom);
    if (live && !live_atom.same_kinds(config_atom)) (void)by_atom(live, config, live_atom);
    return by_atom(live, config, config_atom);
  }

  Result<json::value> take(Merged merged) && {
    CHECK_OK(problems_.result());
    return std::move(merged).value_or(nullptr);
  }

 private:
  Merged by_atom(const json::value* live, const json::value* config, const Atom& atom) {
    if (atom.map) return maps(live, config, atom);
    if (atom.scalar != ScalarType::kNone) return scalars(live, config, atom);
    if (atom.list) return lists(live, config, atom);
    problems_.add(path_, "schema error: invalid atom: inlined");
    return std::nullopt;
  }

  static Merged leaf(const json::value* live, const json::value* config) {
    return config ? *config : *live;
  }

  Merged scalars(const json::value* live, const json::value* config, const Atom& atom) {
    const auto live_checked = check_scalar(atom.scalar, live, "lhs: ");
    const auto config_checked = check_scalar(atom.scalar, config, "rhs: ");
    if (live_checked || config_checked) return leaf(live, config);
    problems_.add(path_, live_checked.error().message);
    problems_.add(path_, config_checked.error().message);
    return std::nullopt;
  }

  Merged maps(const json::value* live, const json::value* config, const Atom& atom) {
    const json::object* old_map = live ? live->if_object() : nullptr;
    const json::object* new_map = config ? config->if_object() : nullptr;
    const bool both_empty = (!old_map || old_map->empty()) && (!new_map || new_map->empty());
    if (atom.map == Relation::kAtomic || both_empty) return leaf(live, config);
    json::object out;
    if (old_map)
      for (const auto& [name, value] : *old_map)
        field(out, name, {&value, new_map ? new_map->if_contains(name) : nullptr}, atom);
    if (new_map)
      for (const auto& [name, value] : *new_map)
        if (!old_map || !old_map->contains(name)) field(out, name, {nullptr, &value}, atom);
    return out.empty() ? Merged() : Merged(std::move(out));
  }

  struct Both {
    const json::value* live;
    const json::value* config;
  };

  void field(json::object& out, std::string_view name, Both both, const Atom& atom) {
    path_.push_back(PathElement::field(name));
    if (Merged merged = values(both.live, both.config, atom.field(name)))
      out[name] = *std::move(merged);
    path_.pop_back();
  }

  Merged lists(const json::value* live, const json::value* config, const Atom& atom) {
    static const json::array kEmpty;
    const json::array* old_list = live ? live->if_array() : nullptr;
    const json::array* new_list = config ? config->if_array() : nullptr;
    const bool both_empty = (!old_list || old_list->empty()) && (!new_list || new_list->empty());
    if (atom.list == Relation::kAtomic || both_empty) return leaf(live, config);
    const Indexed theirs = indexed(new_list ? *new_list : kEmpty, atom, Duplicates::kRefuse);
    const Indexed mine = indexed(old_list ? *old_list : kEmpty, atom, Duplicates::kAllow);
    if (!problems_.empty()) return std::nullopt;
    json::array out = interleave(mine, theirs, atom);
    return out.empty() ? Merged() : Merged(std::move(out));
  }

  Indexed indexed(const json::array& list, const Atom& atom, Duplicates duplicates) {
    static const json::value kNull;
    Indexed result;
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto element = atom.element(list[i]);
      if (!element) {
        problems_.add(path_, fmt::format("element {}: {}", i, element.error().message));
        continue;
      }
      const auto [found, is_new] = result.items.try_emplace(*element, &list[i]);
      if (!is_new && duplicates == Duplicates::kRefuse) {
        problems_.add(path_, "duplicate entries for key " + element->text());
        continue;
      }
      if (!is_new) found->second = &kNull;
      result.order.push_back(*std::move(element));
      result.values.push_back(&list[i]);
    }
    return result;
  }

  void append(json::array& out, const PathElement& element, Both both, const Atom& atom) {
    path_.push_back(element);
    if (Merged merged = values(both.live, both.config, atom.items()))
      out.push_back(*std::move(merged));
    path_.pop_back();
  }

  // Elements that both have stand in the order of `theirs`; those only one has keep their
  // neighbours as far as that goes.
  json::array interleave(const Indexed& mine, const Indexed& theirs, const Atom& atom) {
    json::array out;
    std::deque<const PathElement*> shared;  // still to come, in the order of `theirs`
    for (const PathElement& element : theirs.order)
      if (mine.items.contains(element)) shared.push_back(&element);
    std::set<PathElement> done;
    std::size_t left = 0;
    std::size_t right = 0;
    while (left < mine.order.size() || right < theirs.order.size()) {
      const PathElement* own = left < mine.order.size() ? &mine.order[left] : nullptr;
      const PathElement* other = right < theirs.order.size() ? &theirs.order[right] : nullptr;
      if (own && other && *own == *other) {
        done.insert(*own);
        append(out, *own, {mine.find(*own), theirs.find(*own)}, atom);
        ++left;
        ++right;
        if (!shared.empty()) shared.pop_front();
        continue;
      }
      const bool is_shared = own && theirs.items.contains(*own);
      if (is_shared && other && !shared.empty() && !(*shared.front() == *own)) {
        ++left;  // its turn comes with the element of `theirs`
        continue;
      }
      if (own && !is_shared) {
        append(out, *own, {mine.values[left], nullptr}, atom);
        ++left;
        continue;
      }
      if (own && done.contains(*own)) ++left;
      if (!other) continue;
      done.insert(*other);
      append(out, *other, {mine.find(*other), theirs.find(*other)}, atom);
      ++right;
      if (!shared.empty() && *shared.front() == *other) shared.pop_front();
    }
    return out;
  }

  FieldPath path_ = {};
  TypeProblems problems_ = {};
};

}  // namespace

Result<json::value> merge_values(const json::value& live, const json::value& config,
                                 const TypeRef& type) {
  Merge merge;
  Merged merged = merge.values(&live, &config, type);
  return std::move(merge).take(std::move(merged));
}

}  // namespace dynamod::apiserver
