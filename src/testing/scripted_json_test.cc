// Merge patch, apply and selectors of the scripted API.
#include "testing/scripted_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::testing {
namespace {

json::value parsed(std::string_view text) {
  return *decode_json(text);
}

TEST(ScriptedJson, MergesAsRfc7396Says) {
  struct Case {
    const char *target, *patch, *result;
  };

  const Case cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[1,2]})", R"({"a":[3]})", R"({"a":[3]})"},
      {R"({"a":"x"})", R"({"a":{"b":null}})", R"({"a":{}})"},
  };
  for (const auto& c : cases) {
    json::value target = parsed(c.target);
    merge_into(target, parsed(c.patch));
    EXPECT_EQ(encode_json(target), c.result) << c.patch;
  }
}

TEST(ScriptedJson, AppliesAndTakesBackWhatIsNoLongerSaid) {
  json::value target = parsed(R"({"metadata":{"labels":{"theirs":"1"}}})");
  FieldOwners owners = {{"them", leaves_of(target)}};
  ASSERT_TRUE(apply_into(target, parsed(R"({"metadata":{"labels":{"a":"1","b":"2"}}})"), owners,
                         "us", false));
  ASSERT_TRUE(
      apply_into(target, parsed(R"({"metadata":{"labels":{"a":"3"}}})"), owners, "us", false));
  EXPECT_EQ(encode_json(target), R"({"metadata":{"labels":{"theirs":"1","a":"3"}}})");
}

TEST(ScriptedJson, KeepsAFieldThatAnotherStillOwns) {
  json::value target = json::object();
  FieldOwners owners;
  ASSERT_TRUE(apply_into(target, parsed(R"({"spec":{"a":1}})"), owners, "one", false));
  ASSERT_TRUE(apply_into(target, parsed(R"({"spec":{"a":1}})"), owners, "two", false));
  ASSERT_TRUE(apply_into(target, json::object(), owners, "one", false));
  EXPECT_EQ(encode_json(target), R"({"spec":{"a":1}})");
  ASSERT_TRUE(apply_into(target, json::object(), owners, "two", false));
  EXPECT_EQ(encode_json(target), R"({})");
}

TEST(ScriptedJson, RefusesAnothersFieldUnlessForced) {
  json::value target = json::object();
  FieldOwners owners;
  ASSERT_TRUE(apply_into(target, parsed(R"({"spec":{"a":1}})"), owners, "one", false));
  const auto refused = apply_into(target, parsed(R"({"spec":{"a":2}})"), owners, "two", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "Apply failed with 1 conflict: conflict with \"one\": .spec.a");
  EXPECT_EQ(encode_json(target), R"({"spec":{"a":1}})");
  ASSERT_TRUE(apply_into(target, parsed(R"({"spec":{"a":2}})"), owners, "two", true));
  ASSERT_TRUE(apply_into(target, json::object(), owners, "one", false));
  EXPECT_EQ(encode_json(target), R"({"spec":{"a":2}})") << "it changed hands";
}

TEST(ScriptedJson, MergesKeyedListsByTheirKey) {
  json::value target = parsed(R"({"webhooks":[{"name":"a","x":1},{"name":"b","x":2}]})");
  FieldOwners owners = {{"them", leaves_of(target)}};
  ASSERT_TRUE(
      apply_into(target, parsed(R"({"webhooks":[{"name":"b","y":3}]})"), owners, "us", false));
  EXPECT_EQ(encode_json(target), R"({"webhooks":[{"name":"a","x":1},{"name":"b","x":2,"y":3}]})");
  ASSERT_TRUE(apply_into(target, json::object(), owners, "us", false));
  EXPECT_EQ(encode_json(target), R"({"webhooks":[{"name":"a","x":1},{"name":"b","x":2}]})");
}

TEST(ScriptedJson, AnEmptyListIsNoClaimToTheItemsOfOthers) {
  json::value target = parsed(R"({"webhooks":[{"name":"a","x":1}]})");
  FieldOwners owners = {{"them", leaves_of(target)}};
  ASSERT_TRUE(apply_into(target, parsed(R"({"webhooks":[]})"), owners, "us", false));
  ASSERT_TRUE(
      apply_into(target, parsed(R"({"webhooks":[{"name":"b","x":2}]})"), owners, "us", false));
  EXPECT_EQ(encode_json(target), R"({"webhooks":[{"name":"a","x":1},{"name":"b","x":2}]})");
}

TEST(ScriptedJson, MatchesLabelSelectors) {
  const json::value object = parsed(R"({"metadata":{"labels":{"app":"x","tier":"front"}}})");

  struct Case {
    const char* selector;
    bool matches;
  };

  const Case cases[] = {
      {"", true},
      {"app", true},
      {"!app", false},
      {"other", false},
      {"!other", true},
      {"app=x", true},
      {"app==x", true},
      {"app=y", false},
      {"app!=y", true},
      {"other!=y", true},
      {"app in (x,y)", true},
      {"app in (y, z)", false},
      {"tier notin (a,b)", true},
      {"tier notin (front)", false},
      {"app=x,tier=front", true},
      {"app=x,tier=back", false},
  };
  for (const auto& c : cases) EXPECT_EQ(labels_match(c.selector, object), c.matches) << c.selector;
  EXPECT_EQ(labels_match("=x", object).error().kind, Error::Kind::kBadRequest);
}

TEST(ScriptedJson, MatchesFieldSelectors) {
  const json::value object = parsed(R"({"metadata":{"name":"a"},"status":{"phase":"Running"}})");
  EXPECT_EQ(fields_match("metadata.name=a,status.phase!=Failed", object), true);
  EXPECT_EQ(fields_match("metadata.name=b", object), false);
  EXPECT_FALSE(fields_match("metadata.name", object));
}

}  // namespace
}  // namespace dynamod::testing
