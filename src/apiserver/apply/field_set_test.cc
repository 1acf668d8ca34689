// Sets of paths and FieldsV1.
#include "apiserver/apply/field_set.h"

#include <gtest/gtest.h>

namespace dynamod::apiserver {
namespace {

FieldSet set_of(std::string_view text) {
  return FieldSet::decode(decode_json(text).value()).value();
}

std::vector<std::string> texts(const FieldSet& set) {
  std::vector<std::string> texts;
  for (const FieldPath& path : set.paths()) texts.push_back(path_text(path));
  return texts;
}

using Texts = std::vector<std::string>;

constexpr std::string_view kManaged =
    R"({"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{)"
    R"("k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}},"f:set":{"v:\"a\"":{},"v:1":{}},)"
    R"("f:list":{"i:3":{}}}})";

TEST(FieldSet, ReadsAndWritesFieldsV1) {
  EXPECT_EQ(encode_json(set_of(kManaged).encode()),
            R"({"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:list":{"i:3":{}},)"
            R"("f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}},)"
            R"("f:set":{"v:1":{},"v:\"a\"":{}}}})");
}

TEST(FieldSet, ListsPathsOfALevelBeforeThoseBelow) {
  EXPECT_EQ(texts(set_of(kManaged)),
            (Texts{".metadata.labels", ".metadata.labels.app", ".spec.list[3]",
                   R"(.spec.ports[port=80,protocol="TCP"])",
                   R"(.spec.ports[port=80,protocol="TCP"].name)", ".spec.set[=1]",
                   R"(.spec.set[="a"])"}));
}

TEST(FieldSet, IgnoresStepsOfUnknownTypes) {
  EXPECT_EQ(texts(set_of(R"({"x:what":{},"f:a":{"y:b":{}}})")), Texts{".a"});
}

TEST(FieldSet, RefusesWhatIsNoFieldsV1) {
  for (const char* text : {R"({"f":{}})", R"({"fa":{}})", R"({"k:3":{}})", R"({"i:x":{}})",
                           R"({"f:a":3})", R"([])", R"({"v:{":{}})"})
    EXPECT_FALSE(FieldSet::decode(decode_json(text).value())) << text;
}

TEST(FieldSet, KnowsExactPathsOnly) {
  const FieldSet all = FieldSet::of({{"a"}, {"a", "b"}, {"c", "d"}});
  const FieldSet some = FieldSet::of({{"a"}, {"c"}});
  EXPECT_EQ(texts(all.without(some)), (Texts{".a.b", ".c.d"}));
  EXPECT_EQ(texts(all.without_subtrees(some)), Texts{});
  EXPECT_EQ(texts(all.intersected(some)), Texts{".a"});
  EXPECT_EQ(texts(some.united(FieldSet::of({{"c", "d"}}))), (Texts{".a", ".c", ".c.d"}));
}

TEST(FieldSet, HoldsNoEmptyBranches) {
  const FieldSet set = FieldSet::of({{"a", "b", "c"}});
  EXPECT_TRUE(set.without(set).empty());
  EXPECT_EQ(set.without(set), FieldSet());
}

TEST(PathElement, OrdersNumbersByValue) {
  const auto one = decode_path_element("v:1");
  const auto same = decode_path_element("v:1.0");
  EXPECT_EQ(*one, *same);
  EXPECT_LT(*one, *decode_path_element(R"(v:"1")"));
  EXPECT_LT(*decode_path_element("f:z"), *decode_path_element("k:{}"));
}

}  // namespace
}  // namespace dynamod::apiserver
