// Values as Go prints them.
#include "kube/go_text.h"

#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

json::value value_of(std::string_view text) {
  return decode_json(text).value();
}

TEST(GoText, PrintsValuesAsGoDoes) {
  EXPECT_EQ(go_text(value_of(R"({"b":[1,"x",null],"a":{"c":true}})")),
            "map[a:map[c:true] b:[1 x <nil>]]");
  EXPECT_EQ(go_text(value_of("{}")), "map[]");
  EXPECT_EQ(go_text(value_of("1.5")), "1.5");
}

TEST(GoText, PrintsSmallAndLargeNumbersWithAnExponent) {
  EXPECT_EQ(go_number(3), "3");
  EXPECT_EQ(go_number(0.0001), "0.0001");
  EXPECT_EQ(go_number(0.00001), "1e-05");
  EXPECT_EQ(go_number(-1.5e-7), "-1.5e-07");
  EXPECT_EQ(go_number(1e21), "1e+21");
  EXPECT_EQ(go_text(value_of("[0.00001]")), "[1e-05]");
}

TEST(GoText, QuotesInFullAndEscapesWhatCannotBePrinted) {
  EXPECT_EQ(go_quote(std::string(200, 'a')), "\"" + std::string(200, 'a') + "\"");
  EXPECT_EQ(go_quote("a\"b\\c\n\a"), R"("a\"b\\c\n\a")");
  EXPECT_EQ(go_quote("\x01\x7F\xC2\xA0"), R"("\x01\x7f\u00a0")");
  EXPECT_EQ(go_quote("Gr\xC3\xBC\xC3\x9F\xFF"), "\"Gr\xC3\xBC\xC3\x9F\\xff\"");
}

TEST(GoText, EncodesWithSortedKeysAndHtmlEscapes) {
  EXPECT_EQ(go_json(value_of(R"({"b":"<&>","a":[{"d":1,"c":2}]})")),
            R"({"a":[{"c":2,"d":1}],"b":"\u003c\u0026\u003e"})");
}

TEST(GoText, NamesTypesAsGoDoes) {
  EXPECT_EQ(go_type(value_of("{}")), "map[string]interface {}");
  EXPECT_EQ(go_type(value_of("[]")), "[]interface {}");
  EXPECT_EQ(go_type(value_of("1")), "int64");
  EXPECT_EQ(go_type(value_of("1.5")), "float64");
}

}  // namespace
}  // namespace dynamod::kube
