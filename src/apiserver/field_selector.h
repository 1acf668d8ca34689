// Field selectors in the text form of the API, "status.phase=Running,metadata.name!=x", compared
// with the few fields that a resource offers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apiserver/store/store.h"
#include "base/result.h"

namespace dynamod::apiserver {

struct FieldRequirement {
  enum class Operator : std::uint8_t { kEqual, kNotEqual };

  std::string field = {};
  Operator op = Operator::kEqual;
  std::string value = {};

  friend bool operator==(const FieldRequirement&, const FieldRequirement&) = default;
};

class FieldSelector {
 public:
  FieldSelector() = default;

  explicit FieldSelector(std::vector<FieldRequirement> requirements)
      : requirements_(std::move(requirements)) {}

  // By metadata.name, metadata.namespace and object.fields; a field the object lacks is "".
  [[nodiscard]] bool matches(const StoredObject& object) const;

  [[nodiscard]] bool empty() const { return requirements_.empty(); }

  [[nodiscard]] const std::vector<FieldRequirement>& requirements() const { return requirements_; }

  void require(FieldRequirement requirement) { requirements_.push_back(std::move(requirement)); }

  // What metadata.name must be; "" when it may be anything.
  [[nodiscard]] std::string_view name() const;

 private:
  std::vector<FieldRequirement> requirements_;
};

// `=`, `==`, `!=`, joined by commas; backslash quotes a comma, an equals sign or itself. Error
// kBadRequest.
[[nodiscard]] Result<FieldSelector> parse_field_selector(std::string_view text);
// Error kBadRequest `field label not supported: x` for a field that is none of `known` and not
// metadata.name or metadata.namespace.
[[nodiscard]] Result<> check_fields(const FieldSelector& selector,
                                    const std::vector<std::string>& known);

}  // namespace dynamod::apiserver
