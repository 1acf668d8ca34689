// Strategic merge patch, by the schema of deployments.
#include "kube/patch/strategic_patch.h"

#include <gtest/gtest.h>

#include "kube/builtin/builtin.h"

namespace dynamod::kube {
namespace {

json::object object_of(std::string_view text) {
  return decode_json(text).value().get_object();
}

Result<json::object> patched(std::string_view original, std::string_view patch) {
  return strategic_patch(object_of(original), object_of(patch),
                         *builtin_schema("apps/v1", "Deployment"));
}

struct Case {
  const char* original;
  const char* patch;
  const char* result;
};

void expect_patched(const Case& c) {
  const auto result = patched(c.original, c.patch);
  ASSERT_TRUE(result) << c.patch << ": " << result.error().message;
  EXPECT_TRUE(equal_json(*result, object_of(c.result)))
      << c.patch << " is " << encode_json(*result);
}

void expect_refused(const Case& c) {
  const auto result = patched(c.original, c.patch);
  ASSERT_FALSE(result) << c.patch << " is " << encode_json(*result);
  EXPECT_EQ(result.error().message, c.result) << c.patch;
}

// Containers of a pod template, since those are what people patch.
#define CONTAINERS(list) R"({"spec":{"template":{"spec":{"containers":)" list "}}}}"
#define POD(fields) R"({"spec":{"template":{"spec":{)" fields "}}}}"
#define META(fields) R"({"metadata":{)" fields "}}"

TEST(StrategicPatch, MergesListsByTheirKey) {
  expect_patched(
      {CONTAINERS(R"([{"name":"a","image":"1"},{"name":"b"}])"),
       CONTAINERS(R"([{"name":"b","image":"2"},{"name":"c"}])"),
       CONTAINERS(R"([{"name":"a","image":"1"},{"name":"b","image":"2"},{"name":"c"}])")});
}

TEST(StrategicPatch, MergesListsWithoutKeyAsSets) {
  expect_patched({META(R"("finalizers":["a","b"])"), META(R"("finalizers":["b","c"])"),
                  META(R"("finalizers":["a","b","c"])")});
}

TEST(StrategicPatch, ReplacesListsThatAreNotMerged) {
  expect_patched({CONTAINERS(R"([{"name":"a","args":["x"]}])"),
                  CONTAINERS(R"([{"name":"a","args":["y"]}])"),
                  CONTAINERS(R"([{"name":"a","args":["y"]}])")});
}

TEST(StrategicPatch, RemovesFieldsSetToNull) {
  expect_patched({META(R"("labels":{"a":"1","b":"2"})"), META(R"("labels":{"a":null,"c":null})"),
                  META(R"("labels":{"b":"2"})")});
  expect_patched({"{}", META(R"("labels":{"a":null,"c":"3"})"), META(R"("labels":{"c":"3"})")});
}

TEST(StrategicPatch, DeletesElements) {
  expect_patched({CONTAINERS(R"([{"name":"a"},{"name":"b"}])"),
                  CONTAINERS(R"([{"name":"a","$patch":"delete"}])"),
                  CONTAINERS(R"([{"name":"b"}])")});
}

TEST(StrategicPatch, ReplacesListsAndObjectsByDirective) {
  expect_patched({CONTAINERS(R"([{"name":"a"},{"name":"b"}])"),
                  CONTAINERS(R"([{"name":"c"},{"$patch":"replace"}])"),
                  CONTAINERS(R"([{"name":"c"}])")});
  expect_patched({META(R"("labels":{"a":"1"})"), META(R"("labels":{"$patch":"replace","b":"2"})"),
                  META(R"("labels":{"b":"2"})")});
  expect_patched({META(R"("labels":{"a":"1"})"), META(R"("labels":{"$patch":"delete"})"),
                  META(R"("labels":{})")});
}

TEST(StrategicPatch, DropsDirectivesThatHaveNothingToDo) {
  expect_patched({"{}", CONTAINERS(R"([{"name":"a","$patch":"delete"},{"name":"b"}])"),
                  CONTAINERS(R"([{"name":"b"}])")});
}

TEST(StrategicPatch, DeletesFromPrimitiveLists) {
  expect_patched({META(R"("finalizers":["a","b"])"),
                  META(R"("$deleteFromPrimitiveList/finalizers":["a","x"])"),
                  META(R"("finalizers":["b"])")});
  expect_patched({META(""), META(R"("$deleteFromPrimitiveList/finalizers":["a"])"), META("")});
}

TEST(StrategicPatch, OrdersListsAsTold) {
  expect_patched({META(R"("finalizers":["a","b","c"])"),
                  META(R"("$setElementOrder/finalizers":["c","d","a"],"finalizers":["d"])"),
                  META(R"("finalizers":["b","c","d","a"])")});
  expect_patched({CONTAINERS(R"([{"name":"a"},{"name":"b"}])"),
                  POD(R"("$setElementOrder/containers":[{"name":"b"},{"name":"a"}])"),
                  CONTAINERS(R"([{"name":"b"},{"name":"a"}])")});
}

TEST(StrategicPatch, PutsNewElementsInThePlaceOfDeletedOnes) {
  expect_patched({CONTAINERS(R"([{"name":"a"},{"name":"c"}])"),
                  POD(R"("$setElementOrder/containers":[{"name":"b"}],)"
                      R"("containers":[{"name":"b"},{"name":"c","$patch":"delete"}])"),
                  CONTAINERS(R"([{"name":"a"},{"name":"b"}])")});
}

TEST(StrategicPatch, RetainsOnlyTheKeysNamed) {
  expect_patched(
      {R"({"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}})",
       R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}})",
       R"({"spec":{"strategy":{"type":"Recreate"}}})"});
}

TEST(StrategicPatch, RefusesDirectivesThatAreWrong) {
  expect_refused({META(R"("labels":{"a":"1"})"), META(R"("labels":{"$patch":"swap"})"),
                  "unknown patch type: swap in map: map[$patch:swap]"});
  expect_refused({R"({"spec":{"strategy":{"type":"Recreate"}}})",
                  R"({"spec":{"strategy":{"$retainKeys":["x"],"type":"Recreate"}}})",
                  "invalid patch format of retainKeys"});
  expect_refused({META(R"("finalizers":["a"])"),
                  META(R"("$setElementOrder/finalizers":["b"],"finalizers":["a"])"),
                  "The order in patch list:\n[a]\n doesn't match $setElementOrder list:\n[b]\n"});
  expect_refused({META(""), META(R"("$setElementOrder/finalizers":"a")"),
                  "expected a []interface {}, but received a string"});
}

TEST(StrategicPatch, RefusesElementsWithoutTheirKey) {
  expect_refused({CONTAINERS(R"([{"name":"a"}])"), CONTAINERS(R"([{"image":"x"}])"),
                  "map: map[image:x] does not contain declared merge key: name"});
  expect_refused({CONTAINERS(R"([{"name":"a"}])"), CONTAINERS(R"([{"$patch":"delete"}])"),
                  "map: map[$patch:delete] does not contain declared merge key: name"});
  expect_refused({CONTAINERS(R"([{"name":"a"}])"), CONTAINERS(R"([{"name":"a","$patch":"merge"}])"),
                  "merging lists cannot yet be specified in the patch"});
}

TEST(StrategicPatch, RefusesListsOfMixedTypes) {
  expect_refused({META(R"("finalizers":["a"])"), META(R"("finalizers":[1])"),
                  "list element types are not identical: [[a] [1]]"});
  expect_refused({META(R"("finalizers":["a"])"), META(R"("finalizers":[["a"]])"),
                  "lists of lists are not supported"});
}

}  // namespace
}  // namespace dynamod::kube
