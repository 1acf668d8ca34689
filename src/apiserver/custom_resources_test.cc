// CustomResourceDefinitions as clients use them: made, served at once, changed, deleted.
#include "apiserver/api_server_fixture.h"

namespace dynamod::apiserver {

namespace {

using ::testing::HasSubstr;

constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
constexpr const char* kWidgets = "/apis/example.dev/v1/namespaces/default/widgets";
constexpr const char* kDefinition = R"({
  "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "widgets.example.dev"},
  "spec": {
    "group": "example.dev", "scope": "Namespaced",
    "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
    "versions": [{
      "name": "v1", "served": true, "storage": true,
      "subresources": {"status": {}, "scale": {
        "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
      "additionalPrinterColumns": [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
      "selectableFields": [{"jsonPath": ".spec.color"}],
      "schema": {"openAPIV3Schema": {"type": "object", "properties": {
        "spec": {"type": "object", "required": ["size"], "properties": {
          "size": {"type": "integer", "minimum": 1},
          "color": {"type": "string", "default": "red"}}},
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}}}}}}]}})";

std::string widget(std::string_view name, std::string_view spec) {
  return fmt::format(
      R"({{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{{"name":"{}"}},"spec":{}}})",
      name, spec);
}

std::string condition(const json::object& crd, std::string_view type) {
  const json::value* conditions = find_in(crd, "status.conditions");
  if (!conditions || !conditions->is_array()) return "";
  for (const auto& each : conditions->get_array())
    if (string_in(each.as_object(), "type") == type) return string_in(each.as_object(), "status");
  return "";
}

}  // namespace

class CustomResourcesTest : public ApiServerTest {
 protected:
  CustomResourcesTest() {
    const TestAnswer made = ask("POST", kDefinitions, kDefinition);
    EXPECT_EQ(made.status, 201) << made.text;
    settle();
  }

  json::object definition() {
    return ask("GET", std::string(kDefinitions) + "/widgets.example.dev").body();
  }
};

TEST_F(CustomResourcesTest, AreServedWhenTheirDefinitionIsEstablished) {
  EXPECT_EQ(condition(definition(), "Established"), "True") << encode_json(definition());
  EXPECT_EQ(condition(definition(), "NamesAccepted"), "True");
  EXPECT_THAT(ask("GET", "/apis/example.dev/v1").text, HasSubstr(R"("shortNames":["wd"])"));
  EXPECT_THAT(ask("GET", "/openapi/v3").text, HasSubstr("apis/example.dev/v1"));
  EXPECT_THAT(ask("GET", "/openapi/v3/apis/example.dev/v1").text, HasSubstr("Widget"));
}

TEST_F(CustomResourcesTest, AreDefaultedPrunedAndValidated) {
  const TestAnswer made = ask("POST", kWidgets, widget("a", R"({"size":2,"foo":1})"));
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.at("spec.color"), "red");
  EXPECT_EQ(find_in(made.body(), "spec.foo"), nullptr);
  EXPECT_THAT(made.headers.get("Warning"), HasSubstr("spec.foo"));
  EXPECT_EQ(number_in(made.body(), "metadata.generation"), 1);
  const TestAnswer wrong = ask("POST", kWidgets, widget("b", R"({"size":0})"));
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.at("message"), HasSubstr(R"(Widget.example.dev "b" is invalid: spec.size)"));
  EXPECT_EQ(ask("POST", kWidgets, widget("b", "{}")).at("details.causes[0].reason"),
            "FieldValueRequired");
}

TEST_F(CustomResourcesTest, KeepStatusAndSpecApart) {
  ask("POST", kWidgets, widget("a", R"({"size":2})"));
  const std::string one = std::string(kWidgets) + "/a";
  const http::Headers merge{{"Content-Type", "application/merge-patch+json"}};
  const TestAnswer status =
      ask("PATCH", one + "/status", R"({"spec":{"size":9},"status":{"size":2}})", merge);
  EXPECT_EQ(number_in(status.body(), "spec.size"), 2);
  EXPECT_EQ(number_in(status.body(), "status.size"), 2);
  EXPECT_EQ(number_in(status.body(), "metadata.generation"), 1);
  const TestAnswer spec = ask("PATCH", one, R"({"spec":{"size":9},"status":{"size":7}})", merge);
  EXPECT_EQ(number_in(spec.body(), "status.size"), 2);
  EXPECT_EQ(number_in(spec.body(), "metadata.generation"), 2);
  const TestAnswer scale = ask("GET", one + "/scale");
  EXPECT_EQ(number_in(scale.body(), "spec.replicas"), 9);
}

TEST_F(CustomResourcesTest, ShowTheirColumnsAndSelectTheirFields) {
  ask("POST", kWidgets, widget("a", R"({"size":2})"));
  ask("POST", kWidgets, widget("b", R"({"size":3,"color":"blue"})"));
  const TestAnswer table = ask("GET", std::string(kWidgets) + "?fieldSelector=spec.color%3Dblue",
                               "", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(table.at("columnDefinitions[1].name"), "Size");
  EXPECT_EQ(encode_json(*find_json(table.body(), "rows[0].cells")), R"(["b",3])");
}

TEST_F(CustomResourcesTest, RefuseStrategicPatches) {
  ask("POST", kWidgets, widget("a", R"({"size":2})"));
  const TestAnswer refused = ask("PATCH", std::string(kWidgets) + "/a", "{}",
                                 {{"Content-Type", "application/strategic-merge-patch+json"}});
  EXPECT_EQ(refused.status, 415);
  EXPECT_THAT(refused.at("message"), HasSubstr("application/merge-patch+json"));
}

TEST_F(CustomResourcesTest, AreServedAtOnceAfterARestart) {
  ask("POST", kWidgets, widget("a", R"({"size":2})"));
  restart();
  EXPECT_EQ(ask("GET", std::string(kWidgets) + "/a").status, 200);
}

TEST_F(CustomResourcesTest, GoWithTheirDefinition) {
  ask("POST", kWidgets, widget("a", R"({"size":2})"));
  EXPECT_EQ(ask("DELETE", std::string(kDefinitions) + "/widgets.example.dev").status, 200);
  settle();
  EXPECT_EQ(ask("GET", std::string(kDefinitions) + "/widgets.example.dev").status, 404);
  EXPECT_EQ(ask("GET", std::string(kWidgets) + "/a").status, 404);
  EXPECT_EQ(ask("GET", "/apis/example.dev/v1").status, 404);
  EXPECT_EQ(store_->count("widgets.example.dev"), 0U);
}

TEST_F(CustomResourcesTest, AnObjectWithFinalizersKeepsTheDefinition) {
  ask("POST", kWidgets,
      R"({"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"a","finalizers":)"
      R"(["x.dev/y"]},"spec":{"size":1}})");
  ask("DELETE", std::string(kDefinitions) + "/widgets.example.dev");
  settle();
  EXPECT_EQ(condition(definition(), "Terminating"), "True");
  EXPECT_EQ(ask("POST", kWidgets, widget("b", R"({"size":2})")).status, 405);
  ask("PATCH", std::string(kWidgets) + "/a", R"({"metadata":{"finalizers":null}})",
      {{"Content-Type", "application/merge-patch+json"}});
  loop_.run_for(std::chrono::seconds(2));
  EXPECT_EQ(ask("GET", std::string(kDefinitions) + "/widgets.example.dev").status, 404);
}

}  // namespace dynamod::apiserver
