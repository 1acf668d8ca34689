// openAPIV3Schema compiled for checking: every keyword read once, patterns and CEL rules compiled,
// CEL types made. kube::Schema tells how to merge and prune; this tells what is valid.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "apiserver/cel/cel.h"
#include "base/json.h"

namespace dynamod::apiserver {

// One entry of x-kubernetes-validations.
struct SchemaRule {
  std::string rule;
  std::string message = {};
  std::string reason = {};      // "FieldValueRequired", ...; "" is FieldValueInvalid
  std::string field_path = {};  // normalized: "spec.name"
  bool optional_old_self = false;
  std::optional<cel::Program> program = std::nullopt;  // none: it does not compile, it is left out
  std::optional<cel::Program> message_program = std::nullopt;
};

enum class SchemaListType : std::uint8_t { kAtomic, kSet, kMap };

struct SchemaNode;
using SchemaNodePtr = std::unique_ptr<SchemaNode>;

struct SchemaNode {
  std::vector<std::string> types = {};  // none, one, or "integer" and "string"
  std::string type = {};                // as written
  bool nullable = false;
  bool int_or_string = false;
  bool preserve_unknown_fields = false;
  bool embedded_resource = false;
  std::string format = {};  // only one that is known for this type

  std::vector<json::value> enum_values = {};
  std::optional<double> maximum = std::nullopt;
  std::optional<double> minimum = std::nullopt;
  std::optional<double> multiple_of = std::nullopt;
  bool exclusive_maximum = false;
  bool exclusive_minimum = false;
  std::optional<std::int64_t> max_length = std::nullopt;
  std::optional<std::int64_t> min_length = std::nullopt;
  std::optional<std::int64_t> max_items = std::nullopt;
  std::optional<std::int64_t> min_items = std::nullopt;
  std::optional<std::int64_t> max_properties = std::nullopt;
  std::optional<std::int64_t> min_properties = std::nullopt;
  bool unique_items = false;
  std::string pattern = {};
  std::unique_ptr<const re2::RE2> regex = nullptr;  // null: no pattern, or one that RE2 refuses
  std::vector<std::string> required = {};

  std::map<std::string, SchemaNodePtr, std::less<>> properties = {};
  SchemaNodePtr additional = nullptr;
  bool additional_forbidden = false;  // additionalProperties: false
  SchemaNodePtr items = nullptr;
  std::vector<SchemaNodePtr> all_of = {};
  std::vector<SchemaNodePtr> any_of = {};
  std::vector<SchemaNodePtr> one_of = {};
  SchemaNodePtr not_of = nullptr;

  SchemaListType list_type = SchemaListType::kAtomic;
  std::vector<std::string> list_map_keys = {};
  bool map_correlatable = true;  // x-kubernetes-map-type is absent, granular or atomic

  std::vector<SchemaRule> rules = {};
  const cel::Type* cel_type = nullptr;  // null: not visible to rules

  // The schema of field `name` of an object: its property, else that of additionalProperties.
  [[nodiscard]] const SchemaNode* field(std::string_view name) const;
  [[nodiscard]] bool has_type(std::string_view wanted) const;
};

// A compiled schema with all it points at.
struct CompiledSchema {
  SchemaNodePtr root;
  std::deque<cel::Type> cel_types = {};
  bool has_rules = false;  // on the structural spine: allOf does not count, as in Kubernetes
  // `spec.x-kubernetes-validations[0].rule: ...`: what is left out and why.
  std::vector<std::string> unusable = {};
};

// `path` is how fields are named in `unusable`: "" for a whole object.
[[nodiscard]] std::unique_ptr<const CompiledSchema> compile_schema(const json::object& schema,
                                                                   std::string_view path = "");

// Whether Kubernetes knows `format` for values of `type` ("" when no type is given).
[[nodiscard]] bool is_known_format(std::string_view type, std::string_view format);
// Whether `text` is of that format; formats of numbers and unknown ones hold always.
[[nodiscard]] bool matches_format(std::string_view format, std::string_view text);

}  // namespace dynamod::apiserver
