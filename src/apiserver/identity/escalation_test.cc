// Who may write which role or binding, held against what kube-apiserver said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apiserver/identity/authorizer.h"
#include "apiserver/identity/bootstrap_roles.h"
#include "apiserver/identity/identity_fixture.h"

namespace dynamod::apiserver {
namespace {

constexpr std::string_view kSumOfNothing =
    "{'kind':'ClusterRole','metadata':{'name':'change-sum'},'aggregationRule':"
    "{'clusterRoleSelectors':[{'matchLabels':{'none':'x'}}]}}";

class EscalationTest : public IdentityTest {
 protected:
  EscalationTest() {
    put_all(bootstrap_cluster_roles());
    put_all(bootstrap_cluster_role_bindings());
    for (const json::value& object : read_recorded("decisions").at("objects").get_array())
      put(object.get_object());
    put(std::string(kSumOfNothing));
  }

  Result<> check(const User& user, const json::object& object) {
    if (string_at(object, "kind").ends_with("Binding"))
      return check_binding_write(*authorizer, user, binding_of(object));
    const Role before = role_of(
        decode_json(
            store->find("clusterroles.rbac.authorization.k8s.io", {"", "change-sum"})->bytes)
            ->get_object());
    const Role role = role_of(object);
    const bool changes = role.key == before.key;
    if (changes) return check_role_write(*authorizer, {user, role, &before});
    return check_role_write(*authorizer, {user, role});
  }

  std::unique_ptr<Authorizer> authorizer = make_rbac_authorizer(*store);
};

TEST_F(EscalationTest, SpeaksAsKubernetesDoes) {
  std::size_t checked = 0;
  const json::value recorded = read_recorded("writes");
  for (const json::value& item : recorded.get_array()) {
    const json::object& write = item.get_object();
    const std::int64_t code = write.at("code").get_int64();
    if (code == 422) continue;  // validation refuses it later
    SCOPED_TRACE(string_at(write, "user") + " " + encode_json(write.at("object")));
    const Result<> outcome = check(recorded_user(write), write.at("object").get_object());
    ++checked;
    ASSERT_EQ(outcome.has_value(), code < 300) << write.at("message").get_string();
    if (outcome) continue;
    EXPECT_EQ(outcome.error().message, string_at(write, "message"));
    EXPECT_EQ(outcome.error().kind, code == 404 ? Error::Kind::kNotFound : Error::Kind::kForbidden);
  }
  EXPECT_GT(checked, 70U);
}

TEST_F(EscalationTest, ARightToEscalateOneRoleNeedsItsNameInThePath) {
  const User escalator{.name = "escalator"};
  const Role giant{.key = {"", "giant"},
                   .rules = {{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}}}};
  EXPECT_FALSE(check_role_write(*authorizer, {.user = escalator, .role = giant}));
  EXPECT_TRUE(
      check_role_write(*authorizer, {.user = escalator, .role = giant, .path_name = "giant"}));
}

TEST(Rights, AreCoveredOneByOne) {
  const auto rule = [](std::vector<std::string> verbs, std::vector<std::string> groups,
                       std::vector<std::string> resources, std::vector<std::string> names = {}) {
    return PolicyRule{std::move(verbs), std::move(groups), std::move(resources), std::move(names)};
  };
  const auto url = [](std::string path) {
    return PolicyRule{.verbs = {"get"}, .non_resource_urls = {std::move(path)}};
  };

  const struct {
    PolicyRules held;
    PolicyRules wanted;
    bool covered;
  } rows[] = {
      {{}, {}, true},
      {{}, {rule({"get"}, {""}, {"pods"})}, false},
      {{rule({"*"}, {"*"}, {"*"})}, {rule({"get"}, {"x"}, {"a", "b/c"}, {"n"})}, true},
      {{rule({"*"}, {"*"}, {"*"})}, {url("/x")}, false},
      {{rule({"get"}, {""}, {"*/log"})}, {rule({"get"}, {""}, {"pods/log"})}, true},
      {{rule({"get"}, {""}, {"*/log"})}, {rule({"get"}, {""}, {"pods"})}, false},
      {{rule({"get"}, {""}, {"pods"})}, {rule({"get"}, {""}, {"pods/log"})}, false},
      {{rule({"get"}, {""}, {"pods"})}, {rule({"*"}, {""}, {"pods"})}, false},
      {{rule({"get"}, {""}, {"pods"}, {"a"})}, {rule({"get"}, {""}, {"pods"})}, false},
      {{rule({"get"}, {""}, {"pods"})}, {rule({"get"}, {""}, {"pods"}, {"a"})}, true},
      {{rule({"get"}, {""}, {"pods"}, {"a"}), rule({"get"}, {""}, {"pods"}, {"b"})},
       {rule({"get"}, {""}, {"pods"}, {"a", "b"})},
       true},
      {{rule({"get"}, {""}, {"pods"}), rule({"list"}, {""}, {"pods"})},
       {rule({"get", "list"}, {""}, {"pods"})},
       true},
      {{url("/a/*")}, {url("/a/b"), url("/a/b/*"), url("/a/*")}, true},
      {{url("/a/*")}, {url("/a")}, false},
      {{url("/a/b")}, {url("/a/*")}, false},
      {{url("*")}, {url("/a"), url("*")}, true},
  };

  for (const auto& row : rows) {
    SCOPED_TRACE(encode_json(rules_json(row.held)) + " " + encode_json(rules_json(row.wanted)));
    EXPECT_EQ(uncovered(row.held, row.wanted).empty(), row.covered);
  }
}

}  // namespace
}  // namespace dynamod::apiserver
