// Requests and their answers, through the whole pipeline but for sockets and disk.
#include "apiserver/api_server_fixture.h"

namespace dynamod::apiserver {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kMap = "/api/v1/namespaces/default/configmaps/a";

std::string map(std::string_view name, std::string_view value = "1") {
  return fmt::format(R"({{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{}","labels":)"
                     R"({{"app":"{}"}}}},"data":{{"k":"{}"}}}})",
                     name, name, value);
}

std::vector<std::string> types_of(const std::vector<json::object>& events) {
  std::vector<std::string> types;
  for (const auto& event : events) types.push_back(string_in(event, "type"));
  return types;
}

}  // namespace

struct Row {
  const char* method;
  const char* target;
  int status;
  const char* text;  // a part of the body
};

TEST_F(ApiServerTest, AnswersWhatHasNoObject) {
  const Row rows[] = {
      {"GET", "/healthz", 200, "ok"},
      {"GET", "/readyz?verbose", 200, "[+]bootstrap ok"},
      {"GET", "/version", 200, R"("minor":"36")"},
      {"GET", "/api", 200, R"("versions":["v1"])"},
      {"GET", "/apis", 200, R"("kind":"APIGroupList")"},
      {"GET", "/apis/apps", 200, R"("preferredVersion")"},
      {"GET", "/apis/apps/v1", 200, R"("name":"deployments/scale")"},
      {"GET", "/api/v1", 200, R"("name":"pods/log")"},
      {"GET", "/openapi/v3", 200, R"("api/v1")"},
      {"GET", "/openapi/v3/apis/apps/v1", 200, "io.k8s.api.apps.v1.Deployment"},
      {"GET", "/metrics", 200, "apiserver_request_total"},
      {"GET", "/nothing", 404, "404 page not found"},
      {"GET", "/apis/none.dev/v1/things", 404, "404 page not found"},
      {"GET", "/apis/none.dev", 404, "404 page not found"},
  };
  for (const Row& row : rows) {
    const TestAnswer answer = ask(row.method, row.target);
    EXPECT_EQ(answer.status, row.status) << row.target << answer.text;
    EXPECT_THAT(answer.text, HasSubstr(row.text)) << row.target;
  }
}

TEST_F(ApiServerTest, RefusesInKubernetesWords) {
  const Row rows[] = {
      {"GET", kMap, 404, R"(configmaps \"a\" not found)"},
      {"GET", "/apis/apps/v1/namespaces/default/deployments/x", 404,
       R"(deployments.apps \"x\" not found)"},
      {"DELETE", kMap, 404, R"(configmaps \"a\" not found)"},
      {"GET", "/api/v1/pods?fieldSelector=spec.foo%3Dx", 400,
       "field label not supported: spec.foo"},
      {"GET", "/api/v1/pods?labelSelector=a%3D%3D%3Db", 400, "BadRequest"},
      {"GET", "/api/v1/pods?continue=!!!", 400, "continue key is not valid"},
      {"GET", "/api/v1/pods?resourceVersion=x", 400, "invalid syntax"},
      {"GET", "/api/v1/pods?resourceVersionMatch=Foo", 422, "resourceVersionMatch"},
      {"PATCH", "/api/v1/namespaces", 405, "MethodNotAllowed"},
      {"POST", "/api/v1/nodes/x", 405, "MethodNotAllowed"},
      {"GET", "/api/v1/namespaces/default/pods/x/foo", 404,
       "could not find the requested resource"},
  };
  for (const Row& row : rows) {
    const TestAnswer answer = ask(row.method, row.target);
    EXPECT_EQ(answer.status, row.status) << row.target << answer.text;
    EXPECT_THAT(answer.text, HasSubstr(row.text)) << row.target;
  }
}

TEST_F(ApiServerTest, NobodyMayDoNothingAndAWrongTokenIsNobody) {
  const auto with = [this](std::string_view token, std::string target) {
    return ask("GET", std::move(target), "", {{"Authorization", fmt::format("Bearer {}", token)}});
  };
  EXPECT_EQ(with("wrong", "/api/v1/pods").status, 401);
  EXPECT_EQ(with("wrong", "/api/v1/pods").at("message"), "Unauthorized");
  const TestAnswer denied = with(kBobToken, "/api/v1/pods");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.at("message"),
            R"(pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the )"
            "cluster scope");
  EXPECT_EQ(denied.at("details.kind"), "pods");
  EXPECT_EQ(ask("GET", "/healthz", "", {{"Authorization", ""}}).status, 200);
  EXPECT_EQ(ask("GET", "/apis", "", {{"Authorization", ""}}).status, 403);
}

TEST_F(ApiServerTest, StartsWithNamespacesAndTheServiceOfTheApi) {
  for (const char* name : {"default", "kube-system", "kube-public", "kube-node-lease"})
    EXPECT_EQ(ask("GET", fmt::format("/api/v1/namespaces/{}", name)).at("status.phase"), "Active");
  EXPECT_EQ(ask("GET", "/api/v1/namespaces/default/services/kubernetes").at("spec.clusterIP"),
            "10.96.0.1");
}

TEST_F(ApiServerTest, WritesAndReadsAnObject) {
  const TestAnswer made = ask("POST", kMaps, map("a"));
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.at("metadata.creationTimestamp"), "2026-01-02T03:00:00Z");
  EXPECT_EQ(made.at("metadata.uid").size(), 36U);
  EXPECT_EQ(ask("GET", kMap).text, made.text);
  EXPECT_EQ(ask("POST", kMaps, map("a")).at("reason"), "AlreadyExists");

  const TestAnswer changed = ask("PUT", kMap, map("a", "2"));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.at("data.k"), "2");
  EXPECT_EQ(changed.at("metadata.uid"), made.at("metadata.uid"));
  EXPECT_NE(changed.at("metadata.resourceVersion"), made.at("metadata.resourceVersion"));

  const TestAnswer gone = ask("DELETE", kMap);
  EXPECT_EQ(gone.at("status"), "Success");
  EXPECT_EQ(gone.at("details.uid"), made.at("metadata.uid"));
  EXPECT_EQ(ask("GET", kMap).status, 404);
}

TEST_F(ApiServerTest, AWriteThatChangesNothingKeepsTheVersion) {
  const TestAnswer made = ask("POST", kMaps, map("a"));
  EXPECT_EQ(ask("PUT", kMap, map("a")).at("metadata.resourceVersion"),
            made.at("metadata.resourceVersion"));
}

TEST_F(ApiServerTest, AStaleVersionIsAConflict) {
  json::object old = ask("POST", kMaps, map("a")).body();
  ask("PUT", kMap, map("a", "2"));
  const TestAnswer refused = ask("PUT", kMap, encode_json(old));
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.at("message"), HasSubstr("the object has been modified"));
}

TEST_F(ApiServerTest, ADryRunAnswersAndWritesNothing) {
  const TestAnswer made = ask("POST", std::string(kMaps) + "?dryRun=All", map("a"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(ask("GET", kMap).status, 404);
}

TEST_F(ApiServerTest, UnknownFieldsAreRefusedOrWarnedOf) {
  const std::string body =
      R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"foo":1,"data":{},"data":{}})";
  const TestAnswer strict = ask("POST", std::string(kMaps) + "?fieldValidation=Strict", body);
  EXPECT_EQ(strict.status, 400);
  EXPECT_THAT(strict.at("message"), HasSubstr("strict decoding error: "));
  EXPECT_THAT(strict.at("message"), HasSubstr(R"(unknown field "foo")"));
  EXPECT_THAT(strict.at("message"), HasSubstr(R"(duplicate field "data")"));
  const TestAnswer warned = ask("POST", kMaps, body);
  EXPECT_EQ(warned.status, 201);
  EXPECT_THAT(warned.headers.get("Warning"), HasSubstr("299 - "));
  EXPECT_FALSE(warned.body().contains("foo"));
}

TEST_F(ApiServerTest, GeneratesNames) {
  const TestAnswer made =
      ask("POST", kMaps, R"({"kind":"ConfigMap","metadata":{"generateName":"a-"}})");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_THAT(made.at("metadata.name"), ::testing::MatchesRegex("a-[a-z0-9]{5}"));
}

TEST_F(ApiServerTest, NothingIsMadeInANamespaceThatIsNotThere) {
  const TestAnswer made = ask("POST", "/api/v1/namespaces/none/configmaps", map("a"));
  EXPECT_EQ(made.status, 404);
  EXPECT_EQ(made.at("message"), R"(namespaces "none" not found)");
}

TEST_F(ApiServerTest, YamlGoesInAndOut) {
  const TestAnswer made =
      ask("POST", kMaps, "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {k: v}\n",
          {{"Content-Type", "application/yaml"}, {"Accept", "application/yaml"}});
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.headers.get("Content-Type"), "application/yaml");
  EXPECT_THAT(made.text, HasSubstr("kind: ConfigMap\n"));
}

TEST_F(ApiServerTest, TypesThatAreNotSpokenAreNamed) {
  EXPECT_EQ(ask("POST", kMaps, "x", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(ask("GET", kMaps, "", {{"Accept", "text/html"}}).status, 406);
  EXPECT_EQ(ask("PATCH", kMap, "{}", {{"Content-Type", "application/json"}}).status, 415);
}

TEST_F(ApiServerTest, PatchesInThreeWays) {
  ask("POST", kMaps, map("a"));
  const auto patch = [this](std::string_view type, std::string body) {
    return ask("PATCH", kMap, std::move(body),
               {{"Content-Type", fmt::format("application/{}", type)}});
  };
  EXPECT_EQ(patch("merge-patch+json", R"({"data":{"m":"1"}})").at("data.m"), "1");
  EXPECT_EQ(patch("strategic-merge-patch+json", R"({"data":{"s":"1"}})").at("data.s"), "1");
  const TestAnswer last =
      patch("json-patch+json", R"([{"op":"add","path":"/data/j","value":"1"}])");
  EXPECT_EQ(last.at("data.j"), "1") << last.text;
  EXPECT_EQ(last.at("data.m"), "1");
  EXPECT_EQ(last.at("data.s"), "1");
  EXPECT_EQ(patch("json-patch+json", R"([{"op":"test","path":"/data/j","value":"2"}])").status,
            422);
}

TEST_F(ApiServerTest, ListsInPages) {
  for (const char* name : {"a", "b", "c"}) ask("POST", kMaps, map(name));
  const TestAnswer first = ask("GET", std::string(kMaps) + "?limit=2");
  EXPECT_EQ(first.at("items[1].metadata.name"), "b");
  EXPECT_EQ(number_in(first.body(), "metadata.remainingItemCount"), 1);
  ask("POST", kMaps, map("d"));
  const TestAnswer rest =
      ask("GET", fmt::format("{}?limit=2&continue={}", kMaps, first.at("metadata.continue")));
  EXPECT_EQ(rest.body().at("items").as_array().size(), 1U) << "the state of the first page";
  EXPECT_EQ(rest.at("items[0].metadata.name"), "c");
  EXPECT_EQ(rest.at("metadata.resourceVersion"), first.at("metadata.resourceVersion"));
}

TEST_F(ApiServerTest, ListsBySelectors) {
  for (const char* name : {"a", "b", "c"}) ask("POST", kMaps, map(name));
  const auto names = [this](std::string_view query) {
    std::string found;
    const auto body = ask("GET", fmt::format("{}?{}", kMaps, query)).body();
    for (const auto& item : body.at("items").as_array())
      found += string_in(item.as_object(), "metadata.name");
    return found;
  };
  EXPECT_EQ(names("labelSelector=app%3Db"), "b");
  EXPECT_EQ(names("labelSelector=app+in+(a,c)"), "ac");
  EXPECT_EQ(names("fieldSelector=metadata.name%3Dc"), "c");
  EXPECT_EQ(names("fieldSelector=metadata.name!%3Dc"), "ab");
}

TEST_F(ApiServerTest, AListOfItselfSaysNoKindInItsItems) {
  ask("POST", kMaps, map("a"));
  const auto body = ask("GET", kMaps).body();
  EXPECT_EQ(string_in(body, "kind"), "ConfigMapList");
  EXPECT_FALSE(body.at("items").as_array().front().as_object().contains("kind"));
}

TEST_F(ApiServerTest, ShowsTables) {
  ask("POST", kMaps, map("a"));
  const TestAnswer table =
      ask("GET", kMaps, "", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(table.at("kind"), "Table");
  EXPECT_EQ(table.at("columnDefinitions[0].name"), "Name");
  EXPECT_EQ(table.at("rows[0].cells[0]"), "a");
  EXPECT_EQ(table.at("rows[0].object.kind"), "PartialObjectMetadata");
}

TEST_F(ApiServerTest, ShowsMetadataAlone) {
  ask("POST", kMaps, map("a"));
  const TestAnswer one =
      ask("GET", kMap, "",
          {{"Accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(one.at("kind"), "PartialObjectMetadata");
  EXPECT_FALSE(one.body().contains("data"));
}

TEST_F(ApiServerTest, WatchesFromAVersion) {
  const TestAnswer list = ask("GET", kMaps);
  auto stream = send(
      "GET",
      fmt::format("{}?watch=true&resourceVersion={}", kMaps, list.at("metadata.resourceVersion")),
      "", {});
  ASSERT_EQ(stream.status, 200);
  ask("POST", kMaps, map("a"));
  ask("PUT", kMap, map("a", "2"));
  const TestAnswer gone = ask("DELETE", kMap);
  const auto seen = events(*stream.body, 3);
  EXPECT_THAT(types_of(seen), ElementsAre("ADDED", "MODIFIED", "DELETED"));
  EXPECT_EQ(string_in(seen[2], "object.data.k"), "2");
}

TEST_F(ApiServerTest, AWatchWithASelectorSeesObjectsComeAndGo) {
  auto stream =
      send("GET", std::string(kMaps) + "?watch=1&labelSelector=app%3Da&resourceVersion=1", "", {});
  ask("POST", kMaps, map("a"));
  ask("POST", kMaps, map("b"));
  ask("PATCH", kMap, R"({"metadata":{"labels":{"app":"z"}}})",
      {{"Content-Type", "application/merge-patch+json"}});
  const auto seen = events(*stream.body, 2);
  EXPECT_THAT(types_of(seen), ElementsAre("ADDED", "DELETED"));
  EXPECT_EQ(string_in(seen[1], "object.metadata.labels.app"), "a") << "as the client saw it last";
}

TEST_F(ApiServerTest, AWatchListEndsItsStartWithABookmark) {
  ask("POST", kMaps, map("a"));
  auto stream = send("GET",
                     std::string(kMaps) +
                         "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
                         "allowWatchBookmarks=true&resourceVersion=",
                     "", {});
  const auto seen = events(*stream.body, 2);
  EXPECT_THAT(types_of(seen), ElementsAre("ADDED", "BOOKMARK"));
  EXPECT_EQ(encode_json(*find_in(seen[1], "object.metadata.annotations")),
            R"({"k8s.io/initial-events-end":"true"})");
}

TEST_F(ApiServerTest, AWatchEndsAfterItsTime) {
  auto stream =
      send("GET", std::string(kMaps) + "?watch=true&timeoutSeconds=5&resourceVersion=1", "", {});
  EXPECT_TRUE(events(*stream.body, 1).empty());
}

TEST_F(ApiServerTest, AVersionOfTheFutureIsATimeout) {
  const TestAnswer ahead = ask("GET", std::string(kMaps) + "?resourceVersion=999999");
  EXPECT_EQ(ahead.status, 504);
  EXPECT_EQ(ahead.at("details.causes[0].reason"), "ResourceVersionTooLarge");
}

TEST_F(ApiServerTest, FinalizersKeepAnObject) {
  ask("POST", kMaps, R"({"kind":"ConfigMap","metadata":{"name":"a","finalizers":["x.dev/y"]}})");
  const TestAnswer dying = ask("DELETE", kMap);
  EXPECT_EQ(dying.status, 200);
  EXPECT_EQ(dying.at("metadata.deletionTimestamp"), "2026-01-02T03:00:00Z") << dying.text;
  ask("PATCH", kMap, R"({"metadata":{"finalizers":null}})",
      {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(ask("GET", kMap).status, 404);
}

TEST_F(ApiServerTest, DeletesACollectionBySelector) {
  for (const char* name : {"a", "b"}) ask("POST", kMaps, map(name));
  EXPECT_EQ(ask("DELETE", std::string(kMaps) + "?labelSelector=app%3Da").status, 200);
  EXPECT_EQ(ask("GET", kMap).status, 404);
  EXPECT_EQ(ask("GET", std::string(kMaps) + "/b").status, 200);
}

TEST_F(ApiServerTest, BodiesHaveALimit) {
  const TestAnswer large = ask("POST", kMaps, std::string(kBodySizeMax + 1, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.at("reason"), "RequestEntityTooLarge");
}

TEST_F(ApiServerTest, ScalesADeployment) {
  const std::string all = "/apis/apps/v1/namespaces/default/deployments";
  const TestAnswer made = ask(
      "POST", all,
      R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d"},"spec":{"replicas":1,)"
      R"("selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":)"
      R"({"containers":[{"name":"c","image":"i"}]}}}})");
  ASSERT_EQ(made.status, 201) << made.text;
  const TestAnswer scale = ask("GET", all + "/d/scale");
  EXPECT_EQ(scale.at("kind"), "Scale");
  EXPECT_EQ(scale.at("status.selector"), "a=b");
  const TestAnswer patched = ask("PATCH", all + "/d/scale", R"({"spec":{"replicas":3}})",
                                 {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(number_in(patched.body(), "spec.replicas"), 3) << patched.text;
  const auto body = ask("GET", all + "/d").body();
  EXPECT_EQ(number_in(body, "spec.replicas"), 3);
  EXPECT_EQ(number_in(body, "metadata.generation"), 2);
}

TEST_F(ApiServerTest, AFullDiskRefusesWritesAndGoesOnReading) {
  ask("POST", kMaps, map("a"));
  disk_->full = true;
  const TestAnswer refused = ask("POST", kMaps, map("b"));
  EXPECT_EQ(refused.status, 507) << refused.text;
  EXPECT_EQ(ask("DELETE", kMaps).status, 507);
  EXPECT_EQ(ask("GET", kMap).status, 200);
  EXPECT_EQ(ask("GET", std::string(kMaps) + "/b").status, 404);
  disk_->full = false;
  EXPECT_EQ(ask("POST", kMaps, map("b")).status, 201);
}

TEST_F(ApiServerTest, ForgetsEventsAfterAnHour) {
  const std::string events = "/api/v1/namespaces/default/events";
  const TestAnswer made =
      ask("POST", events,
          R"({"kind":"Event","apiVersion":"v1","metadata":{"name":"e"},"involvedObject":)"
          R"({"kind":"Pod","namespace":"default","name":"p"},"reason":"R","type":"Normal"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(ask("GET", "/apis/events.k8s.io/v1/namespaces/default/events/e").at("regarding.name"),
            "p");
  loop_.run_for(std::chrono::minutes(50));
  EXPECT_EQ(ask("GET", events + "/e").status, 200);
  loop_.run_for(std::chrono::minutes(15));
  EXPECT_EQ(ask("GET", events + "/e").status, 404);
}

TEST_F(ApiServerTest, AppliesAndNamesConflicts) {
  const auto apply = [this](std::string_view query, std::string_view value) {
    return ask(
        "PATCH", fmt::format("{}?{}", kMap, query),
        fmt::format(R"({{"kind":"ConfigMap","apiVersion":"v1","data":{{"k":"{}"}}}})", value),
        {{"Content-Type", "application/apply-patch+yaml"}});
  };
  EXPECT_EQ(apply("fieldManager=one", "1").status, 201);
  EXPECT_EQ(apply("fieldManager=one", "2").at("data.k"), "2");
  const TestAnswer refused = apply("fieldManager=two", "3");
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_THAT(refused.at("message"), HasSubstr(R"(conflict with "one": .data.k)"));
  EXPECT_EQ(refused.at("details.causes[0].reason"), "FieldManagerConflict");
  EXPECT_EQ(apply("fieldManager=two&force=true", "3").at("data.k"), "3");
  EXPECT_EQ(apply("force=true", "3").status, 422) << "a manager must be named";
}

TEST_F(ApiServerTest, NamesTheManagersOfFields) {
  const TestAnswer made = ask("POST", kMaps, map("a"));
  EXPECT_EQ(made.at("metadata.managedFields[0].manager"), "test");
  EXPECT_EQ(made.at("metadata.managedFields[0].operation"), "Update");
  const TestAnswer patched =
      ask("PATCH", std::string(kMap) + "?fieldManager=other", R"({"data":{"x":"1"}})",
          {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_THAT(patched.text, HasSubstr(R"("manager":"other")"));
  EXPECT_THAT(patched.text, HasSubstr(R"("manager":"test")"));
}

TEST_F(ApiServerTest, AnswersReviews) {
  const TestAnswer review =
      ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          R"({"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":)"
          R"({"resourceAttributes":{"verb":"get","resource":"pods"}}})");
  EXPECT_EQ(review.status, 201) << review.text;
  EXPECT_TRUE(find_in(review.body(), "status.allowed")->as_bool());
}

}  // namespace dynamod::apiserver
