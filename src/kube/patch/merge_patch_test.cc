// Merge patch: the examples of RFC 7386.
#include "kube/patch/merge_patch.h"

#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

json::value value_of(std::string_view text) {
  return decode_json(text).value();
}

struct Case {
  const char* target;
  const char* patch;
  const char* result;
};

void expect_merged(const Case& c) {
  const json::value merged = merge_patch(value_of(c.target), value_of(c.patch));
  EXPECT_TRUE(equal_json(merged, value_of(c.result)))
      << c.target << " with " << c.patch << " is " << encode_json(merged);
}

// RFC 7386, appendix A.
constexpr Case kRfcCases[] = {
    {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
    {R"({"a":"b"})", R"({"a":null})", R"({})"},
    {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
    {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
    {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
    {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
    {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
    {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
    {R"({"a":"foo"})", R"(null)", R"(null)"},
    {R"({"a":"foo"})", R"("bar")", R"("bar")"},
    {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
    {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
    {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
};

TEST(MergePatch, DoesWhatTheRfcShows) {
  for (const Case& c : kRfcCases) expect_merged(c);
}

TEST(MergePatch, KeepsNullElementsOfLists) {
  expect_merged({R"({})", R"({"a":[null,{"b":null,"c":[null]}]})", R"({"a":[null,{"c":[null]}]})"});
}

TEST(MergePatch, KeepsNullsInAListOnlyWhereItReplacesAnObject) {
  expect_merged({R"({"a":{"b":1}})", R"({"a":[{"c":null}]})", R"({"a":[{"c":null}]})"});
  expect_merged({R"({"a":[1]})", R"({"a":[{"c":null}]})", R"({"a":[{}]})"});
}

}  // namespace
}  // namespace dynamod::kube
