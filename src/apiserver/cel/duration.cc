// Go's units of time.
#include "apiserver/cel/duration.h"

#include <array>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/timestamp.h"

namespace dynamod::apiserver::cel {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// "ms" before "m": the longest name wins.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"µs", 1'000},  // U+00B5
                                         {"μs", 1'000},  // U+03BC
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

std::string fraction(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "";
  std::string digits = fmt::format(".{:09}", nanoseconds);
  while (digits.back() == '0') digits.pop_back();
  return digits;
}

// Takes the digits at the start of `text`; nothing on overflow.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::int64_t value = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, text.front() - '0', &value))
      return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

// Takes "1.5h" from the start of `text`, in nanoseconds.
std::optional<std::int64_t> take_part(std::string_view& text) {
  const std::string_view start = text;
  const auto whole = take_digits(text);
  if (!whole) return std::nullopt;
  bool any_digit = text.size() != start.size();
  std::string_view decimals;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto end = text.find_first_not_of("0123456789");
    decimals = text.substr(0, end);
    text.remove_prefix(decimals.size());
    any_digit = any_digit || !decimals.empty();
  }
  if (!any_digit) return std::nullopt;
  for (const auto& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    if (unit.name == "m" && text.starts_with("ms")) continue;
    text.remove_prefix(unit.name.size());
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(*whole, unit.nanoseconds, &sum)) return std::nullopt;
    auto scale = static_cast<double>(unit.nanoseconds);
    double rest = 0;
    for (const char digit : decimals) rest += (digit - '0') * (scale /= 10);
    if (__builtin_add_overflow(sum, static_cast<std::int64_t>(rest), &sum)) return std::nullopt;
    return sum;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration(0);
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || __builtin_add_overflow(sum, *part, &sum)) return std::nullopt;
  }
  return Duration(negative ? -sum : sum);
}

std::string format_seconds(Duration duration) {
  const std::int64_t count = duration.count();
  const std::uint64_t magnitude =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return fmt::format("{}{}{}s", count < 0 ? "-" : "", magnitude / 1'000'000'000,
                     fraction(static_cast<std::int64_t>(magnitude % 1'000'000'000)));
}

std::string format_nano_time(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = format_time(seconds);
  text.pop_back();  // the Z
  return text + fraction((time - seconds).count()) + "Z";
}

std::optional<WallTime> parse_date(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto time = parse_time(std::string(text) + "T00:00:00Z");
  if (!time) return std::nullopt;
  return *time;
}

std::optional<WallTime> add_time(WallTime time, Duration duration) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), duration.count(), &sum))
    return std::nullopt;
  return WallTime(Duration(sum));
}

}  // namespace dynamod::apiserver::cel
