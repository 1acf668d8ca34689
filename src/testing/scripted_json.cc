// Documents as trees of leaves: a leaf's path is its steps, each ended by '\n' (no JSON key of an
// API object has one).
#include "testing/scripted_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace dynamod::testing {

namespace {

// Lists whose items are merged by a key, by the name of the list.
const std::map<std::string, std::string, std::less<>> kListKeys = {
    {"conditions", "type"},        {"webhooks", "name"},
    {"containers", "name"},        {"env", "name"},
    {"volumes", "name"},           {"ports", "port"},
    {"volumeMounts", "mountPath"}, {"ownerReferences", "uid"},
};

// The key of this list, if it is one of objects that all have it.
std::optional<std::string> list_key(std::string_view list, const json::value& value) {
  const auto known = kListKeys.find(list);
  if (known == kListKeys.end() || !value.is_array()) return std::nullopt;
  for (const auto& item : value.get_array()) {
    if (!item.is_object() || !item.get_object().contains(known->second)) return std::nullopt;
  }
  return known->second;
}

std::string step_of(const std::string& key, const json::value& item) {
  return "[" + key + "=" + encode_json(item.get_object().at(key)) + "]\n";
}

json::value* item_at(json::array& items, const std::string& key, const std::string& step) {
  for (auto& item : items) {
    if (item.is_object() && item.get_object().contains(key) && step_of(key, item) == step)
      return &item;
  }
  return nullptr;
}

// Calls visit(path, leaf) for each leaf.
template <class Visit>
void walk(const json::value& value, std::string_view name, const std::string& path,
          const Visit& visit) {
  if (value.is_object() && !value.get_object().empty()) {
    for (const auto& [key, member] : value.get_object()) {
      walk(member, key, path + std::string(key) + "\n", visit);
    }
    return;
  }
  if (const auto key = list_key(name, value); key && !value.get_array().empty()) {
    for (const auto& item : value.get_array()) walk(item, "", path + step_of(*key, item), visit);
    return;
  }
  visit(path, value);
}

std::map<std::string, json::value> leaf_values(const json::value& document) {
  static const OwnedFields nobodys = {"", "apiVersion\n", "kind\n", "metadata\nname\n",
                                      "metadata\nnamespace\n"};
  std::map<std::string, json::value> result;
  walk(document, "", "", [&](const std::string& path, const json::value& leaf) {
    if (!nobodys.contains(path)) result.emplace(path, leaf);
  });
  return result;
}

void set_applied(json::value& target, const json::value& applied, std::string_view name) {
  if (applied.is_object()) {
    if (!target.is_object()) target = json::object();
    for (const auto& [key, member] : applied.get_object())
      set_applied(target.get_object()[key], member, key);
    return;
  }
  const auto key = list_key(name, applied);
  if (!key || !target.is_array()) {
    target = applied;
    return;
  }
  for (const auto& item : applied.get_array()) {
    json::value* known = item_at(target.get_array(), *key, step_of(*key, item));
    if (known == nullptr) {
      target.get_array().push_back(item);
    } else {
      set_applied(*known, item, "");
    }
  }
}

// Removes the leaf at `path`, and the containers that this empties.
void remove_leaf(json::value& target, std::string_view path, std::string_view name) {
  const auto end = path.find('\n');
  const std::string step(path.substr(0, end));
  const std::string_view rest = path.substr(end + 1);
  if (target.is_object()) {
    auto& object = target.get_object();
    const auto member = object.find(step);
    if (member == object.end()) return;
    if (!rest.empty()) remove_leaf(member->value(), rest, step);
    const auto& left = member->value();
    const bool empty = (left.is_object() && left.get_object().empty()) ||
                       (left.is_array() && left.get_array().empty());
    if (rest.empty() || empty) object.erase(member);
    return;
  }
  const auto key = list_key(name, target);
  if (!key || rest.empty()) return;
  auto& items = target.get_array();
  json::value* item = item_at(items, *key, step + "\n");
  if (item == nullptr) return;
  // The item goes with its key.
  if (rest == *key + "\n") {
    items.erase(items.begin() + (item - items.data()));
  } else {
    remove_leaf(*item, rest, "");
  }
}

std::string readable(std::string path) {
  if (!path.empty()) path.pop_back();
  std::ranges::replace(path, '\n', '.');
  return path;
}

// Splits at commas outside parentheses.
std::vector<std::string> split_terms(std::string_view text) {
  std::vector<std::string> terms(1);
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  std::erase(terms, "");
  return terms;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" ()");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" ()") - first + 1));
}

// "key op value" around the first of ops that occurs.
struct Term {
  std::string key, op, value;
};

Term split_term(const std::string& text, const std::vector<std::string>& ops) {
  for (const auto& op : ops) {
    const auto place = text.find(op);
    if (place == std::string::npos) continue;
    return {trimmed(text.substr(0, place)), op, trimmed(text.substr(place + op.size()))};
  }
  return {trimmed(text), "", ""};
}

bool in_list(const std::string& list, const std::string& value) {
  const auto values = split_terms(list);
  return std::ranges::any_of(values,
                             [&](const std::string& item) { return trimmed(item) == value; });
}

}  // namespace

void merge_into(json::value& target, const json::value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = json::object();
  auto& object = target.get_object();
  for (const auto& [key, value] : patch.get_object()) {
    if (value.is_null()) {
      object.erase(key);
    } else {
      merge_into(object[key], value);
    }
  }
}

OwnedFields leaves_of(const json::value& document) {
  OwnedFields result;
  for (const auto& [path, leaf] : leaf_values(document)) result.insert(path);
  return result;
}

OwnedFields changed_leaves(const json::value& before, const json::value& now) {
  const auto old_leaves = leaf_values(before);
  const auto new_leaves = leaf_values(now);
  OwnedFields result;
  for (const auto& [path, leaf] : new_leaves) {
    const auto old = old_leaves.find(path);
    if (old == old_leaves.end() || !equal_json(old->second, leaf)) result.insert(path);
  }
  for (const auto& [path, leaf] : old_leaves) {
    if (!new_leaves.contains(path)) result.insert(path);
  }
  return result;
}

Result<> apply_into(json::value& target, const json::value& applied, FieldOwners& owners,
                    const std::string& manager, bool force) {
  const auto wanted = leaf_values(applied);
  const auto current = leaf_values(target);
  for (auto& [other, fields] : owners) {
    if (other == manager) continue;
    for (const auto& [path, value] : wanted) {
      const auto now = current.find(path);
      if (!fields.contains(path) || (now != current.end() && equal_json(now->second, value)))
        continue;
      if (!force) {
        return fail(Error::Kind::kConflict, "Apply failed with 1 conflict: conflict with \"" +
                                                other + "\": ." + readable(path));
      }
      fields.erase(path);
    }
  }
  OwnedFields& mine = owners[manager];
  for (const auto& path : mine) {
    if (wanted.contains(path)) continue;
    // An empty list that was applied is no claim to the items that others put there.
    const auto below = current.upper_bound(path);
    if (below != current.end() && below->first.starts_with(path)) continue;
    const bool shared = std::ranges::any_of(owners, [&](const auto& owner) {
      return owner.first != manager && owner.second.contains(path);
    });
    if (!shared) remove_leaf(target, path, "");
  }
  mine.clear();
  for (const auto& [path, value] : wanted) mine.insert(path);
  set_applied(target, applied, "");
  return {};
}

Result<bool> labels_match(std::string_view selector, const json::value& object) {
  const json::value* labels = find_json(object, "metadata.labels");
  for (const auto& text : split_terms(selector)) {
    const Term term = split_term(text, {"!=", "==", "=", " notin ", " in "});
    const bool absent_wanted = term.op.empty() && term.key.starts_with('!');
    const std::string key = absent_wanted ? term.key.substr(1) : term.key;
    if (key.empty()) return fail(Error::Kind::kBadRequest, "unable to parse requirement: " + text);
    const json::value* label =
        labels != nullptr && labels->is_object() ? labels->get_object().if_contains(key) : nullptr;
    const bool present = label != nullptr && label->is_string();
    const std::string value = present ? std::string(label->get_string()) : "";
    bool holds = present != absent_wanted;
    if (term.op == "=" || term.op == "==") holds = present && value == term.value;
    if (term.op == "!=") holds = !present || value != term.value;
    if (term.op == " in ") holds = present && in_list(term.value, value);
    if (term.op == " notin ") holds = !present || !in_list(term.value, value);
    if (!holds) return false;
  }
  return true;
}

Result<bool> fields_match(std::string_view selector, const json::value& object) {
  for (const auto& text : split_terms(selector)) {
    const Term term = split_term(text, {"!=", "==", "="});
    if (term.op.empty()) return fail(Error::Kind::kBadRequest, "invalid field selector: " + text);
    const bool equal = string_at(object, term.key) == term.value;
    if (equal == (term.op == "!=")) return false;
  }
  return true;
}

}  // namespace dynamod::testing
