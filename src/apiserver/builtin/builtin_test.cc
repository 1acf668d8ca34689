// What testdata/record cannot show: conversions, allocation, questions, and answers of
// subresources.
#include <set>

#include <gtest/gtest.h>

#include "apiserver/builtin/address_range.h"
#include "apiserver/builtin/autoscaler_conversion.h"
#include "apiserver/builtin/builtin_fixture.h"
#include "apiserver/builtin/event_conversion.h"
#include "apiserver/builtin/print.h"
#include "apiserver/builtin/selectable_fields.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

json::object parse(std::string_view text) {
  auto value = decode_json(text);
  DYN_ASSERT(value.has_value());
  return std::move(value->get_object());
}

json::object named(std::string_view kind, std::string_view name, json::object spec = {}) {
  return {{"kind", kind}, {"metadata", {{"name", name}}}, {"spec", std::move(spec)}};
}

json::object pod_named(std::string_view name, json::object more = {}) {
  more["containers"] = json::array{json::object{{"name", "c"}, {"image", "i"}}};
  return named("Pod", name, std::move(more));
}

Outcome create(World& world, json::object object, std::string_view ns = "t") {
  const Resource& resource = world.resource_of(text_in(object, "kind"));
  object["apiVersion"] = resource.api_version();
  const std::string uid = fmt::format("uid-{}", world.store().next_revision());
  return world.create(resource, std::move(object), ns, uid);
}

std::string message(const Outcome& outcome) {
  return std::string(text_in(outcome.object, "message"));
}

// --- printing ---

TEST(Print, AgesHaveOneOrTwoUnits) {
  const std::pair<Duration, std::string_view> rows[] = {
      {seconds(-2), "<invalid>"},  {seconds(-1), "0s"},     {seconds(0), "0s"},
      {seconds(119), "119s"},      {seconds(120), "2m"},    {seconds(203), "3m23s"},
      {minutes(10), "10m"},        {minutes(179), "179m"},  {minutes(180), "3h"},
      {minutes(200), "3h20m"},     {hours(8), "8h"},        {hours(47), "47h"},
      {hours(48), "2d"},           {hours(50), "2d2h"},     {hours(24 * 8), "8d"},
      {hours(24 * 729), "729d"},   {hours(24 * 730), "2y"}, {hours(24 * 735), "2y5d"},
      {hours(24 * 365 * 8), "8y"},
  };
  for (const auto& [duration, text] : rows) EXPECT_EQ(human_duration(duration), text);
}

TEST(Print, SelectorsReadAsKubectlTakesThem) {
  const auto selector = parse(R"({"matchLabels":{"b":"1","a":"2"},"matchExpressions":[
      {"key":"c","operator":"In","values":["y","x"]},{"key":"d","operator":"NotIn","values":["z"]},
      {"key":"e","operator":"Exists"},{"key":"f","operator":"DoesNotExist"}]})");
  EXPECT_EQ(selector_text(selector), "a=2,b=1,c in (x,y),d notin (z),e,!f");
  EXPECT_EQ(selector_text({}), "<none>");
}

// --- conversions ---

TEST(Events, HaveTheSameFieldsUnderBothNames) {
  const auto core = parse(
      R"({"apiVersion":"v1","kind":"Event","involvedObject":{"kind":"Pod","name":"p"},"message":"m",
          "source":{"component":"c"},"count":2,"firstTimestamp":"2026-01-01T00:00:00Z",
          "lastTimestamp":"2026-01-01T00:00:00Z","reportingComponent":"r","reason":"Why",
          "reportingInstance":"","eventTime":null})");
  json::object event = core;
  event_to_events_api(event);
  EXPECT_EQ(text_in(event, "apiVersion"), "events.k8s.io/v1");
  EXPECT_EQ(text_in(event, "note"), "m");
  EXPECT_EQ(text_at(event, "regarding.name"), "p");
  EXPECT_EQ(text_in(event, "reportingController"), "r");
  EXPECT_EQ(integer_in(event, "deprecatedCount"), 2);
  EXPECT_FALSE(event.contains("message"));
  event_to_core(event);
  EXPECT_TRUE(equal_json(event, core)) << encode_json(event);
}

TEST(Autoscalers, KeepWhatVersionOneCannotSay) {
  const auto newer = parse(
      R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"a"},
          "spec":{"maxReplicas":3,"scaleTargetRef":{"kind":"Deployment","name":"d"},"metrics":[
          {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}},
          {"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}}],
          "behavior":{"scaleUp":{"stabilizationWindowSeconds":5}}}})");
  json::object autoscaler = newer;
  autoscaler_to_v1(autoscaler);
  EXPECT_EQ(text_in(autoscaler, "apiVersion"), "autoscaling/v1");
  EXPECT_EQ(integer_in(object_in(autoscaler, "spec"), "targetCPUUtilizationPercentage"), 50);
  EXPECT_FALSE(object_in(autoscaler, "spec").contains("metrics"));
  EXPECT_EQ(object_at(autoscaler, "metadata.annotations").size(), 2U);
  autoscaler_to_v2(autoscaler);
  EXPECT_EQ(object_at(autoscaler, "metadata.annotations").size(), 0U);
  EXPECT_EQ(array_at(autoscaler, "spec.metrics").size(), 2U);
  EXPECT_TRUE(equal_json(object_in(autoscaler, "spec"), object_in(newer, "spec")))
      << encode_json(autoscaler);
}

// --- selectors of fields ---

TEST(Fields, OfEveryKindAreThoseItNames) {
  const World world;
  for (const Resource& resource : world.resources()) {
    SCOPED_TRACE(resource.resource_name() + " " + resource.api_version());
    std::set<std::string> values;
    for (const auto& [name, value] : resource.strategy->fields(named(resource.kind, "n")))
      values.insert(name);
    for (const std::string& name : resource.strategy->field_names(resource))
      EXPECT_TRUE(values.contains(name)) << name;
  }
}

TEST(Fields, HaveTheValueOfAnUnsetFieldToo) {
  const auto value = [](std::string_view kind, std::string_view field, const json::object& object) {
    for (const auto& [name, text] : selected_values(object, kind))
      if (name == field) return text;
    return std::string("none");
  };
  EXPECT_EQ(value("Node", "spec.unschedulable", {}), "false");
  EXPECT_EQ(value("ReplicationController", "status.replicas", {}), "0");
  EXPECT_EQ(value("Pod", "spec.nodeName", {}), "");
  EXPECT_EQ(value("Pod", "spec.nodeName", parse(R"({"spec":{"nodeName":"n1"}})")), "n1");
  EXPECT_EQ(value("Event", "regarding.name", parse(R"({"involvedObject":{"name":"p"}})")), "p");
}

// --- addresses ---

TEST(AddressRanges, GiveEveryAddressButTheNetworksOwn) {
  const auto range = AddressRange::parse("10.0.0.0/29");
  ASSERT_TRUE(range.has_value());
  std::set<std::string> taken;
  const auto is_taken = [&](const std::string& address) { return taken.contains(address); };
  while (const auto address = range->free_address(7, is_taken)) {
    EXPECT_TRUE(range->contains(*address));
    EXPECT_TRUE(taken.insert(*address).second) << *address;
  }
  EXPECT_FALSE(taken.contains("10.0.0.0"));
  EXPECT_FALSE(taken.contains("10.0.0.7"));
  EXPECT_GE(taken.size(), 5U);
  for (const auto* wrong : {"10.0.0.0", "10.0.0.0/33", "x/16", "10.0.0.0/31", ""})
    EXPECT_FALSE(AddressRange::parse(wrong).has_value()) << wrong;
}

TEST(Services, NeverShareAnAddressOrANodePort) {
  World world;
  world.services.service_range = "10.1.0.0/28";
  world.serve();
  std::set<std::string> addresses;
  std::set<std::int64_t> ports;
  const json::object spec{{"type", "NodePort"}, {"ports", json::array{json::object{{"port", 80}}}}};
  Outcome last;
  for (int i = 0; i < 20; ++i) {
    last = create(world, named("Service", fmt::format("s{}", i), spec));
    if (last.refused) break;
    EXPECT_TRUE(addresses.emplace(text_at(last.object, "spec.clusterIP")).second);
    const auto& port = array_at(last.object, "spec.ports")[0].get_object();
    EXPECT_TRUE(ports.insert(integer_in(port, "nodePort")).second);
  }
  EXPECT_EQ(message(last), "failed to allocate a serviceIP: range is full");
  EXPECT_GE(addresses.size(), 13U);
}

TEST(Services, RefuseWhatIsTakenOrOutOfRange) {
  World world;
  const auto with = [](std::string_view address, std::int64_t port) {
    return json::object{{"type", "NodePort"},
                        {"clusterIP", address},
                        {"ports", json::array{json::object{{"port", 80}, {"nodePort", port}}}}};
  };
  EXPECT_FALSE(create(world, named("Service", "a", with("10.96.0.9", 30001))).refused);
  EXPECT_EQ(message(create(world, named("Service", "b", with("10.96.0.9", 30002)))),
            "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.9\"]: failed to "
            "allocate IP 10.96.0.9: provided IP is already allocated");
  EXPECT_EQ(message(create(world, named("Service", "c", with("10.96.0.10", 30001)))),
            "Service \"c\" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port "
            "is already allocated");
  EXPECT_EQ(message(create(world, named("Service", "d", with("10.96.0.11", 80)))),
            "Service \"d\" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is "
            "not in the valid range. The range of valid ports is 30000-32767");
}

// --- pods ---

TEST(Pods, GetThePriorityOfTheirClass) {
  World world;
  json::object high = named("PriorityClass", "high");
  high.erase("spec");
  high["value"] = 1000;
  ASSERT_FALSE(create(world, high, "").refused);
  const auto pod = create(world, pod_named("p", {{"priorityClassName", "high"}}));
  EXPECT_EQ(integer_in(object_in(pod.object, "spec"), "priority"), 1000);
  const auto system =
      create(world, pod_named("q", {{"priorityClassName", "system-node-critical"}}));
  EXPECT_EQ(integer_in(object_in(system.object, "spec"), "priority"), 2'000'001'000);
  EXPECT_EQ(message(create(world, pod_named("r", {{"priorityClassName", "low"}}))),
            "pods \"r\" is forbidden: no PriorityClass with name low was found");
}

TEST(Pods, KeepWhatTheServerAddedWhenTheyAreReplaced) {
  World world;
  const auto created = create(world, pod_named("p"));
  ASSERT_FALSE(created.refused);
  json::object sent = created.object;
  for (const std::string_view field : {"priority", "preemptionPolicy", "tolerations"})
    ASSERT_EQ(sent["spec"].get_object().erase(field), 1U) << field;
  sent["metadata"].get_object()["labels"] = json::object{{"status", "replaced"}};
  const auto updated = world.update(world.resource_of("Pod"), sent, created.object, "");
  EXPECT_FALSE(updated.refused);
  EXPECT_TRUE(equal_json(updated.object.at("spec"), created.object.at("spec")));
}

TEST(Pods, EndAtOnceUnlessSomethingRuns) {
  const World world;
  const Strategy& pods = *world.resource_of("Pod").strategy;
  const auto running = parse(
      R"({"spec":{"nodeName":"n","terminationGracePeriodSeconds":30},"status":{"phase":"Running"}})");
  EXPECT_EQ(pods.grace_seconds(running, std::nullopt), 30);
  EXPECT_EQ(pods.grace_seconds(running, 5), 5);
  EXPECT_EQ(pods.grace_seconds(running, 0), 0);
  const auto waiting = parse(R"({"spec":{"terminationGracePeriodSeconds":30}})");
  EXPECT_EQ(pods.grace_seconds(waiting, std::nullopt), 0);
}

// The pipeline's part: changes the pod in the store's place.
PodWrites writes_on(json::object& pod, std::vector<std::string>& removed) {
  return {.update = [&pod](SpecialRequest,
                           std::function<Result<>(json::object&)> edit) -> Async<json::object> {
            auto ok = edit(pod);
            return [](Result<> done, json::object* object) -> Async<json::object> {
              CO_CHECK(std::move(done));
              co_return *object;
            }(std::move(ok), &pod);
          },
          .remove =
              [&removed](SpecialRequest request, json::object options) {
                removed.push_back(request.key.name + " " + encode_json(options));
                return []() -> Async<json::object> { co_return json::object(); }();
              }};
}

TEST(Bindings, PutAPodOnANodeOnce) {
  World world;
  json::object pod = pod_named("p");
  std::vector<std::string> removed;
  world.services.pods = writes_on(pod, removed);
  world.serve();
  const auto binding =
      parse(R"({"metadata":{"name":"p","labels":{"a":"b"}},"target":{"name":"n1"}})");
  const auto answer = world.post("Pod", "binding", {"t", "p"}, binding);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(text_in(answer->object, "status"), "Success");
  EXPECT_EQ(text_at(pod, "spec.nodeName"), "n1");
  EXPECT_EQ(text_at(pod, "metadata.labels.a"), "b");
  EXPECT_EQ(text_in(array_at(pod, "status.conditions")[0].get_object(), "type"), "PodScheduled");
  const auto again = world.post("Binding", "", {"t", "p"}, binding);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->status, 409);
  EXPECT_EQ(
      text_in(again->object, "message"),
      "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node "
      "\"n1\"");
  EXPECT_EQ(text_at(again->object, "details.kind"), "pods/binding");
  const auto nowhere =
      world.post("Pod", "binding", {"t", "p"}, parse(R"({"target":{"kind":"Pod"}})"));
  EXPECT_EQ(text_in(nowhere->object, "message"),
            "[target.kind: Unsupported value: \"Pod\": supported values: \"Node\", \"<empty>\", "
            "target.name: Required value]");
}

TEST(Evictions, StopAtABudget) {
  World world;
  json::object pod;
  std::vector<std::string> removed;
  world.services.pods = writes_on(pod, removed);
  world.serve();
  json::object running = pod_named("p");
  running["metadata"] = json::object{{"name", "p"}, {"labels", {{"app", "x"}}}};
  const auto created = create(world, running);
  json::object started = created.object;
  started["status"] = json::object{{"phase", "Running"}};
  ASSERT_FALSE(world.update(world.resource_of("Pod"), started, created.object, "status").refused);
  const auto budget = create(world, named("PodDisruptionBudget", "b",
                                          parse(R"({"selector":{"matchLabels":{"app":"x"}}})")));
  ASSERT_FALSE(budget.refused);
  const auto cause = [&] {
    const auto refused = world.post("Pod", "eviction", {"t", "p"}, parse("{}"));
    EXPECT_EQ(refused->status, 429);
    EXPECT_EQ(text_in(refused->object, "message"),
              "Cannot evict pod as it would violate the pod's disruption budget.");
    return std::string(
        text_in(array_at(refused->object, "details.causes")[0].get_object(), "message"));
  };
  EXPECT_EQ(cause(), "The disruption budget b is still being processed by the server.");
  json::object counted = budget.object;
  counted["status"] = parse(
      R"({"observedGeneration":1,"desiredHealthy":2,"currentHealthy":1,"disruptionsAllowed":0})");
  const auto& budgets = world.resource_of("PodDisruptionBudget");
  const auto full = world.update(budgets, counted, budget.object, "status");
  EXPECT_EQ(cause(), "The disruption budget b needs 2 healthy pods and has 1 currently");
  counted["status"].get_object()["disruptionsAllowed"] = 1;
  ASSERT_FALSE(world.update(budgets, counted, full.object, "status").refused);
  EXPECT_EQ(world.post("Pod", "eviction", {"t", "p"}, parse("{}"))->status, 201);
  ASSERT_FALSE(create(world, pod_named("free")).refused);
  EXPECT_TRUE(world
                  .post("Pod", "eviction", {"t", "free"},
                        parse(R"({"deleteOptions":{"gracePeriodSeconds":3}})"))
                  .has_value());
  EXPECT_EQ(removed, (std::vector<std::string>{"p {}", "free {\"gracePeriodSeconds\":3}"}));
  EXPECT_EQ(world.post("Pod", "eviction", {"t", "none"}, {})->status, 404);
}

// --- namespaces, secrets ---

TEST(Namespaces, StayUntilTheirContentIsGone) {
  World world;
  const Strategy& namespaces = *world.resource_of("Namespace").strategy;
  json::object ns = create(world, named("Namespace", "x"), "").object;
  EXPECT_EQ(text_at(ns, "status.phase"), "Active");
  EXPECT_FALSE(namespaces.may_remove(ns));
  const Caller caller;
  const WriteContext context{
      .resource = world.resource_of("Namespace"), .caller = caller, .now = world.now()};
  EXPECT_TRUE(namespaces.check_delete(ns, context).has_value());
  namespaces.begin_delete(ns, context);
  EXPECT_EQ(text_at(ns, "status.phase"), "Terminating");
  ns["spec"] = json::object();
  EXPECT_TRUE(namespaces.may_remove(ns));
  EXPECT_FALSE(namespaces.check_delete(named("Namespace", "kube-system"), context).has_value());
}

TEST(Secrets, TakeTextsAsData) {
  World world;
  json::object secret{{"kind", "Secret"},
                      {"metadata", {{"name", "s"}}},
                      {"stringData", {{"a", "text"}}},
                      {"data", {{"a", "b2xk"}, {"b", "eA=="}}}};
  const auto made = create(world, std::move(secret));
  ASSERT_FALSE(made.refused) << message(made);
  EXPECT_TRUE(equal_json(made.object.at("data"), parse(R"({"a":"dGV4dA==","b":"eA=="})")));
  EXPECT_FALSE(made.object.contains("stringData"));
}

// --- questions ---

TEST(Reviews, SayWhoAsks) {
  World world;
  world.become({.name = "bob", .uid = "1", .groups = {"devs"}, .extra = {{"k", {"v"}}}});
  const auto answer = world.post("SelfSubjectReview", "", {}, parse("{}"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(equal_json(answer->object.at("status"),
                         parse(R"({"userInfo":{"username":"bob","uid":"1","groups":["devs"],
                                   "extra":{"k":["v"]}}})")));
}

TEST(Reviews, AskTheAuthorizerAboutTheRightUser) {
  World world;
  std::string asked;
  world.services.authorize = [&](const Attributes& a) {
    asked = fmt::format("{} {} {}/{}/{} {} {}", a.user.name, a.verb, a.group, a.resource,
                        a.subresource, a.ns, a.path);
    return Decision{.allowed = a.user.name == "bob", .reason = "because"};
  };
  world.serve();
  world.become({.name = "bob"});
  const auto self = world.post(
      "SelfSubjectAccessReview", "", {},
      parse(R"({"spec":{"resourceAttributes":{"verb":"get","group":"apps","resource":"deployments",
               "subresource":"scale","namespace":"n"}}})"));
  EXPECT_EQ(asked, "bob get apps/deployments/scale n ");
  EXPECT_TRUE(
      equal_json(self->object.at("status"), parse(R"({"allowed":true,"reason":"because"})")));
  const auto other = world.post(
      "SubjectAccessReview", "", {},
      parse(R"({"spec":{"user":"eve","nonResourceAttributes":{"verb":"get","path":"/x"}}})"));
  EXPECT_EQ(asked, "eve get //  /x");
  EXPECT_FALSE(true_in(object_in(other->object, "status"), "allowed"));
  const auto refusal = [&](std::string_view kind, std::string_view body) {
    const auto answered = world.post(kind, "", {"n", ""}, parse(body));
    EXPECT_EQ(answered->status, 422);
    return std::string(text_in(answered->object, "message"));
  };
  EXPECT_EQ(
      refusal("SubjectAccessReview", R"({"spec":{"nonResourceAttributes":{"path":"/x"}}})"),
      ".authorization.k8s.io \"\" is invalid: spec.user: Invalid value: \"\": at least one of "
      "user or group must be specified");
  EXPECT_EQ(
      refusal("LocalSubjectAccessReview",
              R"({"spec":{"user":"eve","resourceAttributes":{"namespace":"m"}}})"),
      ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes.namespace: Invalid value: "
      "\"m\": must match metadata.namespace");
}

TEST(Tokens, AreIssuedForAccountsThatExist) {
  World world;
  TokenClaims issued;
  world.services.issue_token = [&](TokenClaims& claims) {
    issued = claims;
    return std::string("the-token");
  };
  world.serve();
  json::object account{{"kind", "ServiceAccount"}, {"metadata", {{"name", "robot"}}}};
  const auto made = create(world, std::move(account));
  const auto answer = world.post("ServiceAccount", "token", {"t", "robot"},
                                 parse(R"({"spec":{"expirationSeconds":600,"audiences":["a"]}})"));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(text_at(answer->object, "status.token"), "the-token");
  EXPECT_EQ(issued.account.name, "robot");
  EXPECT_EQ(issued.account.uid, text_at(made.object, "metadata.uid"));
  EXPECT_EQ(issued.audiences, std::vector<std::string>{"a"});
  EXPECT_EQ(issued.expires_at - issued.issued_at, seconds(600));
  const auto refusal = [&](std::string_view name, std::string_view body) {
    const auto answered =
        world.post("ServiceAccount", "token", {"t", std::string(name)}, parse(body));
    EXPECT_GE(answered->status, 400);
    return std::string(text_in(answered->object, "message"));
  };
  EXPECT_EQ(refusal("none", "{}"), "serviceaccounts \"none\" not found");
  EXPECT_EQ(refusal("robot", R"({"spec":{"expirationSeconds":5}})"),
            "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid "
            "value: 5: may not specify a duration less than 10 minutes");
  EXPECT_EQ(refusal("robot", R"({"spec":{"boundObjectRef":{"kind":"Pod","name":"p"}}})"),
            "pods \"p\" not found");
}

TEST(Bootstrap, HasTheNamespacesAndTheServiceThatClientsExpect) {
  World world;
  std::vector<std::string> names;
  for (json::object& ns : bootstrap_namespaces()) {
    const auto made = create(world, std::move(ns), "");
    ASSERT_FALSE(made.refused);
    names.emplace_back(text_at(made.object, "metadata.name"));
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"kube-system", "kube-public", "kube-node-lease", "default"}));
  const auto service =
      create(world, bootstrap_service(world.services.service_range, 6443), "default");
  ASSERT_FALSE(service.refused) << message(service);
  EXPECT_EQ(text_at(service.object, "spec.clusterIP"), "10.96.0.1");
}

}  // namespace
}  // namespace dynamod::apiserver
