// Parts of timestamps and durations. Time zones: UTC and fixed offsets ("+02:00"), since the server
// reads no zone database.
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "apiserver/cel/functions.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;
using std::chrono::days;
using std::chrono::floor;

// "UTC", "+02:00", "-8:30", "02:00"; nothing for names of zones.
std::optional<Duration> offset_of(std::string_view zone) {
  if (zone == "UTC" || zone == "Z" || zone.empty()) return Duration(0);
  const bool negative = zone.starts_with('-');
  if (negative || zone.starts_with('+')) zone.remove_prefix(1);
  const auto colon = zone.find(':');
  if (colon == std::string_view::npos || colon > 2 || zone.size() != colon + 3) return std::nullopt;
  int minutes = 0;
  for (std::size_t i = 0; i < zone.size(); ++i) {
    if (i == colon) continue;
    if (zone[i] < '0' || zone[i] > '9') return std::nullopt;
  }
  for (const char c : zone.substr(0, colon)) minutes = (minutes * 10) + (c - '0');
  minutes = (minutes * 60) + ((zone[colon + 1] - '0') * 10) + (zone[colon + 2] - '0');
  return std::chrono::minutes(negative ? -minutes : minutes);
}

struct Parts {
  std::chrono::year_month_day date;
  days since_epoch{};
  Duration in_day{};
};

// Runs `use` over the parts of a timestamp in the zone of the call.
template <class Use>
Value with_parts(const Call& call, Use use) {
  const auto* time = call.args[0].get<WallTime>();
  if (time == nullptr) return no_such_overload();
  std::string_view zone;
  if (call.args.size() == 2) {
    const auto* name = call.args[1].get<std::string>();
    if (name == nullptr) return no_such_overload();
    zone = *name;
  }
  const auto offset = offset_of(zone);
  if (!offset) return error_value(fmt::format("unknown time zone {}", zone));
  const WallTime local = *time + *offset;
  const auto day = floor<days>(local);
  const Parts parts{.date = std::chrono::year_month_day(day),
                    .since_epoch = day.time_since_epoch(),
                    .in_day = local - day};
  return static_cast<std::int64_t>(use(parts));
}

template <class Unit>
std::int64_t unit_of(const Parts& parts, std::int64_t wrap) {
  return (parts.in_day / Unit(1)) % wrap;
}

// The same name reads a part of a timestamp, or a whole duration in that unit.
template <class Unit>
Value clock_part(const Call& call, std::int64_t wrap) {
  if (const auto* d = call.args[0].get<Duration>()) {
    if (call.args.size() != 1) return no_such_overload();
    return static_cast<std::int64_t>(*d / Unit(1));
  }
  return with_parts(call, [&](const Parts& p) { return unit_of<Unit>(p, wrap); });
}

Value milliseconds_part(const Call& call) {
  if (const auto* d = call.args[0].get<Duration>())
    return static_cast<std::int64_t>((*d / std::chrono::milliseconds(1)) % 1000);
  return with_parts(call,
                    [](const Parts& p) { return unit_of<std::chrono::milliseconds>(p, 1000); });
}

int day_of_month(const Parts& p) {
  return static_cast<int>(unsigned{p.date.day()});
}

int day_of_year(const Parts& p) {
  const auto first = std::chrono::sys_days(p.date.year() / 1 / 1).time_since_epoch();
  return static_cast<int>((p.since_epoch - first).count());
}

int day_of_week(const Parts& p) {
  const std::chrono::weekday weekday{std::chrono::sys_days(p.date)};
  return static_cast<int>(weekday.c_encoding());
}

constexpr std::array<Function, 10> kFunctions = {{
    {"getFullYear", Style::kMember, 1, 2,
     [](const Call& c) {
       return with_parts(c, [](const Parts& p) { return int{p.date.year()}; });
     }},
    {"getMonth", Style::kMember, 1, 2,
     [](const Call& c) {
       return with_parts(c, [](const Parts& p) { return unsigned{p.date.month()} - 1; });
     }},
    {"getDate", Style::kMember, 1, 2, [](const Call& c) { return with_parts(c, day_of_month); }},
    {"getDayOfMonth", Style::kMember, 1, 2,
     [](const Call& c) {
       return with_parts(c, [](const Parts& p) { return day_of_month(p) - 1; });
     }},
    {"getDayOfYear", Style::kMember, 1, 2,
     [](const Call& c) { return with_parts(c, day_of_year); }},
    {"getDayOfWeek", Style::kMember, 1, 2,
     [](const Call& c) { return with_parts(c, day_of_week); }},
    {"getHours", Style::kMember, 1, 2,
     [](const Call& c) { return clock_part<std::chrono::hours>(c, 24); }},
    {"getMinutes", Style::kMember, 1, 2,
     [](const Call& c) { return clock_part<std::chrono::minutes>(c, 60); }},
    {"getSeconds", Style::kMember, 1, 2,
     [](const Call& c) { return clock_part<std::chrono::seconds>(c, 60); }},
    {"getMilliseconds", Style::kMember, 1, 2, milliseconds_part},
}};

}  // namespace

std::span<const Function> time_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
