// RBAC over a store, held against what kube-apiserver decided; and what changes in the store.
#include "apiserver/identity/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apiserver/identity/bootstrap_roles.h"
#include "apiserver/identity/identity_fixture.h"

namespace dynamod::apiserver {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuthorizerTest : public IdentityTest {
 protected:
  [[nodiscard]] std::string decide(Attributes attributes) {
    const Decision decision = authorizer->authorize(attributes);
    std::string text = decision.allowed ? "yes" : "no";
    return decision.reason.empty() ? text : text + " " + decision.reason;
  }

  std::unique_ptr<Authorizer> authorizer = make_rbac_authorizer(*store);
};

// {"resourceAttributes": {...}} or {"nonResourceAttributes": {...}}
Attributes attributes_of(const json::object& question) {
  if (const json::value* place = question.if_contains("nonResourceAttributes")) {
    return {
        .verb = string_at(*place, "verb"), .is_resource = false, .path = string_at(*place, "path")};
  }
  const json::value& place = question.at("resourceAttributes");
  return {.verb = string_at(place, "verb"),
          .group = string_at(place, "group"),
          .resource = string_at(place, "resource"),
          .subresource = string_at(place, "subresource"),
          .name = string_at(place, "name"),
          .ns = string_at(place, "namespace")};
}

TEST_F(AuthorizerTest, DecidesAsKubernetesDoes) {
  const json::value recorded = read_recorded("decisions");
  put_all(bootstrap_cluster_roles());
  put_all(bootstrap_cluster_role_bindings());
  for (const json::value& object : recorded.at("objects").get_array()) put(object.get_object());

  std::size_t other_reasons = 0;
  const json::array& people = recorded.at("people").get_array();
  const json::array& questions = recorded.at("questions").get_array();
  for (std::size_t who = 0; who < people.size(); ++who) {
    for (std::size_t what = 0; what < questions.size(); ++what) {
      SCOPED_TRACE(encode_json(people[who]) + " " + encode_json(questions[what]));
      Attributes attributes = attributes_of(questions[what].get_object());
      attributes.user = recorded_user(people[who].get_object());
      const std::string expected(recorded.at("answers").at(who).at(what).get_string());
      const std::string decided = decide(std::move(attributes));
      EXPECT_EQ(decided.substr(0, 3), expected.substr(0, 3));
      if (decided != expected) ++other_reasons;
    }
  }
  EXPECT_GT(people.size() * questions.size(), 700U);
  // Where several bindings allow it, Kubernetes names any.
  EXPECT_LT(other_reasons, 30U);
}

TEST_F(AuthorizerTest, AggregatesAsKubernetesDoes) {
  const json::value recorded = read_recorded("decisions");
  std::vector<Role> roles;
  for (const json::value& object : recorded.at("objects").get_array()) {
    put(object.get_object());
    if (string_at(object, "kind") == "ClusterRole") roles.push_back(role_of(object.get_object()));
  }
  for (const auto& [name, rules] : recorded.at("aggregated").get_object()) {
    const auto role = std::ranges::find(roles, name, [](const Role& r) { return r.key.name; });
    ASSERT_NE(role, roles.end());
    EXPECT_THAT(authorizer->aggregated(*role),
                ::testing::UnorderedElementsAreArray(rules_of(rules)))
        << name;
  }
}

TEST_F(AuthorizerTest, StartsWithTheRolesOfKubernetes) {
  const json::value recorded = read_recorded("defaults");
  const auto by_name = [](const std::vector<json::object>& objects) {
    std::map<std::string, const json::object*> named;
    for (const json::object& object : objects) named[string_at(object, "metadata.name")] = &object;
    return named;
  };
  const auto roles = bootstrap_cluster_roles();
  const auto bindings = bootstrap_cluster_role_bindings();
  const auto ours = by_name(roles);
  for (const json::value& role : recorded.at("roles").get_array()) {
    const std::string name = string_at(role, "metadata.name");
    SCOPED_TRACE(name);
    ASSERT_TRUE(ours.contains(name));
    const json::object& object = *ours.at(name);
    EXPECT_THAT(rules_of(object.at("rules")),
                ::testing::UnorderedElementsAreArray(rules_of(role.at("rules"))));
    EXPECT_EQ(encode_json(object.at("metadata")), encode_json(role.at("metadata")));
  }
  EXPECT_EQ(ours.size(), recorded.at("roles").get_array().size());

  const auto our_bindings = by_name(bindings);
  for (const json::value& binding : recorded.at("bindings").get_array()) {
    const std::string name = string_at(binding, "metadata.name");
    ASSERT_TRUE(our_bindings.contains(name)) << name;
    json::object object = *our_bindings.at(name);
    object.erase("kind");  // items of a list bear none
    object.erase("apiVersion");
    EXPECT_EQ(json::value(object), binding) << name;
  }
  EXPECT_EQ(our_bindings.size(), recorded.at("bindings").get_array().size());
}

constexpr auto kRole =
    "{'kind':'ClusterRole','metadata':{'name':'r'},"
    "'rules':[{'verbs':['get'],'apiGroups':[''],'resources':['pods']}]}";
constexpr auto kBinding =
    "{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'ClusterRole','name':"
    "'r'},'subjects':[{'kind':'User','name':'bob'}]}";
const Attributes kBobGetsPods{
    .user = {.name = "bob"}, .verb = "get", .resource = "pods", .ns = "a"};

TEST_F(AuthorizerTest, SeesEveryChangeAtOnce) {
  EXPECT_EQ(decide(kBobGetsPods), "no");
  put(kBinding);
  EXPECT_EQ(decide(kBobGetsPods),
            R"(no RBAC: clusterrole.rbac.authorization.k8s.io "r" not found)");
  put(kRole);
  EXPECT_EQ(decide(kBobGetsPods),
            R"(yes RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "bob")");
  put("{'kind':'ClusterRole','metadata':{'name':'r'},'rules':[]}");
  EXPECT_EQ(decide(kBobGetsPods), "no");
  put(kRole);
  remove("clusterrolebindings.rbac.authorization.k8s.io", {"", "b"});
  EXPECT_EQ(decide(kBobGetsPods), "no");
}

TEST_F(AuthorizerTest, CatchesUpAfterMoreChangesThanTheHistoryKeeps) {
  authorizer.reset();
  store = make_memory_store(loop.executor(), loop, StoreLimits{.history_changes_max = 2});
  authorizer = make_rbac_authorizer(*store);
  EXPECT_EQ(decide(kBobGetsPods), "no");
  for (int i = 0; i < 10; ++i) {
    put(kBinding);
    put(kRole);
  }
  EXPECT_TRUE(authorizer->authorize(kBobGetsPods).allowed);
}

TEST_F(AuthorizerTest, AMalformedObjectGrantsNothing) {
  put(kBinding);
  for (const std::string_view rules :
       {"null", "{}", "[null]", "[{'verbs':'*'}]", "[{'verbs':['*'],'apiGroups':'*'}]",
        "[{'verbs':[1],'apiGroups':[''],'resources':['pods']}]"}) {
    put(fmt::format("{{'kind':'ClusterRole','metadata':{{'name':'r'}},'rules':{}}}", rules));
    EXPECT_EQ(decide(kBobGetsPods), "no") << rules;
  }
  put("clusterroles.rbac.authorization.k8s.io", {"", "r"}, "u", "no JSON");
  EXPECT_FALSE(authorizer->authorize(kBobGetsPods).allowed);
}

TEST_F(AuthorizerTest, AggregationEndsInACircle) {
  const auto role = [](std::string_view name, std::string_view selects) {
    return fmt::format(
        "{{'kind':'ClusterRole','metadata':{{'name':'{0}','labels':{{'is':'{0}'}}}},"
        "'aggregationRule':{{'clusterRoleSelectors':[{{'matchLabels':{{'is':'{1}'}}}}]}}}}",
        name, selects);
  };
  put(role("r", "s"));
  put(role("s", "r"));
  put(kBinding);
  EXPECT_EQ(decide(kBobGetsPods), "no");
}

TEST_F(AuthorizerTest, RulesAreThoseOfTheNamespaceAndOfTheCluster) {
  put(kRole);
  put(kBinding);
  put("{'kind':'Role','metadata':{'name':'local','namespace':'a'},"
      "'rules':[{'verbs':['get'],'nonResourceURLs':['/x']}]}");
  put("{'kind':'RoleBinding','metadata':{'name':'b','namespace':'a'},'roleRef':{'kind':'Role',"
      "'name':'local'},'subjects':[{'kind':'User','name':'bob'}]}");
  const User bob{.name = "bob"};
  const PolicyRule pods{.verbs = {"get"}, .api_groups = {""}, .resources = {"pods"}};
  const PolicyRule path{.verbs = {"get"}, .non_resource_urls = {"/x"}};
  EXPECT_THAT(authorizer->rules_for(bob, "a"), ElementsAre(pods, path));
  EXPECT_THAT(authorizer->rules_for(bob, "b"), ElementsAre(pods));
  EXPECT_THAT(authorizer->rules_for(bob, ""), ElementsAre(pods));
  EXPECT_THAT(authorizer->rules_for({.name = "eve"}, "a"), IsEmpty());
  EXPECT_EQ(
      encode_json(rules_review_status({pods, path})),
      R"({"resourceRules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}],)"
      R"("nonResourceRules":[{"nonResourceURLs":["/x"],"verbs":["get"]}],"incomplete":false})");
}

}  // namespace
}  // namespace dynamod::apiserver
