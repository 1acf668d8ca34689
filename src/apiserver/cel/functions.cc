// Finds functions by name; the operators.
#include "apiserver/cel/functions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "apiserver/cel/duration.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

// How much of a value a comparison looks at, in steps.
bool spend_value(Meter& meter, const Value& value) {
  if (const auto* text = value.get<std::string>()) return meter.spend_text(text->size());
  if (value.is_list()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      if (!spend_value(meter, value.at(i))) return false;
    return meter.spend(1);
  }
  if (value.is_map()) {
    for (const auto& key : value.keys())
      if (!meter.spend(1) || !spend_value(meter, value.find(key).value_or(Null{}))) return false;
    return meter.spend(1);
  }
  return meter.spend(1);
}

Value out_of_steps() {
  return error_value("operation cancelled: actual cost limit exceeded");
}

bool spend_comparison(const Call& call) {
  const Value& a = call.args[0];
  const Value& b = call.args[1];
  // Values of different size are told apart at once.
  if ((a.is_list() || a.is_map()) && a.size() != b.size()) return call.meter.spend(1);
  if (a.is_list()) {
    const auto* node = a.get<JsonNode>();
    const bool unordered =
        node != nullptr && node->type != nullptr && node->type->list != Type::List::kAtomic;
    if (unordered && !call.meter.spend(a.size() * b.size())) return false;
  }
  return spend_value(call.meter, a);
}

Value equals(const Call& call) {
  if (!spend_comparison(call)) return out_of_steps();
  return equal(call.args[0], call.args[1]);
}

Value differs(const Call& call) {
  if (!spend_comparison(call)) return out_of_steps();
  return !equal(call.args[0], call.args[1]);
}

template <class Test>
Value order(const Call& call, Test test) {
  if (!spend_comparison(call)) return out_of_steps();
  const auto result = compare(call.args[0], call.args[1]);
  if (!result) return no_such_overload();
  return test(*result);
}

Value contains_value(const Call& call) {
  const Value& wanted = call.args[0];
  const Value& all = call.args[1];
  if (all.is_map()) {
    if (!call.meter.spend(all.is<MapPtr>() ? all.size() : 1)) return out_of_steps();
    const auto found = all.find(wanted);
    if (found && found->failed() && !wanted.is<std::string>()) return no_such_overload();
    return found.has_value();
  }
  if (!all.is_list()) return no_such_overload();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!spend_value(call.meter, wanted)) return out_of_steps();
    if (equal(all.at(i), wanted)) return true;
  }
  return false;
}

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide, kModulo };

template <class Integer>
Value integer_result(Arithmetic what, Integer a, Integer b) {
  constexpr bool kSigned = std::is_signed_v<Integer>;
  Integer out = 0;
  bool overflow = false;
  switch (what) {
    case Arithmetic::kAdd:
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case Arithmetic::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case Arithmetic::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    case Arithmetic::kDivide:
    case Arithmetic::kModulo:
      if (b == 0)
        return error_value(what == Arithmetic::kDivide ? "division by zero" : "modulus by zero");
      if constexpr (kSigned) overflow = a == std::numeric_limits<Integer>::min() && b == -1;
      if (!overflow) out = what == Arithmetic::kDivide ? a / b : a % b;
      break;
  }
  if (overflow) return error_value(kSigned ? "integer overflow" : "unsigned integer overflow");
  return out;
}

Value double_result(Arithmetic what, double a, double b) {
  switch (what) {
    case Arithmetic::kAdd:
      return a + b;
    case Arithmetic::kSubtract:
      return a - b;
    case Arithmetic::kMultiply:
      return a * b;
    case Arithmetic::kDivide:
      return a / b;
    case Arithmetic::kModulo:
      break;
  }
  return no_such_overload();
}

Value number_result(Arithmetic what, const Value& a, const Value& b) {
  if (a.is<std::int64_t>() && b.is<std::int64_t>())
    return integer_result(what, *a.get<std::int64_t>(), *b.get<std::int64_t>());
  if (a.is<std::uint64_t>() && b.is<std::uint64_t>())
    return integer_result(what, *a.get<std::uint64_t>(), *b.get<std::uint64_t>());
  if (a.is<double>() && b.is<double>())
    return double_result(what, *a.get<double>(), *b.get<double>());
  return no_such_overload();
}

Value moved_time(const Value& time, Duration by) {
  const auto moved = add_time(*time.get<WallTime>(), by);
  return moved ? Value(*moved) : error_value("timestamp overflow");
}

Value duration_result(Arithmetic what, Duration a, Duration b) {
  Value count = integer_result<std::int64_t>(what, a.count(), b.count());
  if (count.failed()) return error_value("duration overflow");
  return Duration(*count.get<std::int64_t>());
}

Value add(const Call& call) {
  const Value& a = call.args[0];
  const Value& b = call.args[1];
  if (a.is_list() && b.is_list()) {
    const auto* node = a.get<JsonNode>();
    const bool merged =
        node != nullptr && node->type != nullptr && node->type->list != Type::List::kAtomic;
    const std::size_t steps = merged ? (a.size() + b.size()) * b.size() : a.size() + b.size();
    return call.meter.spend(steps + a.size()) ? concatenate(a, b) : out_of_steps();
  }
  if (a.is<std::string>() && b.is<std::string>()) {
    const auto& left = *a.get<std::string>();
    const auto& right = *b.get<std::string>();
    return call.meter.spend_text(left.size() + right.size()) ? Value(left + right) : out_of_steps();
  }
  if (a.is<Bytes>() && b.is<Bytes>()) {
    const auto& left = a.get<Bytes>()->data;
    const auto& right = b.get<Bytes>()->data;
    if (!call.meter.spend_text(left.size() + right.size())) return out_of_steps();
    return Bytes{left + right};
  }
  if (a.is<Duration>() && b.is<Duration>())
    return duration_result(Arithmetic::kAdd, *a.get<Duration>(), *b.get<Duration>());
  if (a.is<WallTime>() && b.is<Duration>()) return moved_time(a, *b.get<Duration>());
  if (a.is<Duration>() && b.is<WallTime>()) return moved_time(b, *a.get<Duration>());
  return number_result(Arithmetic::kAdd, a, b);
}

Value subtract(const Call& call) {
  const Value& a = call.args[0];
  const Value& b = call.args[1];
  if (a.is<Duration>() && b.is<Duration>())
    return duration_result(Arithmetic::kSubtract, *a.get<Duration>(), *b.get<Duration>());
  if (a.is<WallTime>() && b.is<Duration>()) {
    const Duration by = *b.get<Duration>();
    if (by == Duration::min()) return error_value("timestamp overflow");
    return moved_time(a, -by);
  }
  if (a.is<WallTime>() && b.is<WallTime>())
    return duration_result(Arithmetic::kSubtract, a.get<WallTime>()->time_since_epoch(),
                           b.get<WallTime>()->time_since_epoch());
  return number_result(Arithmetic::kSubtract, a, b);
}

Value negate(const Call& call) {
  const Value& a = call.args[0];
  if (const auto* d = a.get<double>()) return -*d;
  if (const auto* d = a.get<Duration>())
    return duration_result(Arithmetic::kSubtract, Duration(0), *d);
  if (const auto* i = a.get<std::int64_t>())
    return integer_result<std::int64_t>(Arithmetic::kSubtract, 0, *i);
  return no_such_overload();
}

Value logical_not(const Call& call) {
  const bool* truth = call.args[0].get<bool>();
  return truth == nullptr ? no_such_overload() : Value(!*truth);
}

constexpr std::array<Function, 14> kOperators = {{
    {"==", Style::kOperator, 2, 2, equals},
    {"!=", Style::kOperator, 2, 2, differs},
    {"<", Style::kOperator, 2, 2,
     [](const Call& c) { return order(c, [](auto o) { return o < 0; }); }},
    {"<=", Style::kOperator, 2, 2,
     [](const Call& c) { return order(c, [](auto o) { return o <= 0; }); }},
    {">", Style::kOperator, 2, 2,
     [](const Call& c) { return order(c, [](auto o) { return o > 0; }); }},
    {">=", Style::kOperator, 2, 2,
     [](const Call& c) { return order(c, [](auto o) { return o >= 0; }); }},
    {"in", Style::kOperator, 2, 2, contains_value},
    {"+", Style::kOperator, 2, 2, add},
    {"-", Style::kOperator, 2, 2, subtract},
    {"*", Style::kOperator, 2, 2,
     [](const Call& c) { return number_result(Arithmetic::kMultiply, c.args[0], c.args[1]); }},
    {"/", Style::kOperator, 2, 2,
     [](const Call& c) { return number_result(Arithmetic::kDivide, c.args[0], c.args[1]); }},
    {"%", Style::kOperator, 2, 2,
     [](const Call& c) { return number_result(Arithmetic::kModulo, c.args[0], c.args[1]); }},
    {"!", Style::kOperator, 1, 1, logical_not},
    {"negate", Style::kOperator, 1, 1, negate},
}};

}  // namespace

std::span<const Function> operator_functions() {
  return kOperators;
}

const Function* find_function(std::string_view name, Style style) {
  using Key = std::pair<std::string_view, Style>;
  static const std::map<Key, const Function*> kTable = [] {
    std::map<Key, const Function*> table;
    for (const auto part :
         {operator_functions(), conversion_functions(), string_functions(), regex_functions(),
          list_functions(), time_functions(), optional_functions(), quantity_functions()})
      for (const auto& function : part) table[{function.name, function.style}] = &function;
    return table;
  }();
  const auto found = kTable.find({name, style});
  return found == kTable.end() ? nullptr : found->second;
}

}  // namespace dynamod::apiserver::cel
