// Strategic merge of lists. Elements are found by an identity: the value of the merge key, or the
// element itself; as text, so that long lists are merged in one pass.
#include "kube/patch/strategic_list.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kube/go_text.h"

namespace dynamod::kube {

namespace {

std::unexpected<Error> broken(std::string message) {
  return fail(Error::Kind::kInternal, std::move(message));
}

std::unexpected<Error> no_merge_key(const json::object& map, std::string_view key) {
  return broken(fmt::format("map: {} does not contain declared merge key: {}", go_text(map), key));
}

// 1 and 1.0 are different, as in Go.
std::string identity_text(const json::value& value) {
  const std::string text = encode_json(value);
  return value.is_double() ? text + " float" : text;
}

Result<std::string> identity_of(const json::value& element, std::string_view key) {
  if (key.empty()) return identity_text(element);
  if (!element.is_object()) return wrong_type("map[string]interface {}", element);
  const json::value* value = element.get_object().if_contains(key);
  if (!value) return no_merge_key(element.get_object(), key);
  return identity_text(*value);
}

// Where in a list an element of an identity is first.
using Ranks = std::unordered_map<std::string, std::size_t>;

// Elements without the key have no place.
Ranks ranks_of(const json::array& list, std::string_view key) {
  Ranks ranks;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (const auto identity = identity_of(list[i], key)) ranks.try_emplace(*identity, i);
  return ranks;
}

// All elements have one type, and that is no list.
Result<json::kind> element_kind(const json::array& a, const json::array& b) {
  std::optional<std::string_view> type;
  std::optional<json::kind> kind;
  for (const json::array* list : {&a, &b}) {
    for (const json::value& element : *list) {
      if (element.is_array())
        return fail(Error::Kind::kInvalid, "lists of lists are not supported");
      if (type && *type != go_type(element))
        return broken(
            fmt::format("list element types are not identical: [{} {}]", go_text(a), go_text(b)));
      type = go_type(element);
      kind = element.kind();
    }
  }
  if (!kind) return broken("no elements in any of the given slices");
  if (*kind == json::kind::null) return broken("a list to be merged has a null element");
  return *kind;
}

// An element with its places, where it has one: in the order it is sorted by (none sorts first), in
// the object, and in the merged list.
struct Ranked {
  json::value element;
  std::optional<std::size_t> wanted = {};
  std::optional<std::size_t> present = {};
  std::size_t merged = 0;
};

void sort_ranked(std::vector<Ranked>& list) {
  std::ranges::sort(list, {}, [](const Ranked& it) { return std::pair(it.wanted, it.merged); });
}

// Puts the elements that only the object has among those of the patch: each before the first that
// stands behind it in the object. The order within both stays.
json::array interleave(std::vector<Ranked> own, std::vector<Ranked> patched) {
  json::array all;
  auto left = own.begin();
  auto right = patched.begin();
  while (left != own.end() || right != patched.end()) {
    const bool takes_left =
        right == patched.end() ||
        (left != own.end() && left->present && right->present && *left->present < *right->present);
    auto& next = takes_left ? left : right;
    all.push_back(std::move(next->element));
    ++next;
  }
  return all;
}

std::optional<std::size_t> rank_in(const Ranks& ranks, const std::string& identity) {
  const auto found = ranks.find(identity);
  return found == ranks.end() ? std::nullopt : std::optional(found->second);
}

Result<json::array> ordered(const json::array& merged, const ElementOrder& order,
                            std::string_view key) {
  const Ranks wanted = ranks_of(order.wanted, key);
  const Ranks present = ranks_of(order.present, key);
  if (!key.empty()) {
    for (const json::value& element : order.wanted) CHECK_OK(identity_of(element, key));
    for (const json::value& element : order.present) CHECK_OK(identity_of(element, key));
  }
  std::vector<Ranked> own;
  std::vector<Ranked> patched;
  for (const json::value& element : merged) {
    TRY(const std::string identity, identity_of(element, key));
    const auto rank = rank_in(wanted, identity);
    const auto place = rank_in(present, identity);
    const std::size_t at = own.size() + patched.size();
    auto& part = rank ? patched : own;
    part.push_back(
        {.element = element, .wanted = rank ? rank : place, .present = place, .merged = at});
  }
  sort_ranked(patched);
  sort_ranked(own);
  return interleave(std::move(own), std::move(patched));
}

json::array united(const json::array& original, const json::array& patch) {
  Ranks seen;
  json::array all;
  for (const json::array* list : {&original, &patch})
    for (const json::value& element : *list)
      if (seen.try_emplace(identity_text(element), 0).second) all.push_back(element);
  return all;
}

bool has_directive(const json::value& element, std::string_view directive) {
  if (!element.is_object()) return false;
  const json::value* found = element.get_object().if_contains(kPatchDirective);
  return found && found->is_string() && found->get_string() == directive;
}

// The elements with $patch are taken out of the patch and done.
struct Prepared {
  json::array original;
  json::array patch;
};

Result<Prepared> apply_element_directives(json::array original, const json::array& patch,
                                          std::string_view key) {
  Prepared prepared{.original = std::move(original), .patch = {}};
  bool replaces = false;
  for (const json::value& element : patch) {
    const json::object& map = element.get_object();
    const json::value* directive = map.if_contains(kPatchDirective);
    if (!directive) {
      prepared.patch.push_back(element);
    } else if (*directive == "delete") {
      if (!map.contains(key)) return no_merge_key(map, key);
      const json::value& unwanted = map.at(key);
      for (const json::value& other : prepared.original)
        if (!other.is_object()) return broken("value for key 0 is not a map");
      auto [first, last] = std::ranges::remove_if(prepared.original, [&](const json::value& other) {
        const json::value* value = other.get_object().if_contains(key);
        return value && identity_text(*value) == identity_text(unwanted);
      });
      prepared.original.erase(first, last);
    } else if (*directive == "replace") {
      replaces = true;
    } else if (*directive == "merge") {
      return broken("merging lists cannot yet be specified in the patch");
    } else {
      return unknown_directive(*directive, map);
    }
  }
  if (replaces) return Prepared{.original = std::move(prepared.patch), .patch = {}};
  return prepared;
}

Result<json::array> merge_maps(json::array original, const json::array& patch,
                               const ListMerge& merge) {
  Ranks places = ranks_of(original, merge.key);
  for (const json::value& element : patch) {
    TRY(const std::string identity, identity_of(element, merge.key));
    const auto [place, is_new] = places.try_emplace(identity, original.size());
    if (is_new) {
      original.push_back(element);
      continue;
    }
    json::value& target = original[place->second];
    TRY(target, merge_objects(target.get_object(), element.get_object(), merge.items));
  }
  return original;
}

}  // namespace

Result<json::array> merge_lists(json::array original, const json::array& patch,
                                const ListMerge& merge) {
  if (original.empty() && patch.empty()) return original;
  TRY(const json::kind kind, element_kind(original, patch));
  if (kind != json::kind::object) {
    const json::array merged = united(original, patch);
    return ordered(merged, {.wanted = patch, .present = original}, "");
  }
  if (merge.key.empty()) return broken("cannot merge lists without merge key for struct");
  TRY(const Prepared prepared, apply_element_directives(std::move(original), patch, merge.key));
  TRY(const json::array merged, merge_maps(prepared.original, prepared.patch, merge));
  return ordered(merged, {.wanted = prepared.patch, .present = prepared.original}, merge.key);
}

Result<json::array> delete_from_list(const json::array& original, const json::array& unwanted,
                                     const ListMerge& merge) {
  if (original.empty() && unwanted.empty()) return original;
  TRY(const json::kind kind, element_kind(original, unwanted));
  if (kind == json::kind::object) return merge_lists(original, unwanted, merge);
  const Ranks gone = ranks_of(unwanted, "");
  json::array kept;
  for (const json::value& element : original)
    if (!gone.contains(identity_text(element))) kept.push_back(element);
  return kept;
}

Result<json::array> order_list(const json::array& merged, const ElementOrder& order,
                               const json::array& patch, std::string_view key) {
  TRY(const json::kind kind, element_kind(order.present, patch));
  if (key.empty() && kind == json::kind::object)
    return broken("cannot order a list of objects without merge key");
  return ordered(merged, order, key);
}

Result<> check_order(const json::array& patch, const json::array& order, std::string_view key) {
  json::array named;
  for (const json::value& element : patch) {
    if (!key.empty() && !element.is_object()) return wrong_type("map[string]interface {}", element);
    if (key.empty() || !has_directive(element, "delete")) named.push_back(element);
  }
  if (patch.empty() || order.empty()) return {};
  std::size_t matched = 0;
  for (std::size_t i = 0; i < order.size() && matched < named.size();) {
    const json::value& element = named[matched];
    if (element.is_object() && element.get_object().contains(kPatchDirective)) {
      ++matched;
      continue;
    }
    TRY(const std::string identity, identity_of(element, key));
    TRY(const std::string wanted, identity_of(order[i], key));
    if (identity == wanted) ++matched;
    ++i;
  }
  // A directive behind the last of the order counts as out of order, too, as in Kubernetes.
  if (matched == named.size()) return {};
  return broken(
      fmt::format("The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                  go_text(patch), go_text(order)));
}

json::array present_order(const json::array& original, const json::array& patch,
                          std::string_view key) {
  Ranks deleted;
  bool replaces = false;
  for (const json::value& element : patch) {
    replaces = replaces || has_directive(element, "replace");
    if (!has_directive(element, "delete")) continue;
    if (const auto identity = identity_of(element, key)) deleted.try_emplace(*identity, 0);
  }
  json::array present;
  for (const json::value& element : original) {
    const auto identity = identity_of(element, key);
    if (!identity || !deleted.contains(*identity)) present.push_back(element);
  }
  Ranks known = ranks_of(present, key);
  for (const json::value& element : patch) {
    if (replaces || present.size() == original.size()) break;
    if (element.get_object().contains(kPatchDirective)) continue;
    const auto identity = identity_of(element, key);
    if (identity && known.try_emplace(*identity, 0).second) present.push_back(element);
  }
  return present;
}

}  // namespace dynamod::kube
