// A kube::Schema as server-side apply sees it: for each value a scalar, a list or a map, and how
// two of them become one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/apply/path_element.h"
#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::apiserver {

struct Atom;

// The type of a value. Cheap to copy.
class TypeRef {
 public:
  // No type: such a field is not declared.
  TypeRef() = default;

  // Of a whole object. `object_meta`: of metadata, where the schema has none of its own. A null
  // schema: nothing is known, maps are merged and lists are atomic.
  [[nodiscard]] static TypeRef object(const kube::Schema* schema, const kube::Schema* object_meta);

  [[nodiscard]] bool declared() const { return form_ != Form::kUndeclared; }

  // Nothing is known of it.
  [[nodiscard]] bool deduced() const { return form_ == Form::kDeduced; }

  // The kinds of value it may be.
  [[nodiscard]] Atom atom() const;
  // Those of them that fit `value`; all when none does, or `value` is absent or null.
  [[nodiscard]] Atom atom_of(const json::value* value) const;

 private:
  friend struct Atom;

  enum class Form : std::uint8_t {
    kUndeclared,
    kSchema,
    kDeduced,  // any; maps are merged, lists are atomic
    kAtomic,   // any; all of it is one value
  };

  [[nodiscard]] TypeRef with(const kube::Schema* schema) const;
  [[nodiscard]] TypeRef elements() const;
  [[nodiscard]] TypeRef items() const;
  [[nodiscard]] TypeRef field(std::string_view name) const;

  Form form_ = Form::kUndeclared;
  bool keeps_unknown_ = false;  // a schema above says so for all below it
  bool has_metadata_ = false;   // an object: apiVersion, kind and metadata are fields of it
  const kube::Schema* schema_ = nullptr;
  const kube::Schema* object_meta_ = nullptr;
};

enum class ScalarType : std::uint8_t { kNone, kNumeric, kString, kBoolean, kUntyped };

enum class Relation : std::uint8_t { kAtomic, kMerged };

struct Atom {
  TypeRef type = {};
  ScalarType scalar = ScalarType::kNone;
  std::optional<Relation> map = {};
  std::optional<Relation> list = {};

  // --- of a map ---

  // The type of any field: declared, else that of the elements.
  [[nodiscard]] TypeRef field(std::string_view name) const;
  [[nodiscard]] bool declares(std::string_view name) const;
  // A map of anything whatever.
  [[nodiscard]] bool is_free_map() const;

  // --- of a list ---

  [[nodiscard]] TypeRef items() const;
  // An element of a merged list. Errors: kInvalid, a null or an element without any key.
  [[nodiscard]] Result<PathElement> element(const json::value& item) const;

  [[nodiscard]] bool same_kinds(const Atom& other) const {
    return scalar == other.scalar && map == other.map && list == other.list;
  }
};

}  // namespace dynamod::apiserver
