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
