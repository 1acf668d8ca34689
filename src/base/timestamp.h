// RFC 3339 times, the only parser and printer of them.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace dynamod::base {

// "2026-01-02T03:04:05Z": metav1.Time, seconds.
[[nodiscard]] std::string format_time(WallTime time);
// "2026-01-02T03:04:05.678901Z": metav1.MicroTime, used by Lease and Event.
[[nodiscard]] std::string format_micro_time(WallTime time);
// "2026-01-02T03:04:05.678Z": log lines.
[[nodiscard]] std::string format_milli_time(WallTime time);

// Any RFC 3339 time with offset and up to nanoseconds; leap second 60 is read as 59. Error kInvalid.
[[nodiscard]] Result<WallTime> parse_time(std::string_view text);

}  // namespace dynamod::base
