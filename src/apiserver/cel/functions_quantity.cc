// quantity("500m") and what Kubernetes lets rules do with it.
#include <array>
#include <limits>

#include "apiserver/cel/functions.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

Value quantity(const Call& call) {
  const auto* text = call.args[0].get<std::string>();
  if (text == nullptr) return no_such_overload();
  if (!call.meter.spend_text(text->size())) return no_such_overload();
  auto parsed = kube::Quantity::parse(*text);
  if (!parsed) return error_value(parsed.error().message);
  return std::make_shared<const kube::Quantity>(*std::move(parsed));
}

Value is_quantity(const Call& call) {
  const auto* text = call.args[0].get<std::string>();
  if (text == nullptr) return no_such_overload();
  if (!call.meter.spend_text(text->size())) return no_such_overload();
  return kube::Quantity::parse(*text).has_value();
}

const kube::Quantity* quantity_arg(const Call& call, std::size_t index) {
  const auto* held = call.args[index].get<QuantityPtr>();
  return held == nullptr ? nullptr : held->get();
}

template <class Use>
Value with_one(const Call& call, Use use) {
  const auto* a = quantity_arg(call, 0);
  return a == nullptr ? no_such_overload() : Value(use(*a));
}

template <class Use>
Value with_two(const Call& call, Use use) {
  const auto* a = quantity_arg(call, 0);
  const auto* b = quantity_arg(call, 1);
  return a == nullptr || b == nullptr ? no_such_overload() : Value(use(*a, *b));
}

std::int64_t compare_to(const kube::Quantity& a, const kube::Quantity& b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

bool is_integer(const kube::Quantity& a) {
  const std::int64_t whole = a.value();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  return whole != kMax && whole != std::numeric_limits<std::int64_t>::min() &&
         a == kube::Quantity::of(whole);
}

Value as_integer(const Call& call) {
  const auto* a = quantity_arg(call, 0);
  if (a == nullptr) return no_such_overload();
  return is_integer(*a) ? Value(a->value()) : error_value("cannot convert value to integer");
}

// A quantity is exact to a billionth: its whole part and the rest make the nearest double.
double as_double(const kube::Quantity& a) {
  kube::Quantity rest = a;
  const std::int64_t whole = a.value();
  rest -= kube::Quantity::of(whole);
  return static_cast<double>(whole) + (static_cast<double>(rest.milli_value()) / 1000);
}

// add and sub take a quantity or an int.
Value sum(const Call& call, int sign) {
  const auto* a = quantity_arg(call, 0);
  const auto* b = quantity_arg(call, 1);
  const auto* number = call.args[1].get<std::int64_t>();
  if (a == nullptr || (b == nullptr && number == nullptr)) return no_such_overload();
  const kube::Quantity other = b != nullptr ? *b : kube::Quantity::of(*number);
  kube::Quantity out = *a;
  if (sign > 0)
    out += other;
  else
    out -= other;
  return std::make_shared<const kube::Quantity>(out);
}

constexpr std::array<Function, 11> kFunctions = {{
    {"quantity", Style::kGlobal, 1, 1, quantity},
    {"isQuantity", Style::kGlobal, 1, 1, is_quantity},
    {"sign", Style::kMember, 1, 1,
     [](const Call& c) {
       return with_one(c, [](const auto& a) { return std::int64_t{a.sign()}; });
     }},
    {"isGreaterThan", Style::kMember, 2, 2,
     [](const Call& c) { return with_two(c, [](const auto& a, const auto& b) { return a > b; }); }},
    {"isLessThan", Style::kMember, 2, 2,
     [](const Call& c) { return with_two(c, [](const auto& a, const auto& b) { return a < b; }); }},
    {"compareTo", Style::kMember, 2, 2, [](const Call& c) { return with_two(c, compare_to); }},
    {"asApproximateFloat", Style::kMember, 1, 1,
     [](const Call& c) { return with_one(c, as_double); }},
    {"asInteger", Style::kMember, 1, 1, as_integer},
    {"isInteger", Style::kMember, 1, 1, [](const Call& c) { return with_one(c, is_integer); }},
    {"add", Style::kMember, 2, 2, [](const Call& c) { return sum(c, 1); }},
    {"sub", Style::kMember, 2, 2, [](const Call& c) { return sum(c, -1); }},
}};

}  // namespace

std::span<const Function> quantity_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
