// Shared checks of validation.
#include "apiserver/builtin/check.h"

#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

namespace {

constexpr std::int64_t kPortMax = 65535;
constexpr std::size_t kPortNameMax = 15;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool requirement_matches(const json::object& requirement, const json::object& labels) {
  const auto key = text_in(requirement, "key");
  const auto op = text_in(requirement, "operator");
  const json::value* const label = value_in(labels, key);
  if (op == "Exists") return label != nullptr;
  if (op == "DoesNotExist") return label == nullptr;
  const auto values = texts_in(requirement, "values");
  const bool listed =
      label != nullptr && std::ranges::find(values, text_in(labels, key)) != values.end();
  return op == "In" ? listed : !listed;
}

void check_requirement(const json::object& requirement, const Place& place) {
  const auto op = text_in(requirement, "operator");
  const bool has_values = !array_in(requirement, "values").empty();
  if (op == "In" || op == "NotIn") {
    if (!has_values)
      place.child("values").required("must be specified when `operator` is 'In' or 'NotIn'");
  } else if (op == "Exists" || op == "DoesNotExist") {
    if (has_values)
      place.child("values").forbidden(
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else {
    place.child("operator").invalid(std::string(op), "not a valid selector operator");
  }
  const auto key = text_in(requirement, "key");
  place.child("key").names(key, qualified_name_errors(key));
}

}  // namespace

void Place::required(std::string detail) const {
  problems.push_back(required_value(path, std::move(detail)));
}

void Place::invalid(const json::value& value, std::string detail) const {
  problems.push_back(invalid_value(path, value, std::move(detail)));
}

void Place::forbidden(std::string detail) const {
  problems.push_back(forbidden_value(path, std::move(detail)));
}

void Place::duplicate(const json::value& value) const {
  problems.push_back(duplicate_value(path, value));
}

void Place::unsupported(const json::value& value,
                        std::initializer_list<std::string_view> known) const {
  problems.push_back(unsupported_value(path, value, {known.begin(), known.end()}));
}

void Place::not_found(std::string_view value) const {
  problems.push_back({.path = path,
                      .kind = kube::Problem::Kind::kNotFound,
                      .value = go_quote(value),
                      .detail = ""});
}

void Place::names(std::string_view value, const NameErrors& errors) const {
  for (const std::string& error : errors) invalid(std::string(value), error);
}

bool check_given(const json::object& object, std::string_view name, const Place& place) {
  if (!text_in(object, name).empty()) return true;
  place.child(name).required();
  return false;
}

void check_not_negative(const json::object& object, std::string_view name, const Place& place) {
  const std::int64_t value = integer_in(object, name);
  if (value < 0) place.child(name).invalid(value, std::string(kNotNegative));
}

void check_one_of(const json::object& object, std::string_view name, const Place& place,
                  std::initializer_list<std::string_view> known) {
  const auto value = text_in(object, name);
  if (value.empty() || std::ranges::find(known, value) != known.end()) return;
  place.child(name).unsupported(std::string(value), known);
}

void check_port(std::int64_t port, const Place& place) {
  if (port < 1 || port > kPortMax)
    place.invalid(port, fmt::format("must be between 1 and {}, inclusive", kPortMax));
}

void check_port_name(std::string_view name, const Place& place) {
  const auto add = [&](std::string_view detail) {
    place.invalid(std::string(name), std::string(detail));
  };
  if (name.size() > kPortNameMax)
    add(fmt::format("must be no more than {} characters", kPortNameMax));
  if (!std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-'; }))
    add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
    add("must contain at least one letter (a-z)");
  if (name.find("--") != std::string_view::npos) add("must not contain consecutive hyphens");
  if (!name.empty() && (name.front() == '-' || name.back() == '-'))
    add("must not begin or end with a hyphen");
}

void check_port_or_name(const json::value& port, const Place& place) {
  if (port.is_string())
    check_port_name(port.get_string(), place);
  else
    check_port(port.is_int64() ? port.get_int64() : 0, place);
}

void check_labels(const json::object& labels, const Place& place) {
  for (const auto& [key, value] : labels) {
    place.names(key, qualified_name_errors(key));
    if (value.is_string()) place.names(value.get_string(), label_value_errors(value.get_string()));
  }
}

void check_selector(const json::object& selector, const Place& place) {
  check_labels(object_in(selector, "matchLabels"), place.child("matchLabels"));
  const Place expressions = place.child("matchExpressions");
  std::size_t index = 0;
  for_each_object(selector, "matchExpressions", [&](const json::object& requirement) {
    check_requirement(requirement, expressions.at(index++));
  });
}

bool selects_nothing_given(const json::object& selector) {
  return object_in(selector, "matchLabels").empty() &&
         array_in(selector, "matchExpressions").empty();
}

bool selector_matches(const json::object& selector, const json::object& labels) {
  for (const auto& [key, value] : object_in(selector, "matchLabels")) {
    const json::value* const label = value_in(labels, key);
    if (label == nullptr || *label != value) return false;
  }
  return std::ranges::all_of(array_in(selector, "matchExpressions"), [&](const json::value& value) {
    const json::object* const requirement = value.if_object();
    return requirement == nullptr || requirement_matches(*requirement, labels);
  });
}

bool equal_field(const json::object& a, const json::object& b, std::string_view name) {
  const json::value* const in_a = value_in(a, name);
  const json::value* const in_b = value_in(b, name);
  if (in_a == nullptr || in_b == nullptr) return in_a == in_b;
  return equal_json(*in_a, *in_b);
}

void check_immutable(const json::object& object, const json::object& old, std::string_view name,
                     const Place& place) {
  if (equal_field(object, old, name)) return;
  const json::value* const value = value_in(object, name);
  place.child(name).invalid(value == nullptr ? json::value() : *value, std::string(kImmutable));
}

void check_count_or_percent(const json::value& value, const Place& place) {
  if (!value.is_string()) {
    if (value.is_int64() && value.get_int64() < 0) place.invalid(value, std::string(kNotNegative));
    return;
  }
  const std::string_view text = value.get_string();
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const bool ok = text.ends_with('%') && !digits.empty() &&
                  std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!ok)
    place.invalid(value,
                  "a valid percent string must be a numeric string followed by an ending '%' (e.g. "
                  "'1%',  or '93%', regex used for validation is '[0-9]+%')");
}

bool is_zero_count(const json::object& object, std::string_view name) {
  const json::value* const value = value_in(object, name);
  if (value == nullptr) return true;
  if (value->is_int64()) return value->get_int64() == 0;
  return value->is_string() && (value->get_string() == "0%" || value->get_string() == "00%");
}

}  // namespace dynamod::apiserver
