// The annotation's text, and how sources are shown.
#include "controllers/model/applied.h"

#include <gtest/gtest.h>

namespace dynamod::controllers::model {
namespace {

TEST(Applied, SurvivesTheAnnotation) {
  const Applied steady{.names = {"a", "b/c"}, .source = "11", .from = std::nullopt};
  const Applied rolling{.names = {"a"}, .source = "11", .from = "22"};
  EXPECT_EQ(decode_applied(encode_applied(steady)), steady);
  EXPECT_EQ(decode_applied(encode_applied(rolling)), rolling);
  EXPECT_EQ(encode_applied(rolling), R"({"names":["a"],"source":"11","from":"22"})");
}

TEST(Applied, RefusesGarbage) {
  for (const char* text : {"", "{", "[]", R"({"names":["a"]})", R"({"names":"a","source":"1"})",
                           R"({"names":[1],"source":"1"})", R"({"names":[],"source":1})",
                           R"({"names":[],"source":"1","from":2})"}) {
    const auto decoded = decode_applied(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().kind, Error::Kind::kInvalid) << text;
  }
}

TEST(SourceText, TellsTwoUrisApartThatDifferOnlyInASecret) {
  EXPECT_EQ(source_text("s3://b/x"), "s3://b/x");
  const std::string one = source_text("https://h/x?token=1");
  const std::string two = source_text("https://h/x?token=2");
  EXPECT_NE(one, two);
  EXPECT_EQ(one.find("token=1"), std::string::npos);
}

}  // namespace
}  // namespace dynamod::controllers::model
