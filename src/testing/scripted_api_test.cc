// What the scripted API does as Kubernetes does it, seen through its handler.
#include "testing/scripted_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/sim_loop.h"

namespace dynamod::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWidgetsPath = "/apis/test.dev/v1/namespaces/ns/widgets";

class ScriptedApiTest : public ::testing::Test {
 protected:
  ScriptedApiTest() {
    api.serve({.group = "test.dev", .version = "v1", .plural = "widgets", .kind = "Widget"});
  }

  struct Answer {
    int status = 0;
    json::value body;
  };

  http::Response send(const std::string& method, const std::string& target,
                      const std::string& body = "",
                      const std::string& type = "application/merge-patch+json") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.set("Content-Type", type);
    if (!body.empty()) request.body = http::text_body(body);
    return *loop.await(api.handle(std::move(request)));
  }

  Answer call(const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& type = "application/merge-patch+json") {
    http::Response response = send(method, target, body, type);
    return {response.status,
            *decode_json(*loop.await(http::read_all(std::move(response.body), 1 << 20)))};
  }

  Answer create(const std::string& name, const std::string& spec = "{}") {
    return call("POST", kWidgetsPath,
                R"({"metadata":{"name":")" + name + R"("},"spec":)" + spec + "}");
  }

  Answer patch(const std::string& name, const std::string& body) {
    return call("PATCH", std::string(kWidgetsPath) + "/" + name, body);
  }

  static std::int64_t number_at(const json::value& value, const std::string& path) {
    return find_json(value, path)->to_number<std::int64_t>();
  }

  SimLoop loop;
  ScriptedApi api{loop.executor(), loop};
};

TEST_F(ScriptedApiTest, StampsWhatItCreates) {
  const Answer created = create("a");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(string_at(created.body, "apiVersion"), "test.dev/v1");
  EXPECT_EQ(string_at(created.body, "metadata.namespace"), "ns");
  EXPECT_EQ(string_at(created.body, "metadata.creationTimestamp"), "2026-01-02T03:00:00Z");
  EXPECT_FALSE(string_at(created.body, "metadata.uid").empty());
  EXPECT_EQ(number_at(created.body, "metadata.generation"), 1);
  EXPECT_EQ(string_at(create("a").body, "reason"), "AlreadyExists");
}

TEST_F(ScriptedApiTest, OnlyAChangedSpecIsANewGeneration) {
  create("a");
  EXPECT_EQ(
      number_at(patch("a", R"({"metadata":{"labels":{"x":"y"}}})").body, "metadata.generation"), 1);
  EXPECT_EQ(number_at(patch("a", R"({"spec":{"x":1}})").body, "metadata.generation"), 2);
}

TEST_F(ScriptedApiTest, APatchThatChangesNothingIsNoNewVersion) {
  const Answer created = create("a", R"({"x":1})");
  const Answer patched =
      patch("a", R"({"spec":{"x":1},"status":{"ignored":true},"metadata":{"uid":null}})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(string_at(patched.body, "metadata.resourceVersion"),
            string_at(created.body, "metadata.resourceVersion"));
}

TEST_F(ScriptedApiTest, StatusAndSpecAreWrittenApart) {
  create("a", R"({"x":1})");
  const Answer patched = call("PATCH", std::string(kWidgetsPath) + "/a/status",
                              R"({"spec":{"x":2},"status":{"ready":true}})");
  EXPECT_EQ(number_at(patched.body, "spec.x"), 1);
  EXPECT_TRUE(find_json(patched.body, "status.ready")->get_bool());
  EXPECT_EQ(number_at(patched.body, "metadata.generation"), 1);
}

TEST_F(ScriptedApiTest, APreconditionInThePatchIsKept) {
  create("a");
  const Answer refused = patch("a", R"({"metadata":{"resourceVersion":"1"},"spec":{"x":1}})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(string_at(refused.body, "reason"), "Conflict");
}

TEST_F(ScriptedApiTest, AFinalizerHoldsADeletedObject) {
  create("a");
  patch("a", R"({"metadata":{"finalizers":["f"]}})");
  const Answer deleting = call("DELETE", std::string(kWidgetsPath) + "/a");
  EXPECT_FALSE(string_at(deleting.body, "metadata.deletionTimestamp").empty());
  EXPECT_TRUE(api.find("widgets", "ns", "a"));
  EXPECT_EQ(patch("a", R"({"metadata":{"finalizers":["f","g"]}})").status, 422);
  EXPECT_EQ(patch("a", R"({"metadata":{"finalizers":null}})").status, 200);
  EXPECT_FALSE(api.find("widgets", "ns", "a"));
}

TEST_F(ScriptedApiTest, PagesShowOneMoment) {
  for (const char* name : {"a", "b", "c"}) create(name);
  const Answer first = call("GET", std::string(kWidgetsPath) + "?limit=2");
  EXPECT_EQ(find_json(first.body, "items")->get_array().size(), 2u);
  create("d");
  const std::string rest =
      std::string(kWidgetsPath) + "?limit=2&continue=" + string_at(first.body, "metadata.continue");
  const Answer second = call("GET", rest);
  EXPECT_EQ(find_json(second.body, "items")->get_array().size(), 1u);
  EXPECT_EQ(string_at(second.body, "metadata.resourceVersion"),
            string_at(first.body, "metadata.resourceVersion"));
  EXPECT_EQ(call("GET", rest).status, 410) << "a position is used once";
}

TEST_F(ScriptedApiTest, ASelectorTurnsChangesIntoComingsAndGoings) {
  create("a");
  http::Response watch =
      send("GET", std::string(kWidgetsPath) + "?watch=true&labelSelector=on&resourceVersion=1000");
  std::vector<std::string> types;
  for (const char* labels : {R"({"on":"1"})", R"({"x":"1"})", R"({"on":null})"}) {
    patch("a", std::string(R"({"metadata":{"labels":)") + labels + "}}");
    const auto piece = loop.await(watch.body->next());
    types.push_back(string_at(*decode_json((*piece)->substr(0, (*piece)->find('\n'))), "type"));
  }
  EXPECT_THAT(types, ::testing::ElementsAre("ADDED", "MODIFIED", "DELETED"));
}

TEST_F(ScriptedApiTest, FaultsAreDrawnForTheirCallsOnly) {
  create("a");
  api.add_fault(
      {.verb = "get", .resource = "widgets", .times = 2, .status = 429, .retry_after_s = 3});
  EXPECT_EQ(call("GET", kWidgetsPath).status, 200);
  const http::Response limited = send("GET", std::string(kWidgetsPath) + "/a");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.get("Retry-After"), "3");
  EXPECT_EQ(call("GET", std::string(kWidgetsPath) + "/a").status, 429);
  EXPECT_EQ(call("GET", std::string(kWidgetsPath) + "/a").status, 200);
  EXPECT_EQ(api.count("get widgets"), 3u);
}

TEST_F(ScriptedApiTest, AFaultMayComeAfterTheEffect) {
  api.add_fault({.verb = "create", .status = 500, .when = ScriptedFault::When::kAfterEffect});
  EXPECT_EQ(create("a").status, 500);
  EXPECT_TRUE(api.find("widgets", "ns", "a"));
}

TEST_F(ScriptedApiTest, AFaultMayOnlyBeLate) {
  api.add_fault({.verb = "create", .delay = 5s});
  EXPECT_EQ(create("a").status, 201);
  EXPECT_EQ(loop.now().time_since_epoch(), 5s);
}

TEST_F(ScriptedApiTest, UnknownPathsAndMethodsAreRefused) {
  EXPECT_EQ(call("GET", "/apis/test.dev/v1/gadgets").status, 404);
  EXPECT_EQ(call("PUT", std::string(kWidgetsPath) + "/a", "{}").status, 400);
  create("a");
  EXPECT_EQ(call("PATCH", std::string(kWidgetsPath) + "/a", "{}", "application/json").status, 400);
  EXPECT_EQ(
      call("PATCH", std::string(kWidgetsPath) + "/a", "{}", "application/apply-patch+yaml").status,
      422);
}

}  // namespace
}  // namespace dynamod::testing
