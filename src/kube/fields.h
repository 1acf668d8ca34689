// How a type says which JSON fields it has, once. JSON in both directions (decode.h, encode.h), the
// CRD schema and the reference page are made from this declaration:
//
//   struct ModelSource {
//     std::string uri;
//
//     static constexpr void fields(auto&& field) {
//       field("uri", &ModelSource::uri, kube::kRequired, "Where the adapter is.");
//     }
//   };
//
// Types of members: std::string, bool, int32, int64, WallTime (metav1.Time), MicroTime, enums with
// enum_names(), types with fields(), json::value (kept as it is), and std::optional, std::vector
// and std::map<std::string, T> of those.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace dynamod::kube {

// A required field is always written and its absence is a problem; an optional one is left out when
// it is empty.
enum class Need : std::uint8_t { kOptional, kRequired };
using enum Need;

// A time with microseconds in its JSON form (Lease and Event), where WallTime has seconds.
struct MicroTime {
  WallTime time{};

  friend auto operator<=>(const MicroTime&, const MicroTime&) = default;
};

// What the CRD schema says beyond type, presence and description. The API server enforces it;
// decoding does not.
struct FieldSchema {
  std::string_view default_json = "";  // JSON text; "" for none
  std::string_view immutable = "";     // the message of a CEL rule `self == oldSelf`; "" for none
  std::string_view pattern = "";
  std::int64_t length_min = 0;
  std::int64_t length_max = 0;  // 0 for none
  std::optional<std::int64_t> minimum = std::nullopt;
};

template <class Class, class Member>
struct Field {
  std::string_view name;
  Member Class::* member;
  Need need;
  std::string_view doc;
  FieldSchema schema;
};

// The `field` that a declaration is given: hands each declared field to `visit`.
template <class Visit>
struct FieldVisitor {
  Visit& visit;

  template <class Class, class Member>
  constexpr void operator()(std::string_view name, Member Class::* member, Need need = kOptional,
                            std::string_view doc = "", const FieldSchema& schema = {}) const {
    visit(Field<Class, Member>{name, member, need, doc, schema});
  }
};

// Calls visit(Field<T, Member>) for each field of T, in the declared order.
template <class T, class Visit>
constexpr void for_each_field(Visit&& visit) {
  T::fields(FieldVisitor<std::remove_reference_t<Visit>>{visit});
}

struct IgnoreField {
  constexpr void operator()(const auto& /*field*/) const {}
};

template <class T>
concept Described = requires(FieldVisitor<const IgnoreField> ignore) { T::fields(ignore); };

// An enum whose values have names in JSON:
//   inline constexpr kube::EnumName<ModelType> kModelTypeNames[] = {{ModelType::kBase, "base"},
//   ...}; constexpr std::span<const kube::EnumName<ModelType>> enum_names(ModelType) { return
//   kModelTypeNames; }
template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  { enum_names(value) } -> std::convertible_to<std::span<const EnumName<T>>>;
};

template <NamedEnum E>
[[nodiscard]] constexpr std::string_view enum_text(E value) {
  for (const auto& entry : enum_names(value))
    if (entry.value == value) return entry.name;
  return "";
}

template <NamedEnum E>
[[nodiscard]] constexpr std::optional<E> enum_from_text(std::string_view text) {
  for (const auto& entry : enum_names(E{}))
    if (entry.name == text) return entry.value;
  return std::nullopt;
}

template <NamedEnum E>
[[nodiscard]] std::vector<std::string_view> enum_texts() {
  std::vector<std::string_view> texts;
  for (const auto& entry : enum_names(E{})) texts.push_back(entry.name);
  return texts;
}

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <class T>
inline constexpr bool kIsMap = false;
template <class T, class Compare>
inline constexpr bool kIsMap<std::map<std::string, T, Compare>> = true;
}  // namespace dynamod::kube
