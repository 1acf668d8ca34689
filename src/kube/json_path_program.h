// A parsed JSONPath template. Only for json_path.cc and json_path_parser.cc.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

struct JsonPathNode;

using JsonPathNodes = std::vector<JsonPathNode>;

struct PathField {
  std::string name;
};

struct PathWildcard {};

struct PathRecursive {};

// "range", "end"; any other is an error once it is its turn.
struct PathKeyword {
  std::string name;
};

// A text, number or bool.
struct PathLiteral {
  json::value value;
};

// [first:last:step]
struct PathSlice {
  std::optional<std::int64_t> first = {};
  std::optional<std::int64_t> last = {};
  bool is_index = false;  // [first]: `last` was not written
  std::optional<std::int64_t> step = {};
};

struct PathUnion {
  std::vector<JsonPathNodes> parts;
};

// [?(left op right)]; without `op`: [?(left)].
struct PathFilter {
  JsonPathNodes left;
  std::string op;
  JsonPathNodes right;
};

struct JsonPathNode {
  std::variant<PathField, PathWildcard, PathRecursive, PathKeyword, PathLiteral, PathSlice,
               PathUnion, PathFilter>
      step;
};

// A text is one literal; {...} is any number of steps.
struct JsonPathProgram {
  std::vector<JsonPathNodes> parts = {};
};

[[nodiscard]] Result<JsonPathProgram> parse_json_path(std::string_view text);

}  // namespace dynamod::kube
