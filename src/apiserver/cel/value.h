// Values of CEL while a program runs. JSON is not copied: objects and arrays are looked at through
// their Type, element by element. An error is a value too, since && and || may absorb it.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "apiserver/cel/cel.h"
#include "base/clock.h"
#include "base/json.h"
#include "kube/quantity.h"

namespace dynamod::apiserver::cel {

class Value;

struct Failure {
  std::string message;
};

struct Null {};

struct Bytes {
  std::string data;
};

// What type(x) gives: "int", "list", "google.protobuf.Timestamp".
struct TypeName {
  std::string_view name;  // of a literal in this program
};

// An object or an array of the checked document, seen through `type` (null: dyn).
struct JsonNode {
  const json::value* json = nullptr;
  const Type* type = nullptr;
};

struct List {
  std::vector<Value> elements;
};

struct Map {
  std::vector<std::pair<Value, Value>> entries;  // in the order written
};

struct Optional {
  std::shared_ptr<const Value> value;  // null: none
};

using ListPtr = std::shared_ptr<const List>;
using MapPtr = std::shared_ptr<const Map>;
using QuantityPtr = std::shared_ptr<const kube::Quantity>;

class Value {
 public:
  using Rep =
      std::variant<Failure, Null, bool, std::int64_t, std::uint64_t, double, std::string, Bytes,
                   WallTime, Duration, TypeName, JsonNode, ListPtr, MapPtr, Optional, QuantityPtr>;

  template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, Value> && std::is_constructible_v<Rep, T>)
  Value(T&& rep) : rep_(std::forward<T>(rep)) {}  // NOLINT(google-explicit-constructor)

  // What `json` is to a rule when its schema says `type`; a Failure when it does not fit.
  [[nodiscard]] static Value of_json(const json::value& json, const Type* type);
  [[nodiscard]] static Value list(std::vector<Value> elements);
  [[nodiscard]] static Value some(Value value);

  [[nodiscard]] static Value none() { return Value(Optional{}); }

  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&rep_);
  }

  template <class T>
  [[nodiscard]] bool is() const {
    return std::holds_alternative<T>(rep_);
  }

  [[nodiscard]] bool failed() const { return is<Failure>(); }

  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_map() const;
  [[nodiscard]] bool is_number() const;

  // Elements of a list, entries of a map; 0 for others.
  [[nodiscard]] std::size_t size() const;
  // Element `index` of a list, which must be there.
  [[nodiscard]] Value at(std::size_t index) const;
  // The entry of a map; nothing when there is none. Failure for a key that no map can have.
  [[nodiscard]] std::optional<Value> find(const Value& key) const;
  // Of a map; none for others.
  [[nodiscard]] std::vector<Value> keys() const;

  [[nodiscard]] std::string_view type_name() const;
  // As a CEL literal.
  [[nodiscard]] std::string text() const;

 private:
  Rep rep_;
};

[[nodiscard]] Value error_value(std::string message);
// What an operator says to operands it does not know.
inline constexpr std::string_view kNoSuchOverload = "no such overload";
[[nodiscard]] Value no_such_overload();

// a == b as CEL means it: numbers by value, lists and maps element by element, other types unequal.
[[nodiscard]] bool equal(const Value& a, const Value& b);
// a < b and its like; nothing when the two cannot be ordered, unordered for NaN.
[[nodiscard]] std::optional<std::partial_ordering> compare(const Value& a, const Value& b);
// a + b of two lists, merged as the list type of `a` says.
[[nodiscard]] Value concatenate(const Value& a, const Value& b);

// The identifier that stands for property `name` in a rule, and back; nothing when there is none.
[[nodiscard]] std::optional<std::string> escape_identifier(std::string_view name);
[[nodiscard]] std::optional<std::string> unescape_identifier(std::string_view identifier);

}  // namespace dynamod::apiserver::cel
