// RFC 3339 times in and out.
#include "base/timestamp.h"

#include <vector>

#include <gmock/gmock.h>

namespace dynamod::base {
namespace {

using ::testing::HasSubstr;

WallTime at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

TEST(Timestamp, PrintsTheThreeForms) {
  const WallTime time = at(1'767'323'045, 678'901'234);
  EXPECT_EQ(format_time(time), "2026-01-02T03:04:05Z");
  EXPECT_EQ(format_milli_time(time), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(format_micro_time(time), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(format_micro_time(at(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_micro_time(at(0, -1'000)), "1969-12-31T23:59:59.999999Z");
}

TEST(Timestamp, ReadsEveryForm) {
  const std::vector<std::pair<std::string_view, WallTime>> cases = {
      {"2026-01-02T03:04:05Z", at(1'767'323'045)},
      {"2026-01-02t03:04:05z", at(1'767'323'045)},
      {"2026-01-02T03:04:05.5Z", at(1'767'323'045, 500'000'000)},
      {"2026-01-02T03:04:05.123456789Z", at(1'767'323'045, 123'456'789)},
      {"2026-01-02T04:34:05+01:30", at(1'767'323'045)},
      {"2026-01-01T22:04:05-05:00", at(1'767'323'045)},
      {"2026-01-02T03:04:05-00:00", at(1'767'323'045)},
      {"2016-12-31T23:59:60Z", at(1'483'228'799)},
      {"2024-02-29T00:00:00Z", at(1'709'164'800)},
      {"1969-12-31T23:59:59.5Z", at(-1, 500'000'000)},
      {"1677-09-22T00:00:00Z", at(-9'223'286'400)},
      {"1678-01-01T00:00:00Z", at(-9'214'560'000)},
      {"2261-12-31T23:59:59.999999999Z", at(9'214'646'399, 999'999'999)},
  };
  for (const auto& [text, time] : cases) {
    const auto parsed = parse_time(text);
    ASSERT_TRUE(parsed) << text << parsed.error().message;
    EXPECT_EQ(*parsed, time) << text;
    EXPECT_EQ(parse_time(format_time(*parsed)), std::chrono::floor<std::chrono::seconds>(time));
  }
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const std::string_view text : {
           "",
           "2026",
           "2026-01-02",
           "2026-01-02T03:04:05",
           "2026-01-02 03:04:05Z",
           "2026-1-2T03:04:05Z",
           "2026-13-01T00:00:00Z",
           "2026-00-01T00:00:00Z",
           "2026-02-29T00:00:00Z",
           "2026-01-32T00:00:00Z",
           "2026-01-02T24:00:00Z",
           "2026-01-02T23:60:00Z",
           "2026-01-02T23:00:61Z",
           "2026-01-02T03:04:05.Z",
           "2026-01-02T03:04:05.1234567890Z",
           "2026-01-02T03:04:05,5Z",
           "2026-01-02T03:04:05+1:00",
           "2026-01-02T03:04:05+24:00",
           "2026-01-02T03:04:05+00:60",
           "2026-01-02T03:04:05+0000",
           "2026-01-02T03:04:05Zx",
           " 2026-01-02T03:04:05Z",
           "+026-01-02T03:04:05Z",
           "2026-01-02T03:04:5Z",
       }) {
    const auto parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, Error::Kind::kInvalid);
    EXPECT_THAT(parsed.error().message,
                HasSubstr("is no time: write it like 2026-01-02T03:04:05Z"));
  }
  for (const std::string_view text :
       {"0001-01-01T00:00:00Z", "1677-09-21T23:59:59Z", "2262-04-11T23:47:16Z",
        "2262-12-31T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_THAT(parse_time(text).error().message, HasSubstr("is outside of the years 1678 to 2261"))
        << text;
  }
}

}  // namespace
}  // namespace dynamod::base
