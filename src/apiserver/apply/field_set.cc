// Sets of paths: algebra and FieldsV1.
#include "apiserver/apply/field_set.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kSelf = ".";  // in FieldsV1: the path that leads here

const FieldSet& empty_set() {
  static const FieldSet set;
  return set;
}

std::string_view json_type(const json::value& value) {
  if (value.is_array()) return "[";
  return value.is_string() ? "\"" : "a scalar";
}

}  // namespace

FieldSet FieldSet::of(std::initializer_list<std::initializer_list<std::string_view>> paths) {
  FieldSet set;
  for (const auto& names : paths) {
    FieldPath path;
    for (const std::string_view name : names) path.push_back(PathElement::field(name));
    set.insert(path);
  }
  return set;
}

bool FieldSet::empty() const {
  return nodes_.empty();
}

const FieldSet::Nodes& FieldSet::nodes() const {
  return nodes_;
}

bool FieldSet::contains(const FieldPath& path) const {
  const FieldSet* set = this;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i + 1 == path.size()) return set->has(path[i]);
    set = &set->below(path[i]);
  }
  return false;
}

void FieldSet::collect(FieldPath& prefix, std::vector<FieldPath>& paths) const {
  for (const auto& [element, node] : nodes_) {
    if (!node.member) continue;
    paths.push_back(prefix);
    paths.back().push_back(element);
  }
  for (const auto& [element, node] : nodes_) {
    prefix.push_back(element);
    node.below.collect(prefix, paths);
    prefix.pop_back();
  }
}

std::vector<FieldPath> FieldSet::paths() const {
  std::vector<FieldPath> paths;
  FieldPath prefix;
  collect(prefix, paths);
  return paths;
}

void FieldSet::insert(const FieldPath& path) {
  FieldSet* set = this;
  for (std::size_t i = 0; i < path.size(); ++i) {
    Node& node = set->nodes_[path[i]];
    if (i + 1 == path.size()) node.member = true;
    set = &node.below;
  }
}

void FieldSet::set_child(const PathElement& element, bool member, FieldSet below) {
  if (!member && below.empty())
    nodes_.erase(element);
  else
    nodes_[element] = {.member = member, .below = std::move(below)};
}

bool FieldSet::has(const PathElement& element) const {
  const auto found = nodes_.find(element);
  return found != nodes_.end() && found->second.member;
}

const FieldSet& FieldSet::below(const PathElement& element) const {
  const auto found = nodes_.find(element);
  return found == nodes_.end() ? empty_set() : found->second.below;
}

FieldSet FieldSet::united(const FieldSet& other) const {
  FieldSet result = *this;
  for (const auto& [element, node] : other.nodes_) {
    Node& mine = result.nodes_[element];
    mine.member = mine.member || node.member;
    mine.below = mine.below.united(node.below);
  }
  return result;
}

FieldSet FieldSet::intersected(const FieldSet& other) const {
  FieldSet result;
  for (const auto& [element, node] : nodes_) {
    const auto found = other.nodes_.find(element);
    if (found == other.nodes_.end()) continue;
    result.set_child(element, node.member && found->second.member,
                     node.below.intersected(found->second.below));
  }
  return result;
}

FieldSet FieldSet::without(const FieldSet& other) const {
  FieldSet result;
  for (const auto& [element, node] : nodes_)
    result.set_child(element, node.member && !other.has(element),
                     node.below.without(other.below(element)));
  return result;
}

FieldSet FieldSet::without_subtrees(const FieldSet& other) const {
  FieldSet result;
  for (const auto& [element, node] : nodes_)
    if (!other.has(element))
      result.set_child(element, node.member, node.below.without_subtrees(other.below(element)));
  return result;
}

json::object FieldSet::encode() const {
  json::object fields;
  for (const auto& [element, node] : nodes_) {
    json::object below = node.below.encode();
    if (node.member && !below.empty()) {
      json::object with_self{{kSelf, json::object()}};
      for (auto& [name, value] : below) with_self[name] = std::move(value);
      below = std::move(with_self);
    }
    fields[element.encode()] = std::move(below);
  }
  return fields;
}

Result<FieldSet> FieldSet::decode(const json::value& fields) {
  if (fields.is_null()) return FieldSet();
  if (!fields.is_object())
    return fail(Error::Kind::kInvalid,
                fmt::format("ReadMapCB: expect {{ or n, but found {}", json_type(fields)));
  FieldSet set;
  for (const auto& [key, value] : fields.get_object()) {
    const std::string_view name = key;
    if (name == kSelf) continue;
    const bool is_known = name.size() < 2 || name[1] != ':' ||
                          std::string_view("fkvi").find(name[0]) != std::string_view::npos;
    if (!is_known) continue;
    TRY(const PathElement element, decode_path_element(name));
    TRY(FieldSet below, decode(value));
    // What leads nowhere is a path itself.
    const bool member = below.empty() || (value.is_object() && value.get_object().contains(kSelf));
    set.nodes_[element] = {.member = member, .below = std::move(below)};
  }
  return set;
}

bool operator==(const FieldSet& a, const FieldSet& b) {
  if (a.nodes_.size() != b.nodes_.size()) return false;
  for (auto mine = a.nodes_.begin(), other = b.nodes_.begin(); mine != a.nodes_.end();
       ++mine, ++other) {
    if (!(mine->first == other->first) || mine->second.member != other->second.member) return false;
    if (!(mine->second.below == other->second.below)) return false;
  }
  return true;
}

}  // namespace dynamod::apiserver
