// Checks that the validation of several kinds shares. Each adds what it finds to `problems`, in the
// words of Kubernetes; `path` is the object's, fields are below it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "apiserver/builtin/edit.h"
#include "apiserver/validation/go_value.h"
#include "apiserver/validation/names.h"
#include "base/json.h"

namespace dynamod::apiserver {

// Where a value is and where problems with it go.
struct Place {
  Problems& problems;
  std::string path;

  [[nodiscard]] Place child(std::string_view name) const {
    return {problems, child_path(path, name)};
  }

  [[nodiscard]] Place key(std::string_view name) const { return {problems, key_path(path, name)}; }

  [[nodiscard]] Place at(std::size_t index) const { return {problems, index_path(path, index)}; }

  void required(std::string detail = "") const;
  void invalid(const json::value& value, std::string detail) const;
  void forbidden(std::string detail) const;
  void duplicate(const json::value& value) const;
  void unsupported(const json::value& value, std::initializer_list<std::string_view> known) const;

  void invalid(const PlainText auto& text, std::string detail) const {
    invalid(json::value(json::string(std::string_view(text))), std::move(detail));
  }

  void duplicate(const PlainText auto& text) const {
    duplicate(json::value(json::string(std::string_view(text))));
  }

  void unsupported(const PlainText auto& text,
                   std::initializer_list<std::string_view> known) const {
    unsupported(json::value(json::string(std::string_view(text))), known);
  }

  void not_found(std::string_view value) const;
  // One invalid() for each error of a name.
  void names(std::string_view value, const NameErrors& errors) const;
};

// Calls `check` with each object in the list `name`, and its place.
template <class Check>
void each(const json::object& object, std::string_view name, const Place& place, Check&& check) {
  const Place list = place.child(name);
  const json::array& items = array_in(object, name);
  for (std::size_t i = 0; i < items.size(); ++i)
    if (const json::object* const item = items[i].if_object()) check(*item, list.at(i));
}

// An empty or absent text is required(); true when it is there.
bool check_given(const json::object& object, std::string_view name, const Place& place);
// Given and not negative.
void check_not_negative(const json::object& object, std::string_view name, const Place& place);
// If it is given (and not ""), it is one of these.
void check_one_of(const json::object& object, std::string_view name, const Place& place,
                  std::initializer_list<std::string_view> known);
// 1 to 65535.
void check_port(std::int64_t port, const Place& place);
// A number as check_port, or the name of a port.
void check_port_or_name(const json::value& port, const Place& place);
void check_port_name(std::string_view name, const Place& place);
// Keys and values are legal; all problems are of `place` itself.
void check_labels(const json::object& labels, const Place& place);
// A metav1.LabelSelector.
void check_selector(const json::object& selector, const Place& place);
[[nodiscard]] bool selects_nothing_given(const json::object& selector);  // {}: no requirement
[[nodiscard]] bool selector_matches(const json::object& selector, const json::object& labels);
// "field is immutable" when it differs.
void check_immutable(const json::object& object, const json::object& old, std::string_view name,
                     const Place& place);
// The same field in both; absent and null are the same.
[[nodiscard]] bool equal_field(const json::object& a, const json::object& b, std::string_view name);
// "5" as 5 and "25%": not negative.
void check_count_or_percent(const json::value& value, const Place& place);
[[nodiscard]] bool is_zero_count(const json::object& object, std::string_view name);

inline constexpr std::string_view kImmutable = "field is immutable";
inline constexpr std::string_view kNotNegative = "must be greater than or equal to 0";

}  // namespace dynamod::apiserver
