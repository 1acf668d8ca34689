// One step of a path through an object as managedFields write it: a field, an element of a list by
// its keys, by its value, or by its place.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::apiserver {

struct FieldName {
  std::string name;
};

// {"containerPort":80,"protocol":"TCP"}; sorted by name.
struct ElementKeys {
  std::vector<std::pair<std::string, json::value>> keys;
};

// Of a set.
struct ElementValue {
  json::value value;
};

struct ElementIndex {
  std::int64_t index = 0;
};

struct PathElement {
  std::variant<FieldName, ElementKeys, ElementValue, ElementIndex> step;

  [[nodiscard]] static PathElement field(std::string_view name);

  // The name, when it is a field.
  [[nodiscard]] const std::string* field_name() const;
  // As errors show it: `.spec`, `[name="a"]`, `[="x"]`, `[3]`.
  [[nodiscard]] std::string text() const;
  // As FieldsV1 writes it: `f:spec`, `k:{"name":"a"}`, `v:"x"`, `i:3`.
  [[nodiscard]] std::string encode() const;
};

// Fields before keys before values before places; each kind by its content.
[[nodiscard]] std::strong_ordering compare(const PathElement& a, const PathElement& b);

inline bool operator<(const PathElement& a, const PathElement& b) {
  return compare(a, b) < 0;
}

inline bool operator==(const PathElement& a, const PathElement& b) {
  return compare(a, b) == 0;
}

// Errors: kInvalid.
[[nodiscard]] Result<PathElement> decode_path_element(std::string_view text);

// A total order of JSON values: null last, then by type and content.
[[nodiscard]] std::strong_ordering compare_json(const json::value& a, const json::value& b);

using FieldPath = std::vector<PathElement>;

// ".spec.containers[name="a"].image"
[[nodiscard]] std::string path_text(const FieldPath& path);

}  // namespace dynamod::apiserver
