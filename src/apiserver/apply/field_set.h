// A set of paths, and FieldsV1: the form it has in managedFields. A tree, as the form is one.
#pragma once

#include <initializer_list>
#include <map>
#include <string_view>
#include <vector>

#include "apiserver/apply/path_element.h"
#include "base/json.h"
#include "base/result.h"

namespace dynamod::apiserver {

class FieldSet {
 public:
  struct Node;
  // Every node holds a path or leads to one.
  using Nodes = std::map<PathElement, Node>;

  // Paths of field names: FieldSet::of({{"metadata", "name"}, {"status"}}).
  [[nodiscard]] static FieldSet of(
      std::initializer_list<std::initializer_list<std::string_view>> paths);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool contains(const FieldPath& path) const;
  // Of each level first the paths that end there, then those that go on.
  [[nodiscard]] std::vector<FieldPath> paths() const;

  // An empty path is ignored: nobody owns the whole object.
  void insert(const FieldPath& path);
  // `below` (nothing, when it is empty) at `element`.
  void set_child(const PathElement& element, bool member, FieldSet below);

  // Set algebra over exact paths: a path is not its children.
  [[nodiscard]] FieldSet united(const FieldSet& other) const;
  [[nodiscard]] FieldSet intersected(const FieldSet& other) const;
  [[nodiscard]] FieldSet without(const FieldSet& other) const;
  // Without the paths of `other` and everything below them.
  [[nodiscard]] FieldSet without_subtrees(const FieldSet& other) const;

  // Whether `element` itself is in the set.
  [[nodiscard]] bool has(const PathElement& element) const;
  // What is below `element`; empty when nothing is.
  [[nodiscard]] const FieldSet& below(const PathElement& element) const;

  [[nodiscard]] const Nodes& nodes() const;

  // {"f:metadata":{"f:labels":{".":{},"f:app":{}}}}
  [[nodiscard]] json::object encode() const;
  // Errors: kInvalid. Steps of unknown types are ignored.
  [[nodiscard]] static Result<FieldSet> decode(const json::value& fields);

  friend bool operator==(const FieldSet& a, const FieldSet& b);

 private:
  void collect(FieldPath& prefix, std::vector<FieldPath>& paths) const;

  Nodes nodes_;
};

struct FieldSet::Node {
  bool member = false;
  FieldSet below = {};
};

}  // namespace dynamod::apiserver
