// JSON in and out: what is refused and where, numbers to the digit, duplicates with their paths.
#include "base/json.h"

#include <limits>

#include <gmock/gmock.h>

namespace dynamod::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json::value decoded(std::string_view text) {
  auto result = decode_json(text);
  EXPECT_TRUE(result) << text << ": " << result.error().message;
  return result ? *std::move(result) : json::value();
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(DecodeJson, RoundTripsCompactText) {
  for (
      const std::string_view text : {
          R"({})",
          R"([])",
          R"(null)",
          R"(true)",
          R"(false)",
          R"("")",
          R"(0)",
          R"(-1)",
          R"([1,2,3])",
          R"({"b":1,"a":{"c":[{},[],null]}})",
          R"("\"\\\b\f\n\r\t\u0000\u001f")",
          "\"\x7f <>&/\"",
          "\"\xC3\xA4 \xE2\x80\xA8 \xF0\x9F\x98\x80\"",
          R"({"":{"":1}})",
          R"({"a\"b":1})",
          R"(9223372036854775807)",
          R"(-9223372036854775808)",
          R"(18446744073709551615)",
          R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"n":14,"o":15,)"
          R"("p":16,"q":17,"r":18,"s":19,"t":20})",
      }) {
    EXPECT_EQ(encode_json(decoded(text)), text);
  }
}

TEST(DecodeJson, KeepsIntegersAndReadsTheNearestDouble) {
  EXPECT_TRUE(decoded("1").is_int64());
  EXPECT_TRUE(decoded("-9223372036854775808").is_int64());
  EXPECT_TRUE(decoded("9223372036854775808").is_uint64());
  EXPECT_TRUE(decoded("18446744073709551616").is_double());
  EXPECT_TRUE(decoded("1.0").is_double());
  EXPECT_TRUE(decoded("1e2").is_double());
  EXPECT_EQ(decoded("0.1").get_double(), 0.1);
  EXPECT_EQ(decoded("123456789012345678901234567890").get_double(),
            123456789012345678901234567890.0);
  EXPECT_EQ(decoded("8.988465674311579e+307").get_double(), 8.988465674311579e+307);
  EXPECT_EQ(decoded("5e-324").get_double(), 5e-324);
  EXPECT_EQ(decoded("1e-400").get_double(), 0.0);
  EXPECT_EQ(decoded("0.000001e-400").get_double(), 0.0);
  EXPECT_EQ(decoded("0e999").get_double(), 0.0);
  EXPECT_EQ(decoded("2.2250738585072011e-308").get_double(), 2.2250738585072011e-308);
}

TEST(DecodeJson, DecodesEscapes) {
  EXPECT_EQ(decoded(R"("\u0041\/\u00e4\ud83d\ude00")").get_string(), "A/\xC3\xA4\xF0\x9F\x98\x80");
  EXPECT_EQ(encode_json(decoded(R"({"\u0061b":1,"c\td":"\u000a"})")),
            "{\"ab\":1,\"c\\td\":\"\\n\"}");
  EXPECT_EQ(encode_json(decoded(" \t\r\n[ 1 , 2 ] \n")), "[1,2]");
}

TEST(DecodeJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {
           "",
           " ",
           "{",
           "[1",
           "[1,]",
           "{\"a\":1,}",
           "{a:1}",
           "{'a':1}",
           "nul",
           "NaN",
           "Infinity",
           "-Infinity",
           "1.",
           ".5",
           "01",
           "+1",
           "-",
           "1e",
           "0x1",
           "// c\n1",
           "/* c */1",
           "\"",
           "\"\\x41\"",
           "\"\\ud800\"",
           "\"\\ud800\\u0041\"",
           "\"a\nb\"",
           "1 2",
           "{}{}",
           "[1]x",
           "\"\xFF\"",
           "\"\xC0\xAF\"",
           "\"\xED\xA0\x80\"",
           "{\"\xFE\":1}",
           "1e400",
           "-1e400",
           "1e99999999999",
           "{\"a\" 1}",
           "[1 2]",
           "\xEF\xBB\xBF{}",
       }) {
    const auto result = decode_json(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, Error::Kind::kBadRequest) << text;
    EXPECT_THAT(result.error().message, HasSubstr("invalid JSON at byte ")) << text;
  }
  EXPECT_FALSE(decode_json(std::string_view("\0", 1)));
}

TEST(DecodeJson, NamesTheOffset) {
  EXPECT_EQ(decode_json("{\"a\":x}").error().message,
            "invalid JSON at byte 5: syntax error or invalid UTF-8");
  EXPECT_EQ(decode_json("[1,2] 3").error().message, "invalid JSON at byte 6: extra data");
  EXPECT_EQ(decode_json("[1,2").error().message, "invalid JSON at byte 4: incomplete JSON");
}

TEST(DecodeJson, LimitsDepthAndSize) {
  EXPECT_TRUE(decode_json(nested(kJsonDepthMax)));
  const auto deep = decode_json(nested(kJsonDepthMax + 1));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().kind, Error::Kind::kTooLarge);
  EXPECT_THAT(deep.error().message, HasSubstr("too deeply nested"));

  EXPECT_TRUE(decode_json("[1]", {.size_bytes_max = 3}));
  const auto large = decode_json("[1] ", {.size_bytes_max = 3});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, Error::Kind::kTooLarge);
  EXPECT_EQ(large.error().message, "JSON of 4 bytes is over the limit of 3");
}

TEST(DecodeJson, ReadsLongTexts) {
  const std::string words(100'000, 'x');
  EXPECT_EQ(decoded("\"" + words + "\"").get_string(), words);
  EXPECT_EQ(decoded("\"\\n" + words + "\"").get_string(), "\n" + words);
  const auto object = decoded("{\"" + words + "\\n\":1,\"" + words + "\":2}");
  EXPECT_EQ(object.at(words + "\n").to_number<int>(), 1);
  EXPECT_EQ(object.at(words).to_number<int>(), 2);
}

TEST(DecodeJsonStrict, NamesDuplicatesAndLetsTheLastWin) {
  const auto result = decode_json_strict(
      R"({"a":1,"spec":{"x":0,"source":{"uri":"1","uri":"2"}},"list":[0,{"k":[[],{"z":1,"\u007a":2}]}],"a":3})");
  ASSERT_TRUE(result);
  EXPECT_THAT(result->duplicates, ElementsAre("spec.source.uri", "list[1].k[1].z", "a"));
  EXPECT_EQ(encode_json(result->value),
            R"({"a":3,"spec":{"x":0,"source":{"uri":"2"}},"list":[0,{"k":[[],{"z":2}]}]})");
  EXPECT_THAT(decode_json_strict(R"({"a":{"a":1},"b":{"a":1}})")->duplicates, IsEmpty());
}

TEST(DecodeJsonStrict, KeepsPathsShortAndFew) {
  const std::string key(10'000, 'k');
  const auto result = decode_json_strict("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_EQ(result->duplicates.size(), 1);
  EXPECT_LE(result->duplicates.front().size(), 1100);

  std::string many = "{";
  for (int i = 0; i < 300; ++i)
    many += "\"k" + std::to_string(i) + "\":1,\"k" + std::to_string(i) + "\":2,";
  many += "\"end\":0}";
  EXPECT_EQ(decode_json_strict(many)->duplicates.size(), 100);
}

TEST(DecodeJson, RefusesADuplicateByItsPath) {
  const auto result = decode_json(R"({"spec":{"uri":1,"uri":1}})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(),
            (Error{Error::Kind::kBadRequest, "invalid JSON: duplicate field \"spec.uri\""}));
}

TEST(EncodeJson, PrintsNumbersAsGo) {
  const std::vector<std::pair<double, std::string_view>> cases = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.5, "0.5"},
      {100.0, "100"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1.5e21, "1.5e+21"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {9.99e-7, "9.99e-7"},
      {1.25e-10, "1.25e-10"},
      {1e100, "1e+100"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {0.1, "0.1"},
      {1.0 / 3, "0.3333333333333333"},
      {9007199254740993.0, "9007199254740992"},
      {123.456, "123.456"},
  };
  for (const auto& [number, text] : cases) EXPECT_EQ(encode_json(number), text);
}

TEST(EqualJson, ComparesByValue) {
  const std::vector<std::pair<std::string_view, std::string_view>> equal = {
      {"1", "1.0"},
      {"-0.0", "0"},
      {"9223372036854775808", "9223372036854775808.0"},
      {"1e2", "100"},
      {R"({"a":1,"b":[2]})", R"({"b":[2.0],"a":1})"},
      {"null", "null"},
      {R"("x")", R"("\u0078")"},
      {"[true]", "[true]"},
  };
  for (const auto& [a, b] : equal)
    EXPECT_TRUE(equal_json(decoded(a), decoded(b)) && equal_json(decoded(b), decoded(a))) << a;
  const std::vector<std::pair<std::string_view, std::string_view>> different = {
      {"1", "1.5"},
      {"9007199254740993", "9007199254740992.0"},
      {"18446744073709551615", "18446744073709551616"},
      {"-1", "18446744073709551615"},
      {"9223372036854775807", "9223372036854775808.0"},
      {"1", "true"},
      {"0", "null"},
      {"{}", "[]"},
      {R"({"a":1})", R"({"b":1})"},
      {R"({"a":1})", R"({"a":1,"b":1})"},
      {"[1,2]", "[2,1]"},
      {"[1]", "[1,1]"},
      {R"("1")", "1"},
      {R"({"a":null})", "{}"},
      {"true", "false"},
      {R"("a")", R"("b")"},
      {"-1e300", "1"},
  };
  for (const auto& [a, b] : different)
    EXPECT_FALSE(equal_json(decoded(a), decoded(b)) || equal_json(decoded(b), decoded(a))) << a;
  EXPECT_TRUE(equal_json(json::value(std::uint64_t{5}), json::value(std::int64_t{5})));
  EXPECT_TRUE(equal_json(json::value(std::uint64_t{5}), json::value(std::uint64_t{5})));
}

TEST(FindJson, StepsIntoObjectsAndArrays) {
  const auto value = decoded(R"({"a":{"b":[{"c":"x"},[1,"y"]]},"n":5})");
  EXPECT_EQ(string_at(value, "a.b[0].c"), "x");
  EXPECT_EQ(string_at(value, "a.b[1][1]"), "y");
  EXPECT_EQ(find_json(value, ""), &value);
  for (const std::string_view path :
       {"x", "a.x", "a.b[2]", "a.b[x]", "a.b[0", "a.b[", "a[0]", "n.x", "a.b.c"}) {
    EXPECT_EQ(find_json(value, path), nullptr) << path;
  }
  EXPECT_EQ(string_at(value, "n"), "");
}

}  // namespace
}  // namespace dynamod::base
