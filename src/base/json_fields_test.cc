// Reading fields leniently.
#include "base/json_fields.h"

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

json::object object_of(std::string_view text) {
  return decode_json(text).value().get_object();
}

TEST(JsonFields, WhatIsAbsentNullOrOfAnotherTypeIsEmpty) {
  const json::object object = object_of(R"({"n":null,"s":"x","i":3,"l":["a",1],"o":{"k":"v"}})");
  for (const std::string_view name : {"absent", "n", "i"}) {
    EXPECT_TRUE(object_in(object, name).empty()) << name;
    EXPECT_TRUE(array_in(object, name).empty()) << name;
    EXPECT_EQ(text_in(object, name), "") << name;
    EXPECT_FALSE(true_in(object, name)) << name;
  }
  EXPECT_EQ(value_in(object, "n"), nullptr);
  EXPECT_EQ(integer_in(object, "s", 7), 7);
}

TEST(JsonFields, WhatIsThereIsRead) {
  const json::object object =
      object_of(R"({"s":"x","b":true,"i":3,"f":2.5,"l":["a",1,"b"],"o":{"k":"v"}})");
  EXPECT_EQ(text_in(object, "s"), "x");
  EXPECT_TRUE(true_in(object, "b"));
  EXPECT_EQ(integer_in(object, "i"), 3);
  EXPECT_EQ(integer_in(object, "f"), 2);
  EXPECT_EQ(texts_in(object, "l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(text_in(object_in(object, "o"), "k"), "v");
}

TEST(JsonFields, APathStepsIntoObjects) {
  const json::object object = object_of(R"({"a":{"b":{"c":"x","l":[1],"n":null}},"t":"y"})");
  EXPECT_EQ(text_at(object, "a.b.c"), "x");
  EXPECT_EQ(text_at(object, "t"), "y");
  EXPECT_EQ(text_at(object, "t.c"), "");
  EXPECT_EQ(object_at(object, "a.b").size(), 3U);
  EXPECT_EQ(array_at(object, "a.b.l").size(), 1U);
  ASSERT_NE(find_in(object, "a.b.n"), nullptr);
  EXPECT_EQ(find_in(object, "a.x.n"), nullptr);
}

TEST(JsonFields, WhatIsMissingIsMade) {
  json::object object = object_of(R"({"n":null,"o":{"k":1}})");
  EXPECT_EQ(make_object(object, "o").size(), 1U);
  make_object(object, "n")["x"] = 1;
  make_array(object, "l").emplace_back(2);
  EXPECT_EQ(encode_json(object), R"({"n":{"x":1},"o":{"k":1},"l":[2]})");
}

}  // namespace
}  // namespace dynamod::base
