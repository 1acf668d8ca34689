// Fields of a JSON object read leniently: what is absent, null or of another type reads as empty.
// For objects whose shape others have checked, or will.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::base {

// --- one step ---

// Null when it is absent or null.
[[nodiscard]] const json::value* value_in(const json::object& object, std::string_view name);
[[nodiscard]] const json::object& object_in(const json::object& object, std::string_view name);
[[nodiscard]] const json::array& array_in(const json::object& object, std::string_view name);
[[nodiscard]] std::string_view text_in(const json::object& object, std::string_view name);
[[nodiscard]] bool true_in(const json::object& object, std::string_view name);
// A number with a fraction is cut.
[[nodiscard]] std::int64_t integer_in(const json::object& object, std::string_view name,
                                      std::int64_t otherwise = 0);
// Elements that are strings.
[[nodiscard]] std::vector<std::string> texts_in(const json::object& object, std::string_view name);

// --- a path: "a.b.c" steps into objects ---

// Null when a step is missing; a null is found.
[[nodiscard]] const json::value* find_in(const json::object& object, std::string_view path);
[[nodiscard]] const json::object& object_at(const json::object& object, std::string_view path);
[[nodiscard]] const json::array& array_at(const json::object& object, std::string_view path);
[[nodiscard]] std::string_view text_at(const json::object& object, std::string_view path);

// --- made when absent, null or of another type ---

[[nodiscard]] json::object& make_object(json::object& object, std::string_view name);
[[nodiscard]] json::array& make_array(json::object& object, std::string_view name);

}  // namespace dynamod::base
