// Types that declare their fields into JSON, in the declared order. As Go's omitempty does: an
// optional field that is empty (no value, "", 0, false, no elements, an object without members) is
// left out; a required one never is. A named enum is always written. A kind (a type with kType)
// begins with apiVersion and kind.
#pragma once

#include <string>

#include "base/json.h"
#include "base/timestamp.h"
#include "kube/fields.h"

namespace dynamod::kube {

// Go's zero value: what an optional field leaves out.
template <class T>
[[nodiscard]] bool is_empty(const T& value) {
  if constexpr (std::same_as<T, json::value>)
    return value.is_null();
  else if constexpr (kIsOptional<T>)
    return !value.has_value();
  else if constexpr (std::same_as<T, std::string> || kIsVector<T> || kIsMap<T>)
    return value.empty();
  else if constexpr (Described<T> || NamedEnum<T>)
    return false;
  else
    return value == T{};
}

template <class T>
[[nodiscard]] json::value to_json(const T& value) {
  if constexpr (std::same_as<T, json::value>) {
    return value;
  } else if constexpr (Described<T>) {
    json::object object;
    if constexpr (requires { T::kType; }) {
      object["apiVersion"] = T::kType.api_version();
      object["kind"] = T::kType.kind;
    }
    for_each_field<T>([&](const auto& field) {
      const auto& member = value.*field.member;
      if (field.need == kOptional && is_empty(member)) return;
      json::value encoded = to_json(member);
      constexpr bool kStruct = Described<std::remove_cvref_t<decltype(member)>>;
      if (kStruct && field.need == kOptional && encoded.as_object().empty()) return;
      object.emplace(field.name, std::move(encoded));
    });
    return object;
  } else if constexpr (NamedEnum<T>) {
    return json::string(enum_text(value));
  } else if constexpr (kIsOptional<T>) {
    return value ? to_json(*value) : json::value(nullptr);
  } else if constexpr (kIsVector<T>) {
    json::array array;
    array.reserve(value.size());
    for (const auto& element : value) array.push_back(to_json(element));
    return array;
  } else if constexpr (kIsMap<T>) {
    json::object object;
    for (const auto& [key, element] : value) object.emplace(key, to_json(element));
    return object;
  } else if constexpr (std::same_as<T, std::string>) {
    return json::string(value);
  } else if constexpr (std::same_as<T, WallTime>) {
    return json::string(format_time(value));
  } else if constexpr (std::same_as<T, MicroTime>) {
    return json::string(format_micro_time(value.time));
  } else {
    static_assert(
        std::same_as<T, bool> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t>,
        "no JSON form for this type: see kube/fields.h");
    return value;
  }
}

}  // namespace dynamod::kube
