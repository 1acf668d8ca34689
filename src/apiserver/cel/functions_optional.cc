// Optional values: optional.of(x), x.hasValue(), x.orValue(y).
#include <array>

#include "apiserver/cel/functions.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

// Runs `use` when the receiver is an optional.
template <class Use>
Value with_optional(const Call& call, Use use) {
  const auto* optional = call.args[0].get<Optional>();
  return optional == nullptr ? no_such_overload() : use(*optional);
}

// false, 0, "", [], {} and null are zero values.
bool is_zero(const Value& value) {
  if (const auto* b = value.get<bool>()) return !*b;
  if (const auto* i = value.get<std::int64_t>()) return *i == 0;
  if (const auto* u = value.get<std::uint64_t>()) return *u == 0;
  if (const auto* d = value.get<double>()) return *d == 0;
  if (const auto* s = value.get<std::string>()) return s->empty();
  if (const auto* b = value.get<Bytes>()) return b->data.empty();
  if (const auto* d = value.get<Duration>()) return d->count() == 0;
  if (value.is_list() || value.is_map()) return value.size() == 0;
  return value.is<Null>();
}

Value of_non_zero(const Call& call) {
  return is_zero(call.args[0]) ? Value::none() : Value::some(call.args[0]);
}

Value value_of(const Call& call) {
  return with_optional(call, [](const Optional& o) {
    return o.value ? *o.value : error_value("optional.none() dereference");
  });
}

Value or_optional(const Call& call) {
  if (!call.args[1].is<Optional>()) return no_such_overload();
  return with_optional(call, [&](const Optional& o) { return o.value ? Value(o) : call.args[1]; });
}

constexpr std::array<Function, 7> kFunctions = {{
    {"optional.of", Style::kGlobal, 1, 1, [](const Call& c) { return Value::some(c.args[0]); }},
    {"optional.none", Style::kGlobal, 0, 0, [](const Call&) { return Value::none(); }},
    {"optional.ofNonZeroValue", Style::kGlobal, 1, 1, of_non_zero},
    {"hasValue", Style::kMember, 1, 1,
     [](const Call& c) {
       return with_optional(c, [](const Optional& o) -> Value { return o.value != nullptr; });
     }},
    {"value", Style::kMember, 1, 1, value_of},
    {"or", Style::kMember, 2, 2, or_optional},
    {"orValue", Style::kMember, 2, 2,
     [](const Call& c) {
       return with_optional(c, [&](const Optional& o) { return o.value ? *o.value : c.args[1]; });
     }},
}};

}  // namespace

std::span<const Function> optional_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
