// int(x), string(x) and their like; type(x); size(x).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "apiserver/cel/duration.h"
#include "apiserver/cel/functions.h"
#include "base/go_number.h"
#include "base/timestamp.h"
#include "base/utf8.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

template <class Number>
Value parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return error_value(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text));
  return value;
}

Value to_int(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<std::int64_t>()) return v;
  if (const auto* u = v.get<std::uint64_t>())
    return *u > INT64_MAX ? error_value("integer overflow") : Value(static_cast<std::int64_t>(*u));
  if (const auto* d = v.get<double>()) {
    // The edges are outside: neither is exact in a double.
    if (!(*d > -9223372036854775808.0 && *d < 9223372036854775807.0))
      return error_value("integer overflow");
    return static_cast<std::int64_t>(*d);
  }
  if (const auto* s = v.get<std::string>()) return parse_number<std::int64_t>(*s);
  if (const auto* t = v.get<WallTime>())
    return static_cast<std::int64_t>(
        std::chrono::floor<std::chrono::seconds>(t->time_since_epoch()).count());
  if (const auto* d = v.get<Duration>()) return static_cast<std::int64_t>(d->count());
  return no_such_overload();
}

Value to_uint(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<std::uint64_t>()) return v;
  if (const auto* i = v.get<std::int64_t>())
    return *i < 0 ? error_value("unsigned integer overflow")
                  : Value(static_cast<std::uint64_t>(*i));
  if (const auto* d = v.get<double>()) {
    if (!(*d >= 0 && *d < 18446744073709551615.0)) return error_value("unsigned integer overflow");
    return static_cast<std::uint64_t>(*d);
  }
  if (const auto* s = v.get<std::string>()) return parse_number<std::uint64_t>(*s);
  return no_such_overload();
}

Value to_double(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<double>()) return v;
  if (const auto* i = v.get<std::int64_t>()) return static_cast<double>(*i);
  if (const auto* u = v.get<std::uint64_t>()) return static_cast<double>(*u);
  const auto* s = v.get<std::string>();
  if (s == nullptr) return no_such_overload();
  if (*s == "NaN") return std::nan("");
  if (*s == "Infinity" || *s == "Inf" || *s == "+Inf") return HUGE_VAL;
  if (*s == "-Infinity" || *s == "-Inf") return -HUGE_VAL;
  const auto number = parse_go_decimal(*s);
  if (!number)
    return error_value(fmt::format("strconv.ParseFloat: parsing \"{}\": invalid syntax", *s));
  return *number;
}

// As Go's %g for numbers in strings.
std::string double_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text;
  append_json_double(text, value);
  return text;
}

Value to_string(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<std::string>()) return v;
  if (const auto* i = v.get<std::int64_t>()) return fmt::format("{}", *i);
  if (const auto* u = v.get<std::uint64_t>()) return fmt::format("{}", *u);
  if (const auto* d = v.get<double>()) return double_text(*d);
  if (const auto* b = v.get<bool>()) return std::string(*b ? "true" : "false");
  if (const auto* t = v.get<WallTime>()) return format_nano_time(*t);
  if (const auto* d = v.get<Duration>()) return format_seconds(*d);
  if (const auto* b = v.get<Bytes>()) {
    if (find_invalid_utf8(b->data) != std::string_view::npos)
      return error_value("invalid UTF-8 in bytes, cannot convert to string");
    return b->data;
  }
  if (const auto* q = v.get<QuantityPtr>()) return (*q)->text();
  return no_such_overload();
}

Value to_bytes(const Call& call) {
  if (call.args[0].is<Bytes>()) return call.args[0];
  const auto* s = call.args[0].get<std::string>();
  return s == nullptr ? no_such_overload() : Value(Bytes{*s});
}

Value to_bool(const Call& call) {
  if (call.args[0].is<bool>()) return call.args[0];
  const auto* s = call.args[0].get<std::string>();
  if (s == nullptr) return no_such_overload();
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
    if (*s == yes) return true;
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
    if (*s == no) return false;
  return error_value("Type conversion error");
}

Value to_timestamp(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<WallTime>()) return v;
  if (const auto* i = v.get<std::int64_t>()) {
    std::int64_t nanoseconds = 0;
    if (__builtin_mul_overflow(*i, 1'000'000'000, &nanoseconds))
      return error_value("timestamp overflow");
    return WallTime(Duration(nanoseconds));
  }
  const auto* s = v.get<std::string>();
  if (s == nullptr) return no_such_overload();
  const auto time = parse_time(*s);
  return time ? Value(*time) : error_value(fmt::format("cannot parse \"{}\" as a timestamp", *s));
}

Value to_duration(const Call& call) {
  const Value& v = call.args[0];
  if (v.is<Duration>()) return v;
  if (const auto* i = v.get<std::int64_t>()) return Duration(*i);
  const auto* s = v.get<std::string>();
  if (s == nullptr) return no_such_overload();
  const auto duration = parse_go_duration(*s);
  return duration ? Value(*duration)
                  : error_value(fmt::format("time: invalid duration \"{}\"", *s));
}

Value type_of(const Call& call) {
  return TypeName{call.args[0].type_name()};
}

Value size_of(const Call& call) {
  const Value& v = call.args[0];
  if (v.is_list() || v.is_map()) return static_cast<std::int64_t>(v.size());
  if (const auto* b = v.get<Bytes>()) return static_cast<std::int64_t>(b->data.size());
  const auto* s = v.get<std::string>();
  if (s == nullptr) return no_such_overload();
  if (!call.meter.spend_text(s->size())) return no_such_overload();
  const auto continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  return static_cast<std::int64_t>(s->size()) -
         static_cast<std::int64_t>(std::ranges::count_if(*s, continuation));
}

constexpr std::array<Function, 12> kFunctions = {{
    {"int", Style::kGlobal, 1, 1, to_int},
    {"uint", Style::kGlobal, 1, 1, to_uint},
    {"double", Style::kGlobal, 1, 1, to_double},
    {"string", Style::kGlobal, 1, 1, to_string},
    {"bytes", Style::kGlobal, 1, 1, to_bytes},
    {"bool", Style::kGlobal, 1, 1, to_bool},
    {"timestamp", Style::kGlobal, 1, 1, to_timestamp},
    {"duration", Style::kGlobal, 1, 1, to_duration},
    {"dyn", Style::kGlobal, 1, 1, [](const Call& c) { return c.args[0]; }},
    {"type", Style::kGlobal, 1, 1, type_of},
    {"size", Style::kGlobal, 1, 1, size_of},
    {"size", Style::kMember, 1, 1, size_of},
}};

}  // namespace

std::span<const Function> conversion_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
