// Server-side apply: ownership, conflicts, removal, lists, and kubectl's passage from the client's
// apply.
#include "apiserver/apply/apply.h"

#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kube/builtin/builtin.h"

namespace dynamod::apiserver {
namespace {

json::object object_of(std::string_view text) {
  return decode_json(text).value().get_object();
}

ManagedKind deployments() {
  return {.api_version = "apps/v1",
          .kind = "Deployment",
          .schema = kube::builtin_schema("apps/v1", "Deployment"),
          .empty = object_of(R"({"apiVersion":"apps/v1","kind":"Deployment"})")};
}

// The same object through several writes.
struct World {
  ManagedKind kind = deployments();
  json::object object = kind.empty;
  int seconds = 0;

  FieldOwner owner(std::string_view manager) {
    return {.manager = std::string(manager), .now = WallTime(std::chrono::seconds(++seconds))};
  }

  std::expected<json::object, ApplyRefusal> try_apply(std::string_view manager,
                                                      std::string_view spec,
                                                      Force force = Force::kNo) {
    json::object applied = kind.empty;
    applied["metadata"] = {{"name", "d"}};
    for (auto& [name, value] : object_of(spec)) applied[name] = value;
    return dynamod::apiserver::apply(object, applied, kind, owner(manager), force);
  }

  void apply(std::string_view manager, std::string_view spec, Force force = Force::kNo) {
    auto result = try_apply(manager, spec, force);
    ASSERT_TRUE(result) << result.error().error.message;
    object = *std::move(result);
    // What the server adds to an object that is there.
    object["metadata"].get_object()["uid"] = "u";
  }

  void put(std::string_view manager, json::object next) {
    track_update(&object, next, kind, owner(manager));
    object = std::move(next);
  }

  [[nodiscard]] std::string spec() const { return encode_json(object.at("spec")); }

  // "one Apply {...}" for each manager.
  [[nodiscard]] std::vector<std::string> managers() const {
    std::vector<std::string> texts;
    const json::value* list = object.at("metadata").get_object().if_contains("managedFields");
    if (!list) return texts;
    for (const json::value& entry : list->get_array())
      texts.push_back(string_at(entry, "manager") + " " + string_at(entry, "operation") + " " +
                      encode_json(entry.at("fieldsV1")));
    return texts;
  }
};

using Texts = std::vector<std::string>;

TEST(Apply, CreatesAnObjectAndOwnsWhatItNames) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1}})");
  EXPECT_EQ(world.spec(), R"({"replicas":1})");
  EXPECT_EQ(world.managers(), Texts{R"(one Apply {"f:spec":{"f:replicas":{}}})"});
}

TEST(Apply, RefusesAFieldThatAnotherSetToAnotherValue) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1,"paused":true}})");
  const auto result = world.try_apply("two", R"({"spec":{"replicas":2}})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.kind, Error::Kind::kConflict);
  EXPECT_EQ(result.error().error.message,
            R"(Apply failed with 1 conflict: conflict with "one": .spec.replicas)");
  EXPECT_EQ(encode_json(result.error().causes),
            R"([{"reason":"FieldManagerConflict","message":"conflict with \"one\"",)"
            R"("field":".spec.replicas"}])");
}

TEST(Apply, ListsConflictsByManager) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1}})");
  json::object next = world.object;
  next["spec"].get_object()["paused"] = true;
  next["spec"].get_object()["minReadySeconds"] = 3;
  world.put("two", next);
  const auto result =
      world.try_apply("three", R"({"spec":{"replicas":2,"paused":false,"minReadySeconds":1}})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.message,
            "Apply failed with 3 conflicts: conflicts with \"one\":\n- .spec.replicas\n"
            "conflicts with \"two\" using apps/v1:\n- .spec.minReadySeconds\n- .spec.paused");
}

TEST(Apply, TakesAFieldByForce) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1,"paused":true}})");
  world.apply("two", R"({"spec":{"replicas":2}})", Force::kYes);
  EXPECT_EQ(world.spec(), R"({"replicas":2,"paused":true})");
  EXPECT_EQ(world.managers(), (Texts{R"(one Apply {"f:spec":{"f:paused":{}}})",
                                     R"(two Apply {"f:spec":{"f:replicas":{}}})"}));
}

TEST(Apply, SharesAFieldOfTheSameValue) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1}})");
  world.apply("two", R"({"spec":{"replicas":1}})");
  EXPECT_EQ(world.managers().size(), 2U);
  world.apply("two", R"({"spec":{"paused":true}})");
  EXPECT_EQ(world.spec(), R"({"replicas":1,"paused":true})") << "the other still owns it";
}

TEST(Apply, RemovesWhatItAppliedBeforeAndNamesNoMore) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1,"selector":{"matchLabels":{"a":"1","b":"2"}}}})");
  world.apply("one", R"({"spec":{"selector":{"matchLabels":{"b":"2"}}}})");
  EXPECT_EQ(world.spec(), R"({"selector":{"matchLabels":{"b":"2"}}})");
}

TEST(Apply, MergesListsByKeysWithTheirDefaults) {
  World world;
  const auto ports = [](std::string_view list) {
    return fmt::format(
        R"({{"spec":{{"template":{{"spec":{{"containers":[{{"name":"c","ports":{}}}]}}}}}}}})",
        list);
  };
  world.apply("one", ports(R"([{"containerPort":80}])"));
  world.apply("two", ports(R"([{"containerPort":80,"protocol":"UDP"}])"));
  EXPECT_EQ(world.spec(),
            R"({"template":{"spec":{"containers":[{"name":"c","ports":[{"containerPort":80},)"
            R"({"containerPort":80,"protocol":"UDP"}]}]}}})");
  EXPECT_EQ(world.managers()[0],
            R"(one Apply {"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":)"
            R"({".":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":)"
            R"({".":{},"f:containerPort":{}}}}}}}}})");
}

TEST(Apply, OwnsAtomicListsAsAWhole) {
  World world;
  const auto args = [](std::string_view list) {
    return fmt::format(
        R"({{"spec":{{"template":{{"spec":{{"containers":[{{"name":"c","args":{}}}]}}}}}}}})",
        list);
  };
  world.apply("one", args(R"(["a","b"])"));
  const auto result = world.try_apply("two", args(R"(["a"])"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.message,
            "Apply failed with 1 conflict: conflict with \"one\": "
            ".spec.template.spec.containers[name=\"c\"].args");
}

TEST(Apply, GivesWhatWasThereToAManagerBeforeIt) {
  World world;
  world.object =
      object_of(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","uid":"u"},)"
                R"("spec":{"replicas":1,"paused":true}})");
  world.apply("one", R"({"spec":{"replicas":1}})");
  EXPECT_EQ(
      world.managers(),
      (Texts{R"(one Apply {"f:spec":{"f:replicas":{}}})",
             R"(before-first-apply Update {"f:spec":{".":{},"f:paused":{},"f:replicas":{}}})"}));
}

TEST(Apply, ChangesNoTimesWhenNothingChanges) {
  World world;
  world.apply("one", R"({"spec":{"replicas":1}})");
  const json::object before = world.object;
  world.apply("one", R"({"spec":{"replicas":1}})");
  EXPECT_TRUE(equal_json(before, world.object));
}

TEST(Apply, RefusesBodiesThatAreNotOfTheKind) {
  World world;
  const auto refused = [&](std::string_view body) {
    const auto result = world.try_apply("one", body);
    return result ? std::string("accepted") : result.error().error.message;
  };
  EXPECT_EQ(refused(R"({"kind":"Pod","apiVersion":"v1"})"), "invalid object type: /v1, Kind=Pod");
  EXPECT_EQ(refused(R"({"metadata":{"managedFields":[]}})"), "metadata.managedFields must be nil");
  EXPECT_EQ(refused(R"({"spec":{"foo":1}})"),
            "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.foo: field "
            "not declared in schema");
  EXPECT_EQ(refused(R"({"spec":{"replicas":"1"}})"),
            "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.replicas: "
            "expected numeric (int or float), got string");
  EXPECT_EQ(refused(R"({"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"a"}]}}}})"),
            "failed to create typed patch object (/d; apps/v1, Kind=Deployment): "
            ".spec.template.spec.containers: duplicate entries for key [name=\"a\"]");
}

TEST(Apply, LetsKubectlTakeWhatItAppliedFromTheClient) {
  World world;
  json::object first = object_of(
      R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","annotations":{}},)"
      R"("spec":{"replicas":1,"paused":true}})");
  first["metadata"]
      .get_object()["annotations"]
      .get_object()["kubectl.kubernetes.io/last-applied-configuration"] =
      R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":1}})";
  track_update(nullptr, first, world.kind, world.owner("kubectl-client-side-apply"));
  world.object = first;
  EXPECT_FALSE(world.try_apply("other", R"({"spec":{"replicas":2}})"));
  EXPECT_FALSE(world.try_apply("kubectl", R"({"spec":{"paused":false}})"));
  world.apply("kubectl", R"({"spec":{"replicas":2}})");
  EXPECT_EQ(world.spec(), R"({"replicas":2,"paused":true})");
  EXPECT_EQ(world.object.at("metadata")
                .at("annotations")
                .at("kubectl.kubernetes.io/last-applied-configuration"),
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},)"
            R"("spec":{"replicas":2}})"
            "\n");
}

}  // namespace
}  // namespace dynamod::apiserver
