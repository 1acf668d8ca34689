// Label selectors, in the text form of the API: "app=x,tier in (a,b),!legacy".
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kube/metadata.h"

namespace dynamod::kube {

struct LabelRequirement {
  enum class Operator : std::uint8_t { kIn, kNotIn, kExists, kDoesNotExist };

  std::string key;
  Operator op = Operator::kExists;
  std::vector<std::string> values;  // sorted, each once; some for kIn and kNotIn, none else

  [[nodiscard]] bool matches(const Labels& labels) const;

  friend auto operator<=>(const LabelRequirement&, const LabelRequirement&) = default;
};

// All requirements must hold; without any it matches everything.
class LabelSelector {
 public:
  LabelSelector() = default;

  // For constants and hashes of the program: key and value must be legal.
  [[nodiscard]] static LabelSelector equals(std::string_view key, std::string_view value);
  [[nodiscard]] static LabelSelector exists(std::string_view key);

  [[nodiscard]] bool matches(const Labels& labels) const;

  [[nodiscard]] bool empty() const { return requirements_.empty(); }

  [[nodiscard]] const std::vector<LabelRequirement>& requirements() const { return requirements_; }

  // Requirements sorted by key: "a=x,b notin (y,z),c,!d". Parses to an equal selector.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const LabelSelector&, const LabelSelector&) = default;

 private:
  friend Result<LabelSelector> parse_label_selector(std::string_view text);
  explicit LabelSelector(std::vector<LabelRequirement> requirements);

  std::vector<LabelRequirement> requirements_;
};

// `=`, `==`, `!=`, `in`, `notin`, `key`, `!key`; keys and values must be legal labels. Error
// kBadRequest names the place.
// (`>` and `<` are for node affinity and are not supported.)
[[nodiscard]] Result<LabelSelector> parse_label_selector(std::string_view text);

// "app", "nvidia.com/dynamo-base-model-hash": an optional DNS prefix and a name of at most 63
// characters.
[[nodiscard]] bool is_label_key(std::string_view text);
// At most 63 characters, alphanumeric at both ends, or "".
[[nodiscard]] bool is_label_value(std::string_view text);

}  // namespace dynamod::kube
