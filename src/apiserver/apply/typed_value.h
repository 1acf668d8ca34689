// What server-side apply does with values by their type: check, compare, merge, take away.
#pragma once

#include <cstdint>

#include "apiserver/apply/field_set.h"
#include "apiserver/apply/type_ref.h"
#include "base/json.h"
#include "base/result.h"

namespace dynamod::apiserver {

enum class Duplicates : std::uint8_t { kRefuse, kAllow };

// Errors: kInvalid with all problems: ".spec.replicas: expected numeric (int or float), got
// string".
[[nodiscard]] Result<> check_type(const json::value& value, const TypeRef& type,
                                  Duplicates duplicates);

// Every leaf, every element of a list and every entry of a map; of atomic values only themselves.
// `value` fits its type.
[[nodiscard]] FieldSet fields_of(const json::value& value, const TypeRef& type);

// No path is in two of them.
struct Comparison {
  FieldSet removed = {};
  FieldSet modified = {};
  FieldSet added = {};
};

// Errors: kInvalid.
[[nodiscard]] Result<Comparison> compare_values(const json::value& before, const json::value& after,
                                                const TypeRef& type);

// `config` over `live`. Elements of lists come in the order of `config` as far as that says.
// Errors: kInvalid.
[[nodiscard]] Result<json::value> merge_values(const json::value& live, const json::value& config,
                                               const TypeRef& type);

// Without the elements and fields of `items`. A map or list of which nothing is left is null.
[[nodiscard]] json::value without_items(const json::value& value, const FieldSet& items,
                                        const TypeRef& type);

// With the fields that lead to a path of the set, as far as they are declared.
[[nodiscard]] FieldSet with_named_fields(const FieldSet& set, const TypeRef& type);

// A set that was written when the schema was another: where a list or map is atomic now, it is
// owned as a whole.
[[nodiscard]] FieldSet fitted_to_schema(const FieldSet& set, const TypeRef& type);

// --- what the sources share ---

// A scalar of that type; absent and null are any. Errors: kInvalid, `prefix` before the text.
[[nodiscard]] Result<> check_scalar(ScalarType type, const json::value* value,
                                    std::string_view prefix);

// All problems of a value as one error.
class TypeProblems {
 public:
  void add(const FieldPath& path, std::string_view text);

  [[nodiscard]] bool empty() const { return problems_.empty(); }

  [[nodiscard]] Result<> result() const;

 private:
  std::vector<std::string> problems_ = {};
};

}  // namespace dynamod::apiserver
