// Validation of requests and limits.
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_pod.h"
#include "kube/quantity.h"

namespace dynamod::apiserver {

namespace {

bool is_huge_page(std::string_view name) {
  return name.starts_with("hugepages-");
}

// Those a node may promise more of than it has.
bool may_be_overcommitted(std::string_view name) {
  return name.find('/') == std::string_view::npos && !is_huge_page(name);
}

bool is_standard(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" || is_huge_page(name);
}

void check_name(std::string_view name, const Place& place) {
  place.names(name, qualified_name_errors(name));
  if (name.find('/') == std::string_view::npos && !is_standard(name))
    place.invalid(std::string(name), "must be a standard resource for containers");
}

void check_amount(std::string_view name, const kube::Quantity& amount, const Place& place) {
  if (amount.sign() < 0) place.invalid(amount.text(), std::string(kNotNegative));
  const bool counted = name.find('/') != std::string_view::npos;
  if (counted && amount.milli_value() % 1000 != 0)
    place.invalid(amount.text(), "must be an integer");
}

kube::Quantity quantity_of(const json::value& value) {
  const std::string text = value.is_string() ? std::string(value.get_string()) : encode_json(value);
  return kube::Quantity::parse(text).value_or(kube::Quantity());
}

std::vector<std::string> sorted_names(const json::object& quantities) {
  std::vector<std::string> names;
  for (const auto& [name, quantity] : quantities) names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

void check_against_limit(std::string_view name, const kube::Quantity& request,
                         const json::object& limits, const Place& place) {
  const json::value* const given = value_in(limits, name);
  if (given == nullptr) {
    if (!may_be_overcommitted(name))
      place.child("limits").required("Limit must be set for non overcommitable resources");
    return;
  }
  const kube::Quantity limit = quantity_of(*given);
  const Place requests = place.child("requests");
  if (request != limit && !may_be_overcommitted(name))
    requests.invalid(request.text(),
                     fmt::format("must be equal to {} limit of {}", name, limit.text()));
  else if (request > limit)
    requests.invalid(request.text(), fmt::format("must be less than or equal to {} limit of {}",
                                                 name, limit.text()));
}

}  // namespace

void check_resources(const json::object& requirements, const Place& place) {
  const json::object& limits = object_in(requirements, "limits");
  const json::object& requests = object_in(requirements, "requests");
  for (const std::string& name : sorted_names(limits)) {
    const Place at = place.child("limits").key(name);
    check_name(name, at);
    check_amount(name, quantity_of(limits.at(name)), at);
  }
  for (const std::string& name : sorted_names(requests)) {
    const Place at = place.child("requests").key(name);
    const kube::Quantity request = quantity_of(requests.at(name));
    check_name(name, at);
    check_amount(name, request, at);
    check_against_limit(name, request, limits, place);
  }
}

}  // namespace dynamod::apiserver
