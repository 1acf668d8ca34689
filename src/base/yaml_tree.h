// YAML text as a tree, before its scalars mean anything: yaml-cpp's events with anchors tied to
// their nodes. yaml.cc turns the tree into JSON.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"

namespace dynamod::base {

inline constexpr std::string_view kYamlTagPrefix = "tag:yaml.org,2002:";

struct YamlNode {
  enum class Kind : std::uint8_t { kScalar, kSequence, kMapping, kAlias };

  Kind kind = Kind::kScalar;
  int line = 0;    // from 1
  int column = 0;  // from 1, in bytes
  std::string
      tag;  // "" for plain scalars, "!" for quoted ones, else in full: "tag:yaml.org,2002:str"
  std::string text;                       // of a scalar
  const YamlNode* target = nullptr;       // of an alias; may be a node that contains the alias
  std::vector<const YamlNode*> children;  // of a mapping: key, value, key, value...
};

struct YamlDocument {
  YamlDocument() = default;
  YamlDocument(const YamlDocument&) = delete;
  YamlDocument& operator=(const YamlDocument&) = delete;

  std::deque<YamlNode> nodes;  // owns all; addresses are stable
  const YamlNode* root = nullptr;
};

// "invalid YAML at line 3, column 5: <what>"
[[nodiscard]] Error yaml_error(Error::Kind kind, const YamlNode& at, std::string_view what);

// Every document of the stream, empty ones too. Checks UTF-8, control characters, size, depth and
// the count of nodes.
[[nodiscard]] Result<std::deque<YamlDocument>> parse_yaml(std::string_view text,
                                                          const YamlLimits& limits);

}  // namespace dynamod::base
