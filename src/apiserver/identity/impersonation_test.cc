// Acting as others, held against what kube-apiserver said to callers with different rights.
#include "apiserver/identity/impersonation.h"

#include <gtest/gtest.h>

#include "apiserver/identity/identity_fixture.h"

namespace dynamod::apiserver {
namespace {

class ImpersonationTest : public IdentityTest {
 protected:
  void grant(std::string_view name, const json::value& rules) {
    put(json::object{
        {"kind", "ClusterRole"}, {"metadata", json::object{{"name", name}}}, {"rules", rules}});
    put(
        fmt::format("{{'kind':'ClusterRoleBinding','metadata':{{'name':'{0}'}},'roleRef':{{'kind':"
                    "'ClusterRole','name':'{0}'}},'subjects':[{{'kind':'Group','name':'{0}'}},{{'"
                    "kind':'User','name':'{0}'}}]}}",
                    name));
  }

  std::unique_ptr<Authorizer> authorizer = make_rbac_authorizer(*store);
};

User caller_of(const json::object& recorded) {
  const std::string name = string_at(recorded, "caller");
  return {.name = name,
          .uid = "uid-" + name,
          .groups = {string_at(recorded, "group"), "system:authenticated"}};
}

// The request that was made: a SelfSubjectReview if not another is named.
Attributes request_of(const json::object& recorded) {
  const json::value* other = recorded.if_contains("request");
  if (!other)
    return {.verb = "create", .group = "authentication.k8s.io", .resource = "selfsubjectreviews"};
  const std::string path = string_at(*other, "path");
  return {.verb = string_at(*other, "verb"),
          .is_resource = path.empty(),
          .resource = string_at(*other, "resource"),
          .subresource = string_at(*other, "subresource"),
          .name = string_at(*other, "name"),
          .ns = string_at(*other, "namespace"),
          .path = path};
}

http::Headers headers_of(const json::object& recorded) {
  http::Headers headers;
  for (const json::value& field : recorded.at("headers").get_array())
    headers.add(std::string(field.at(0).get_string()), std::string(field.at(1).get_string()));
  return headers;
}

TEST_F(ImpersonationTest, AllowsAndRefusesAsKubernetesDoes) {
  const json::value recorded = read_recorded("impersonation");
  for (const auto& [name, rules] : recorded.at("callers").get_object()) grant(name, rules);
  for (const json::value& item : recorded.at("requests").get_array()) {
    const json::object& row = item.get_object();
    SCOPED_TRACE(encode_json(json::value(row)));
    Attributes request = request_of(row);
    request.user = caller_of(row);
    const auto acting = acting_user(*authorizer, request, headers_of(row));

    const std::int64_t code = row.at("code").get_int64();
    const std::string message = string_at(row, "message");
    if (code == 201) {
      ASSERT_TRUE(acting) << acting.error().message;
      EXPECT_TRUE(equal_json(json::value(user_info_json(*acting)), row.at("user")));
    } else if (code == 400) {  // there it shows its program's insides
      ASSERT_FALSE(acting);
      EXPECT_EQ(acting.error().kind, Error::Kind::kBadRequest);
    } else if (message.find("User \"jane\" cannot") != std::string::npos ||
               message.find("User \"system:anonymous\" cannot") != std::string::npos ||
               message.find("User \"john\" cannot") != std::string::npos) {
      EXPECT_TRUE(acting) << "refused later, as the other";
    } else {
      ASSERT_FALSE(acting);
      EXPECT_EQ(acting.error().kind, Error::Kind::kForbidden);
      EXPECT_EQ(acting.error().message, message);
    }
  }
}

TEST_F(ImpersonationTest, APodBecomesItsOwnNodeAlone) {
  grant("system:serviceaccount:a:agent",
        *decode_json(R"([{"verbs": ["impersonate:associated-node"], "resources": ["nodes"],
                          "apiGroups": ["authentication.k8s.io"]},
                         {"verbs": ["impersonate-on:associated-node:list"], "resources": ["pods"],
                          "apiGroups": [""]}])"));
  Attributes request{
      .user = {.name = "system:serviceaccount:a:agent"}, .verb = "list", .resource = "pods"};
  request.user.extra["authentication.kubernetes.io/node-name"] = {"n1"};
  const auto own = acting_user(*authorizer, request, {{"Impersonate-User", "system:node:n1"}});
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->groups, (std::vector<std::string>{"system:nodes", "system:authenticated"}));
  EXPECT_FALSE(acting_user(*authorizer, request, {{"Impersonate-User", "system:node:n2"}}));
  request.verb = "get";
  EXPECT_FALSE(acting_user(*authorizer, request, {{"Impersonate-User", "system:node:n1"}}));
}

TEST_F(ImpersonationTest, ConstrainedModesNeverGiveMasters) {
  grant("bob", *decode_json(R"([{"verbs": ["impersonate:user-info", "impersonate-on:user-info:get"],
                                 "resources": ["*"], "apiGroups": ["*"]}])"));
  const Attributes request{.user = {.name = "bob"}, .verb = "get", .resource = "pods"};

  const struct {
    http::Headers headers;
    std::string_view why;  // "" allowed
  } rows[] = {
      {{{"Impersonate-Group", "team"}}, ""},
      {{{"Impersonate-Group", "team"}, {"impersonate-group", "system:masters"}},
       "impersonating the system:masters group is not allowed"},
      {{{"Impersonate-Group", ""}}, "impersonating the empty string group is not allowed"},
      {{{"Impersonate-Extra-example.com%2Fscope", "s"}}, ""},
      {{{"Impersonate-Extra-", "s"}}, "the empty string key in extra is not allowed"},
      {{{"Impersonate-Extra-example.com%2Fscope", ""}},
       "the empty string value in extra is not allowed"},
      {{{"Impersonate-Extra-scope", "s"}},
       R"(extra.key: Invalid value: "scope": must be a domain-prefixed path)"},
  };

  for (const auto& row : rows) {
    http::Headers headers = row.headers;
    headers.add("Impersonate-User", "jane");
    const auto acting = acting_user(*authorizer, request, headers);
    ASSERT_EQ(acting.has_value(), row.why.empty()) << row.why;
    if (!acting)
      EXPECT_NE(acting.error().message.find(row.why), std::string::npos) << acting.error().message;
  }
}

}  // namespace
}  // namespace dynamod::apiserver
