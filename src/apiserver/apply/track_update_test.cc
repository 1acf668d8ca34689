// managedFields of writes that are no apply.
#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apiserver/apply/apply.h"
#include "kube/builtin/builtin.h"

namespace dynamod::apiserver {
namespace {

json::object object_of(std::string_view text) {
  return decode_json(text).value().get_object();
}

ManagedKind config_maps() {
  return {.api_version = "v1",
          .kind = "ConfigMap",
          .schema = kube::builtin_schema("v1", "ConfigMap"),
          .empty = object_of(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{}})")};
}

FieldOwner owner(std::string_view manager, int seconds, std::string_view subresource = "") {
  return {.manager = std::string(manager),
          .subresource = std::string(subresource),
          .now = WallTime(std::chrono::seconds(seconds))};
}

json::object with_data(std::string_view data) {
  return object_of(fmt::format(
      R"({{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c","uid":"u"}},"data":{}}})",
      data));
}

json::object created(std::string_view data) {
  json::object object = with_data(data);
  track_update(nullptr, object, config_maps(), owner("one", 1));
  return object;
}

json::value managed(const json::object& object) {
  const json::value* fields = object.at("metadata").get_object().if_contains("managedFields");
  return fields ? *fields : json::value("none");
}

void set_managed(json::object& object, const json::value& fields) {
  object["metadata"].get_object()["managedFields"] = fields;
}

TEST(TrackUpdate, GivesTheCreatorEverything) {
  EXPECT_EQ(encode_json(managed(created(R"({"a":"1"})"))),
            R"([{"manager":"one","operation":"Update","apiVersion":"v1",)"
            R"("time":"1970-01-01T00:00:01Z","fieldsType":"FieldsV1",)"
            R"("fieldsV1":{"f:data":{".":{},"f:a":{}}}}])");
}

TEST(TrackUpdate, GivesChangedFieldsToTheWriter) {
  const json::object before = created(R"({"a":"1","b":"1"})");
  json::object after = with_data(R"({"a":"2","b":"1","c":"1"})");
  track_update(&before, after, config_maps(), owner("two", 2));
  EXPECT_EQ(encode_json(managed(after)),
            R"([{"manager":"one","operation":"Update","apiVersion":"v1",)"
            R"("time":"1970-01-01T00:00:01Z","fieldsType":"FieldsV1",)"
            R"("fieldsV1":{"f:data":{".":{},"f:b":{}}}},)"
            R"({"manager":"two","operation":"Update","apiVersion":"v1",)"
            R"("time":"1970-01-01T00:00:02Z","fieldsType":"FieldsV1",)"
            R"("fieldsV1":{"f:data":{"f:a":{},"f:c":{}}}}])");
}

TEST(TrackUpdate, ForgetsRemovedFieldsAndTheirOwners) {
  const json::object before = created(R"({"a":"1"})");
  json::object after = with_data("null");
  after.erase("data");
  track_update(&before, after, config_maps(), owner("two", 2));
  EXPECT_EQ(managed(after), json::value("none"));
}

TEST(TrackUpdate, KeepsTheTimeOfAWriterWhoChangesNothing) {
  const json::object before = created(R"({"a":"1"})");
  json::object after = before;
  track_update(&before, after, config_maps(), owner("one", 9));
  EXPECT_EQ(managed(after), managed(before));
}

TEST(TrackUpdate, ResetsByAnEmptyListOrEntry) {
  const json::object before = created(R"({"a":"1"})");
  for (const char* wish : {"[]", "[{}]"}) {
    json::object after = before;
    set_managed(after, decode_json(wish).value());
    track_update(&before, after, config_maps(), owner("two", 2));
    EXPECT_EQ(managed(after), json::value("none")) << wish;
  }
}

TEST(TrackUpdate, TakesTheClientsManagedFieldsWhenTheyAreReadable) {
  const json::object before = created(R"({"a":"1"})");
  json::object after = before;
  json::value wish = managed(before);
  wish.get_array()[0].get_object()["manager"] = "renamed";
  set_managed(after, wish);
  track_update(&before, after, config_maps(), owner("two", 2));
  EXPECT_EQ(managed(after), wish);

  wish.get_array()[0].get_object()["operation"] = "Eat";
  set_managed(after, wish);
  track_update(&before, after, config_maps(), owner("two", 2));
  EXPECT_EQ(managed(after), managed(before));
}

TEST(TrackUpdate, KeepsManagedFieldsOfTheObjectOnASubresource) {
  const json::object before = created(R"({"a":"1"})");
  json::object after = before;
  set_managed(after, json::array());
  track_update(&before, after, config_maps(), owner("two", 2, "status"));
  EXPECT_EQ(managed(after), managed(before));
}

TEST(TrackUpdate, TracksAnObjectOnlyFromItsCreation) {
  const json::object before = with_data(R"({"a":"1"})");
  json::object after = with_data(R"({"a":"2"})");
  track_update(&before, after, config_maps(), owner("two", 2));
  EXPECT_EQ(managed(after), json::value("none"));
}

TEST(TrackUpdate, LeavesResetFieldsToNobody) {
  const FieldSet reset = FieldSet::of({{"data"}});
  ManagedKind kind = config_maps();
  kind.reset_fields = &reset;
  json::object object = with_data(R"({"a":"1"})");
  object["immutable"] = true;
  track_update(nullptr, object, kind, owner("one", 1));
  EXPECT_EQ(encode_json(managed(object).at(0).at("fieldsV1")), R"({"f:immutable":{}})");
}

TEST(TrackUpdate, MergesTheOldestBeyondTenUpdaters) {
  json::object object = created(R"({"k00":"1"})");
  for (int i = 1; i <= 12; ++i) {
    json::object next = object;
    next["data"].get_object()[fmt::format("k{:02}", i)] = "1";
    track_update(&object, next, config_maps(), owner(fmt::format("m{:02}", i), 1 + i));
    object = std::move(next);
  }
  const json::value fields = managed(object);
  ASSERT_EQ(fields.get_array().size(), 10U);
  EXPECT_EQ(string_at(fields.at(0), "manager"), "ancient-changes");
  EXPECT_EQ(encode_json(fields.at(0).at("fieldsV1")),
            R"({"f:data":{".":{},"f:k00":{},"f:k01":{},"f:k02":{},"f:k03":{}}})");
  EXPECT_EQ(string_at(fields.at(0), "time"), "1970-01-01T00:00:04Z");
}

TEST(TrackUpdate, TracksEachVersionOfItsOwn) {
  const json::object before = created(R"({"a":"1"})");
  json::object after = with_data(R"({"a":"2"})");
  after["apiVersion"] = "v2";
  ManagedKind kind = config_maps();
  kind.api_version = "v2";
  track_update(&before, after, kind, owner("one", 2));
  ASSERT_EQ(managed(after).get_array().size(), 2U);
  EXPECT_EQ(encode_json(managed(after).at(1).at("fieldsV1")), R"({"f:data":{"f:a":{}}})");

  kind.convert = [](const json::object&,
                    std::string_view) -> Result<std::optional<VersionedObject>> {
    return std::nullopt;
  };
  json::object again = with_data(R"({"a":"3"})");
  again["apiVersion"] = "v2";
  track_update(&before, again, kind, owner("one", 2));
  EXPECT_EQ(managed(again).get_array().size(), 1U) << "a version nobody serves is forgotten";
}

}  // namespace
}  // namespace dynamod::apiserver
