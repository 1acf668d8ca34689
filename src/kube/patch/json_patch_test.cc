// JSON patch: the examples of RFC 6902, and where Kubernetes departs from it.
#include "kube/patch/json_patch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

json::value value_of(std::string_view text) {
  return decode_json(text).value();
}

Result<json::value> patched(std::string_view target, std::string_view patch) {
  TRY(const auto decoded, decode_json_patch(value_of(patch)));
  return apply_json_patch(value_of(target), decoded.operations);
}

struct Case {
  const char* target;
  const char* patch;
  const char* result;
};

void expect_patched(const Case& c) {
  const auto result = patched(c.target, c.patch);
  ASSERT_TRUE(result) << c.patch << ": " << result.error().message;
  EXPECT_EQ(encode_json(*result), encode_json(value_of(c.result))) << c.patch;
}

void expect_refused(std::string_view target, std::string_view patch, std::string_view message) {
  const auto result = patched(target, patch);
  ASSERT_FALSE(result) << patch << " is " << encode_json(*result);
  EXPECT_EQ(result.error().message, message) << patch;
}

// RFC 6902, appendix A.1 to A.16.
constexpr Case kRfcCases[] = {
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
     R"({"foo":"bar","baz":"qux"})"},
    {R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
     R"({"foo":["bar","qux","baz"]})"},
    {R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])", R"({"foo":"bar"})"},
    {R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
     R"({"foo":["bar","baz"]})"},
    {R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
     R"({"baz":"boo","foo":"bar"})"},
    {R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
     R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
     R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
    {R"({"foo":["all","grass","cows","eat"]})",
     R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
     R"({"foo":["all","cows","eat","grass"]})"},
    {R"({"baz":"qux","foo":["a",2,"c"]})",
     R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
     R"({"baz":"qux","foo":["a",2,"c"]})"},
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
     R"({"foo":"bar","child":{"grandchild":{}}})"},
    {R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
     R"({"foo":"bar","baz":"qux"})"},
    {R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])", R"({"/":9,"~1":10})"},
    {R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
     R"({"foo":["bar",["abc","def"]]})"},
};

TEST(JsonPatch, DoesWhatTheRfcShows) {
  for (const Case& c : kRfcCases) expect_patched(c);
}

TEST(JsonPatch, RefusesWhatTheRfcRefuses) {
  expect_refused(R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])",
                 "testing value /baz failed: test failed");
  expect_refused(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])",
                 "add operation does not apply: doc is missing path: \"/baz/bat\": missing value");
  expect_refused(R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])",
                 "testing value /~01 failed: test failed");
}

TEST(JsonPatch, ReplacesAFieldThatIsNotThere) {
  expect_patched({R"({})", R"([{"op":"replace","path":"/a","value":1}])", R"({"a":1})"});
  expect_refused(R"({"a":[]})", R"([{"op":"replace","path":"/a/0","value":1}])",
                 "replace operation does not apply: doc is missing key: /a/0: missing value");
}

TEST(JsonPatch, CountsNegativeIndicesFromTheEnd) {
  expect_patched({R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/-1"}])", R"({"a":[1,2]})"});
  expect_refused(R"({"a":[1]})", R"([{"op":"remove","path":"/a/-2"}])",
                 "error in remove for path: '/a/-2': Unable to access invalid index: -2: invalid "
                 "index referenced");
}

TEST(JsonPatch, RefusesRemovalOfWhatIsMissing) {
  expect_refused(R"({"a":1})", R"([{"op":"remove","path":"/b"}])",
                 "error in remove for path: '/b': Unable to remove nonexistent key: b: missing "
                 "value");
  expect_refused(R"({"a":1})", R"([{"op":"remove","path":"/b/c"}])",
                 "remove operation does not apply: doc is missing path: \"/b/c\": missing value");
}

TEST(JsonPatch, TakesAnAbsentFieldForNullInATest) {
  expect_patched({R"({"a":null})",
                  R"([{"op":"test","path":"/a"},{"op":"test","path":"/b","value":null}])",
                  R"({"a":null})"});
}

TEST(JsonPatch, TellsNumbersApartByHowTheyAreWritten) {
  expect_refused(R"({"a":1})", R"([{"op":"test","path":"/a","value":1.0}])",
                 "testing value /a failed: test failed");
}

TEST(JsonPatch, NeedsItsFields) {
  expect_refused("{}", R"([{"op":"add","value":1}])",
                 "add operation failed to decode path: missing value");
  expect_refused("{}", R"([{"op":"replace","value":1}])",
                 "replace operation failed to decode path: operation missing path field: missing "
                 "value");
  expect_refused("{}", R"([{"op":"move","path":"/a"}])",
                 "move operation failed to decode from: operation, missing from field: missing "
                 "value");
  expect_refused("{}", R"([{"op":"frobnicate","path":"/a"}])", "Unexpected kind: frobnicate");
  expect_refused("{}", "[{}]", "Unexpected kind: unknown");
}

TEST(JsonPatch, SaysWhatIsNoPatchInTheWordsOfGo) {
  expect_refused("{}", "{}",
                 "error decoding patch: json: cannot unmarshal object into Go value of type "
                 "[]handlers.jsonPatchOp");
  expect_refused("{}", "[1]",
                 "error decoding patch: json: cannot unmarshal number into Go value of type "
                 "handlers.jsonPatchOp");
  expect_refused("{}", R"([{"op":1}])",
                 "error decoding patch: json: cannot unmarshal number into Go struct field "
                 "jsonPatchOp.op of type string");
}

TEST(JsonPatch, NamesUnknownFields) {
  const auto decoded = decode_json_patch(value_of(R"([{"op":"add","path":"/a","foo":1}])"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->unknown_fields, std::vector<std::string>{"[0].foo"});
}

TEST(JsonPatch, RefusesTooManyOperations) {
  json::array body;
  for (std::size_t i = 0; i <= kPatchOperationsMax; ++i) body.push_back(json::object());
  const auto decoded = decode_json_patch(body);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind, Error::Kind::kTooLarge);
  EXPECT_EQ(decoded.error().message,
            "The allowed maximum operations in a JSON patch is 10000, got 10001");
}

TEST(JsonPatch, RefusesCopiesThatGrowTooLarge) {
  json::array body;
  for (int i = 0; i < 4; ++i)
    body.push_back({{"op", "copy"}, {"from", "/a"}, {"path", fmt::format("/b{}", i)}});
  const json::object target{{"a", std::string(1024 * 1024, 'x')}};
  const auto result = apply_json_patch(target, decode_json_patch(body)->operations);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "Unable to complete the copy, the accumulated size increase of copy is 3145734, "
            "exceeding the limit 3145728");
}

}  // namespace
}  // namespace dynamod::kube
