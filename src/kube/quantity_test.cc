// The rules by hand; tests/oracle compares thousands of random quantities with Go.
#include "kube/quantity.h"

#include <limits>

#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

std::string printed(std::string_view text) {
  const auto quantity = Quantity::parse(text);
  return quantity ? quantity->text() : "error: " + quantity.error().message;
}

Quantity parsed(std::string_view text) {
  return *Quantity::parse(text);
}

TEST(Quantity, IsPrintedInCanonicalForm) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"0", "0"},
      {"00", "0"},
      {"0Ki", "0"},
      {"1", "1"},
      {"1.5", "1500m"},
      {"0.5", "500m"},
      {"1000m", "1"},
      {"1000", "1k"},
      {"1000k", "1M"},
      {"1500k", "1500k"},
      {"1024Ki", "1Mi"},
      {"1.5Gi", "1536Mi"},
      {"0.5Ki", "512"},
      {"1Ki", "1Ki"},
      {"0.1Ki", "102400m"},
      {"0.3Ki", "307200m"},
      {"0.1m", "100u"},
      {"0.1n", "1n"},
      {"-0.1n", "-1n"},
      {"1n", "1n"},
      {"1e3", "1e3"},
      {"1e1", "10"},
      {"1E4", "10e3"},
      {"12e6", "12e6"},
      {"-1.5Gi", "-1536Mi"},
      {"9E", "9E"},
      {"8Ei", "9223372036854775807"},
      {"1000000000", "1G"},
      {"2048Mi", "2Gi"},
      {"-5", "-5"},
      {".5", "500m"},
      {"1.", "1."},
  };
  for (const auto& [text, canonical] : rows) EXPECT_EQ(printed(text), canonical) << text;
}

TEST(Quantity, KeepsWhatGoTakesForCanonical) {
  for (const std::string_view text : {"1.500", "1.234", "+5", "05", "1e0", "1E3", "+7Ki"})
    EXPECT_EQ(printed(text), text);
}

TEST(Quantity, RefusesWithKubernetesWords) {
  constexpr std::string_view kForm =
      "error: quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  for (const std::string_view text : {"", "abc", "1x", "1 ", " 1", "1..5", "1,5"})
    EXPECT_EQ(printed(text), kForm) << text;
  for (const std::string_view text :
       {"--1", "1i", "1KI", "1ki", "1mm", "1eK", "1e", "1-", "1e99999999999999999999"})
    EXPECT_TRUE(printed(text).starts_with("error: ")) << text;
  EXPECT_EQ(printed("1i"), "error: unable to parse quantity's suffix");
}

TEST(Quantity, ComparesByValue) {
  EXPECT_EQ(parsed("1"), parsed("1000m"));
  EXPECT_EQ(parsed("1Ki"), parsed("1024"));
  EXPECT_LT(parsed("1k"), parsed("1Ki"));
  EXPECT_LT(parsed("-1"), parsed("1n"));
  EXPECT_EQ(parsed("0").sign(), 0);
  EXPECT_EQ(parsed("-1m").sign(), -1);
}

TEST(Quantity, AddsExactlyInTheFormatOfTheLeft) {
  auto sum = parsed("1Gi");
  sum += parsed("512Mi");
  EXPECT_EQ(sum.text(), "1536Mi");
  sum -= parsed("1536Mi");
  EXPECT_TRUE(sum.is_zero());
  sum += parsed("1500m");
  EXPECT_EQ(sum.text(), "1500m");
  sum += parsed("1n");
  EXPECT_EQ(sum.text(), "1500000001n");
}

TEST(Quantity, ValuesAreRoundedUpAndStayWithinInt64) {
  EXPECT_EQ(parsed("1.1").value(), 2);
  EXPECT_EQ(parsed("1").milli_value(), 1000);
  EXPECT_EQ(parsed("0.1m").milli_value(), 1);
  EXPECT_EQ(parsed("9E").milli_value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parsed("1e25").value(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parsed("-1e25").value(), std::numeric_limits<std::int64_t>::min());
}

TEST(Quantity, IsMadeOfNumbers) {
  EXPECT_EQ(Quantity::of(2048, Quantity::Format::kBinarySi).text(), "2Ki");
  EXPECT_EQ(Quantity::of(2000).text(), "2k");
  EXPECT_EQ(Quantity::of_milli(1500).text(), "1500m");
}

TEST(Quantity, HugeNumbersAreCappedNotWrapped) {
  EXPECT_GT(parsed("1e9999"), parsed("1e28"));
  EXPECT_EQ(parsed("1e9999"), parsed("9e9999"));
  auto sum = parsed("1e9999");
  sum += sum;
  EXPECT_EQ(sum, parsed("1e9999"));
  EXPECT_EQ(parsed("1e-9999").text(), "1e-9");
}

}  // namespace
}  // namespace dynamod::kube
