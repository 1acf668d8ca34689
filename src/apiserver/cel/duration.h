// Durations and timestamps as rules read and print them: Go's duration text and RFC 3339 with
// nanoseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace dynamod::apiserver::cel {

// As Go's time.ParseDuration: "1h30m", "-1.5s", "100ms", "0". Nothing when it is none or does not
// fit in 64 bits of nanoseconds.
[[nodiscard]] std::optional<Duration> parse_go_duration(std::string_view text);
// "5400s", "1.5s": as CEL's string(duration).
[[nodiscard]] std::string format_seconds(Duration duration);

// "2026-01-02T03:04:05.5Z": as many digits after the point as are needed.
[[nodiscard]] std::string format_nano_time(WallTime time);
// "2026-01-02" as midnight UTC.
[[nodiscard]] std::optional<WallTime> parse_date(std::string_view text);
// Nothing when WallTime cannot hold the sum (its years are 1678 to 2261).
[[nodiscard]] std::optional<WallTime> add_time(WallTime time, Duration duration);

}  // namespace dynamod::apiserver::cel
