// Kubernetes' functions of lists, sets of the sets extension, and math's greatest and least.
#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "apiserver/cel/functions.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

Value is_sorted(const Call& call) {
  const Value& list = call.args[0];
  if (!list.is_list()) return no_such_overload();
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (!call.meter.spend(1)) return no_such_overload();
    const auto order = compare(list.at(i - 1), list.at(i));
    if (!order) return no_such_overload();
    if (*order > 0) return false;
  }
  return true;
}

// The element no other is ahead of; `ahead` 1 looks for the greatest, -1 for the least.
Value extreme(const Call& call, const Value& list, int ahead) {
  Value best = list.at(0);
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (!call.meter.spend(1)) return no_such_overload();
    const Value next = list.at(i);
    const auto order = compare(next, best);
    if (!order) return no_such_overload();
    if (ahead > 0 ? *order > 0 : *order < 0) best = next;
  }
  return best;
}

Value list_extreme(const Call& call, int ahead) {
  const Value& list = call.args[0];
  if (!list.is_list()) return no_such_overload();
  if (list.size() == 0)
    return error_value(fmt::format("{} called on empty list", ahead > 0 ? "max" : "min"));
  return extreme(call, list, ahead);
}

// math.greatest(a, b, ...) or math.greatest(list): numbers only.
Value math_extreme(const Call& call, int ahead) {
  const Value list = call.args.size() == 1 && call.args[0].is_list()
                         ? call.args[0]
                         : Value::list({call.args.begin(), call.args.end()});
  if (list.size() == 0) return error_value("math.@min(list) argument must not be empty");
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!list.at(i).is_number()) return no_such_overload();
  return extreme(call, list, ahead);
}

Value sum(const Call& call) {
  static const Function* add = find_function("+", Style::kOperator);
  const Value& list = call.args[0];
  if (!list.is_list()) return no_such_overload();
  if (list.size() == 0) return std::int64_t{0};
  Value total = list.at(0);
  if (!total.is_number() && !total.is<Duration>()) return no_such_overload();
  for (std::size_t i = 1; i < list.size() && !total.failed(); ++i) {
    if (!call.meter.spend(1)) return no_such_overload();
    const std::array<Value, 2> pair = {std::move(total), list.at(i)};
    total = add->run({.args = pair, .meter = call.meter});
  }
  return total;
}

Value index_of(const Call& call) {
  const Value& list = call.args[0];
  if (!list.is_list()) return index_of_text(call);
  if (call.args.size() != 2) return no_such_overload();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!call.meter.spend(1)) return no_such_overload();
    if (equal(list.at(i), call.args[1])) return static_cast<std::int64_t>(i);
  }
  return std::int64_t{-1};
}

Value last_index_of(const Call& call) {
  const Value& list = call.args[0];
  if (!list.is_list()) return last_index_of_text(call);
  if (call.args.size() != 2) return no_such_overload();
  for (std::size_t i = list.size(); i > 0; --i) {
    if (!call.meter.spend(1)) return no_such_overload();
    if (equal(list.at(i - 1), call.args[1])) return static_cast<std::int64_t>(i - 1);
  }
  return std::int64_t{-1};
}

// How many elements of `part` are in `whole`; nothing when the meter is empty.
std::optional<std::size_t> shared(const Call& call, const Value& whole, const Value& part) {
  std::size_t count = 0;
  if (!call.meter.spend(1 + (whole.size() * part.size()))) return std::nullopt;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const Value wanted = part.at(i);
    bool found = false;
    for (std::size_t j = 0; j < whole.size() && !found; ++j) found = equal(whole.at(j), wanted);
    count += found ? 1 : 0;
  }
  return count;
}

Value sets_contains(const Call& call) {
  if (!call.args[0].is_list() || !call.args[1].is_list()) return no_such_overload();
  const auto count = shared(call, call.args[0], call.args[1]);
  return count ? Value(*count == call.args[1].size()) : no_such_overload();
}

Value sets_intersects(const Call& call) {
  if (!call.args[0].is_list() || !call.args[1].is_list()) return no_such_overload();
  const auto count = shared(call, call.args[0], call.args[1]);
  return count ? Value(*count > 0) : no_such_overload();
}

Value sets_equivalent(const Call& call) {
  const Value& a = call.args[0];
  const Value& b = call.args[1];
  if (!a.is_list() || !b.is_list()) return no_such_overload();
  const auto in_a = shared(call, a, b);
  const auto in_b = shared(call, b, a);
  if (!in_a || !in_b) return no_such_overload();
  return *in_a == b.size() && *in_b == a.size();
}

constexpr std::size_t kMathArgsMax = 32;

constexpr std::array<Function, 11> kFunctions = {{
    {"isSorted", Style::kMember, 1, 1, is_sorted},
    {"sum", Style::kMember, 1, 1, sum},
    {"min", Style::kMember, 1, 1, [](const Call& c) { return list_extreme(c, -1); }},
    {"max", Style::kMember, 1, 1, [](const Call& c) { return list_extreme(c, 1); }},
    {"indexOf", Style::kMember, 2, 3, index_of},
    {"lastIndexOf", Style::kMember, 2, 3, last_index_of},
    {"sets.contains", Style::kGlobal, 2, 2, sets_contains},
    {"sets.intersects", Style::kGlobal, 2, 2, sets_intersects},
    {"sets.equivalent", Style::kGlobal, 2, 2, sets_equivalent},
    {"math.greatest", Style::kGlobal, 1, kMathArgsMax,
     [](const Call& c) { return math_extreme(c, 1); }},
    {"math.least", Style::kGlobal, 1, kMathArgsMax,
     [](const Call& c) { return math_extreme(c, -1); }},
}};

}  // namespace

std::span<const Function> list_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
