// Numbers as Go reads and prints them; the oracle test compares thousands more.
#include "base/go_number.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

TEST(GoNumber, PrintsShortFloats) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<double, std::string_view>> cases = {
      {0, "0"},
      {1, "1"},
      {-1.5, "-1.5"},
      {999999, "999999"},
      {1e6, "1e+06"},
      {12345678, "1.2345678e+07"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {16777217, "1.6777216e+07"},
      {1e39, ".inf"},
      {-kInfinity, "-.inf"},
      {std::nan(""), ".nan"},
      {1e38, "1e+38"},
  };
  for (const auto& [number, text] : cases) EXPECT_EQ(format_short_float(number), text);
}

TEST(GoNumber, ReadsIntegersOfAnyBase) {
  const std::vector<std::pair<std::string_view, std::optional<GoInteger>>> cases = {
      {"0", GoInteger{false, 0}},
      {"-5", GoInteger{true, 5}},
      {"+5", GoInteger{false, 5}},
      {"0x1F", GoInteger{false, 31}},
      {"0o17", GoInteger{false, 15}},
      {"017", GoInteger{false, 15}},
      {"-0b101", GoInteger{true, 5}},
      {"18446744073709551615", GoInteger{false, 18446744073709551615u}},
      {"-9223372036854775808", GoInteger{true, 1ull << 63}},
      {"18446744073709551616", std::nullopt},
      {"+9223372036854775808", std::nullopt},
      {"-9223372036854775809", std::nullopt},
      {"", std::nullopt},
      {"-", std::nullopt},
      {"08", std::nullopt},
      {"0x", std::nullopt},
      {"0x-5", std::nullopt},
      {"1_0", std::nullopt},
      {"1.0", std::nullopt},
      {" 1", std::nullopt},
  };
  for (const auto& [text, number] : cases) {
    const auto parsed = parse_go_integer(text);
    ASSERT_EQ(parsed.has_value(), number.has_value()) << text;
    if (!number) continue;
    EXPECT_EQ(parsed->negative, number->negative) << text;
    EXPECT_EQ(parsed->magnitude, number->magnitude) << text;
  }
}

TEST(GoNumber, ReadsDecimals) {
  const std::vector<std::pair<std::string_view, std::optional<double>>> cases = {
      {"1", 1.0},
      {"1.", 1.0},
      {".5", 0.5},
      {"+1.5e3", 1500.0},
      {"-1E-2", -0.01},
      {"1e-400", 0.0},
      {"-1e-99999999999", -0.0},
      {"0.0e99999999999", 0.0},
      {"1e400", std::nullopt},
      {"1e99999999999", std::nullopt},
      {"", std::nullopt},
      {".", std::nullopt},
      {"e5", std::nullopt},
      {"1e", std::nullopt},
      {"1e+", std::nullopt},
      {"1.2.3", std::nullopt},
      {"0x1p3", std::nullopt},
      {"inf", std::nullopt},
      {"nan", std::nullopt},
      {"1 ", std::nullopt},
  };
  for (const auto& [text, number] : cases) EXPECT_EQ(parse_go_decimal(text), number) << text;
}

}  // namespace
}  // namespace dynamod::base
