// Small steps on a JSON object that is about to be written: what defaulting and preparing are made
// of. Reading is in base/json_fields.h.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include "apiserver/validation/go_value.h"
#include "base/json.h"

namespace dynamod::apiserver {

// Text that is no json::value by itself.
template <class T>
concept PlainText = std::convertible_to<const T&, std::string_view>;

// Null when it is absent or of another type.
[[nodiscard]] json::object* find_object(json::object& object, std::string_view name);
[[nodiscard]] json::array* find_array(json::object& object, std::string_view name);

// Absent or null.
[[nodiscard]] bool lacks(const json::object& object, std::string_view name);
// Sets what is absent or null.
void set_default(json::object& object, std::string_view name, json::value value);

void set_default(json::object& object, std::string_view name, const PlainText auto& text) {
  set_default(object, name, json::value(json::string(std::string_view(text))));
}

// A field that a list of the same has succeeded.
struct Succeeded {
  std::string_view one;          // "podIP"
  std::string_view all;          // "podIPs"
  std::string_view member = {};  // of the list's elements, "ip"; "" when they are texts themselves
};

// Makes `one` the first of `all`; `one` counts when they differ.
void align_first(json::object& object, const Succeeded& fields);

// Calls `change` with each element that is an object.
template <class Change>
void for_each_object(json::object& object, std::string_view name, Change&& change) {
  json::array* const list = find_array(object, name);
  if (list == nullptr) return;
  for (json::value& element : *list)
    if (json::object* const item = element.if_object()) change(*item);
}

template <class Look>
void for_each_object(const json::object& object, std::string_view name, Look&& look) {
  for (const json::value& element : array_in(object, name))
    if (const json::object* const item = element.if_object()) look(*item);
}

}  // namespace dynamod::apiserver
