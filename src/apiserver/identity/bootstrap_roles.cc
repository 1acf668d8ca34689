// Kubernetes' default roles, as far as they are for users: a role is a list of rules, a rule one
// line. Roles of components that do not run here (scheduler, kubelet, ...) are left out.
#include "apiserver/identity/bootstrap_roles.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "apiserver/identity/rbac.h"

namespace dynamod::apiserver {

namespace {

// Lists are separated by blanks; the group "-" is the core group.
struct RuleFacts {
  std::string_view groups;
  std::string_view resources;
  std::string_view urls;
  std::string_view verbs;
};

struct RoleFacts {
  std::string_view name;
  std::vector<RuleFacts> rules = {};
  std::string_view aggregates_to = {};  // "view": counts for roles that aggregate it
  std::string_view aggregates = {};     // "view": is made of those that count for it
};

constexpr std::string_view kRead = "get list watch";
constexpr std::string_view kWrite = "create delete deletecollection patch update";
constexpr std::string_view kReadWrite =
    "create delete deletecollection get list patch update watch";

std::vector<RuleFacts> view_rules() {
  return {
      {"-",
       "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods "
       "replicationcontrollers replicationcontrollers/scale serviceaccounts services "
       "services/status",
       "", kRead},
      {"-",
       "bindings limitranges namespaces/status pods/log pods/status "
       "replicationcontrollers/status resourcequotas resourcequotas/status",
       "", kRead},
      {"-", "namespaces", "", kRead},
      {"- events.k8s.io", "events", "", kRead},
      {"discovery.k8s.io", "endpointslices", "", kRead},
      {"apps",
       "controllerrevisions daemonsets daemonsets/status deployments deployments/scale "
       "deployments/status replicasets replicasets/scale replicasets/status statefulsets "
       "statefulsets/scale statefulsets/status",
       "", kRead},
      {"autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", "", kRead},
      {"batch", "cronjobs cronjobs/status jobs jobs/status", "", kRead},
      {"extensions",
       "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses "
       "ingresses/status networkpolicies replicasets replicasets/scale replicasets/status "
       "replicationcontrollers/scale",
       "", kRead},
      {"policy", "poddisruptionbudgets poddisruptionbudgets/status", "", kRead},
      {"networking.k8s.io", "ingresses ingresses/status networkpolicies", "", kRead},
      {"resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates", "", kRead},
  };
}

std::vector<RuleFacts> edit_rules() {
  return {
      {"-", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", "", kRead},
      {"-", "serviceaccounts", "", "impersonate"},
      {"-", "pods pods/attach pods/exec pods/portforward pods/proxy", "", kWrite},
      {"-", "pods/eviction", "", "create"},
      {"-",
       "configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale "
       "secrets serviceaccounts services services/proxy",
       "", kWrite},
      {"-", "serviceaccounts/token", "", "create"},
      {"- events.k8s.io", "events", "", kWrite},
      {"apps",
       "daemonsets deployments deployments/rollback deployments/scale replicasets "
       "replicasets/scale statefulsets statefulsets/scale",
       "", kWrite},
      {"autoscaling", "horizontalpodautoscalers", "", kWrite},
      {"batch", "cronjobs jobs", "", kWrite},
      {"extensions",
       "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies "
       "replicasets replicasets/scale replicationcontrollers/scale",
       "", kWrite},
      {"policy", "poddisruptionbudgets", "", kWrite},
      {"networking.k8s.io", "ingresses networkpolicies", "", kWrite},
      {"coordination.k8s.io", "leases", "", kReadWrite},
      {"resource.k8s.io", "resourceclaims resourceclaimtemplates", "", kWrite},
  };
}

std::vector<RoleFacts> role_facts() {
  return {
      {"cluster-admin", {{"*", "*", "", "*"}, {"", "", "*", "*"}}},
      {"system:aggregate-to-admin",
       {{"authorization.k8s.io", "localsubjectaccessreviews", "", "create"},
        {"rbac.authorization.k8s.io", "rolebindings roles", "", kReadWrite}},
       "admin"},
      {"system:aggregate-to-edit", edit_rules(), "edit"},
      {"system:aggregate-to-view", view_rules(), "view"},
      {"view", {}, "edit", "view"},
      {"edit", {}, "admin", "edit"},
      {"admin", {}, "", "admin"},
      {"system:auth-delegator",
       {{"authentication.k8s.io", "tokenreviews", "", "create"},
        {"authorization.k8s.io", "subjectaccessreviews", "", "create"}}},
      {"system:basic-user",
       {{"authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "", "create"},
        {"authentication.k8s.io", "selfsubjectreviews", "", "create"}}},
      {"system:discovery",
       {{"", "",
         "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
         "get"}}},
      {"system:monitoring",
       {{"", "",
         "/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* "
         "/statusz",
         "get"},
        {"-", "nodes/metrics", "", "get"}}},
      {"system:public-info-viewer",
       {{"", "", "/healthz /livez /readyz /version /version/", "get"}}},
      {"system:service-account-issuer-discovery",
       {{"", "",
         "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks "
         "/openid/v1/jwks/",
         "get"}}},
  };
}

struct BindingFacts {
  std::string_view role;    // and the name of the binding
  std::string_view groups;  // its subjects
};

constexpr std::array kBindings = {
    BindingFacts{"cluster-admin", "system:masters"},
    BindingFacts{"system:basic-user", "system:authenticated"},
    BindingFacts{"system:discovery", "system:authenticated"},
    BindingFacts{"system:monitoring", "system:monitoring"},
    BindingFacts{"system:public-info-viewer", "system:authenticated system:unauthenticated"},
    BindingFacts{"system:service-account-issuer-discovery", "system:serviceaccounts"},
};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto blank = text.find(' ');
    words.emplace_back(text.substr(0, blank));
    if (blank == std::string_view::npos) break;
    text.remove_prefix(blank + 1);
  }
  for (std::string& word : words)
    if (word == "-") word.clear();
  return words;
}

std::string aggregation_label(std::string_view target) {
  return fmt::format("{}/aggregate-to-{}", kRbacGroup, target);
}

json::object metadata_of(std::string_view name) {
  return {{"name", name},
          {"labels", json::object{{"kubernetes.io/bootstrapping", "rbac-defaults"}}},
          {"annotations", json::object{{"rbac.authorization.kubernetes.io/autoupdate", "true"}}}};
}

json::object role_object(const RoleFacts& facts) {
  json::object role{{"kind", "ClusterRole"}, {"apiVersion", "rbac.authorization.k8s.io/v1"}};
  json::object& metadata = role["metadata"].emplace_object();
  metadata = metadata_of(facts.name);
  if (!facts.aggregates_to.empty())
    metadata["labels"].get_object()[aggregation_label(facts.aggregates_to)] = "true";
  PolicyRules rules;
  for (const RuleFacts& rule : facts.rules) {
    rules.push_back({.verbs = words_of(rule.verbs),
                     .api_groups = words_of(rule.groups),
                     .resources = words_of(rule.resources),
                     .non_resource_urls = words_of(rule.urls)});
  }
  if (facts.aggregates.empty()) {
    role["rules"] = rules_json(rules);
    return role;
  }
  const json::object labels{{aggregation_label(facts.aggregates), "true"}};
  role["aggregationRule"] =
      json::object{{"clusterRoleSelectors", json::array{json::object{{"matchLabels", labels}}}}};
  return role;
}

}  // namespace

std::vector<json::object> bootstrap_cluster_roles() {
  std::vector<json::object> objects;
  std::vector<Role> roles;
  for (const RoleFacts& facts : role_facts()) {
    objects.push_back(role_object(facts));
    roles.push_back(role_of(objects.back()));
  }
  std::vector<const Role*> all;
  for (const Role& role : roles) all.push_back(&role);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (!roles[i].aggregates.empty())
      objects[i]["rules"] = rules_json(aggregated_rules(roles[i], all));
  }
  return objects;
}

std::vector<json::object> bootstrap_cluster_role_bindings() {
  std::vector<json::object> objects;
  for (const BindingFacts& facts : kBindings) {
    json::array subjects;
    for (const std::string& group : words_of(facts.groups))
      subjects.push_back(
          json::object{{"kind", "Group"}, {"apiGroup", kRbacGroup}, {"name", group}});
    objects.push_back(
        {{"kind", "ClusterRoleBinding"},
         {"apiVersion", "rbac.authorization.k8s.io/v1"},
         {"metadata", metadata_of(facts.role)},
         {"subjects", std::move(subjects)},
         {"roleRef",
          json::object{{"apiGroup", kRbacGroup}, {"kind", "ClusterRole"}, {"name", facts.role}}}});
  }
  return objects;
}

}  // namespace dynamod::apiserver
