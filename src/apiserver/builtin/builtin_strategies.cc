// Which strategy serves which built-in resource, and what a new server starts with.
#include "apiserver/builtin/builtin_strategies.h"

#include <map>

#include "apiserver/builtin/address_range.h"
#include "apiserver/builtin/builtin_strategy.h"
#include "apiserver/builtin/columns.h"

namespace dynamod::apiserver {

namespace {

bool is_access(std::string_view kind) {
  return kind == "Role" || kind == "ClusterRole" || kind == "RoleBinding" ||
         kind == "ClusterRoleBinding";
}

std::shared_ptr<const Strategy> make_strategy(const kube::BuiltinResource& resource,
                                              const BuiltinServices& services) {
  const std::string_view kind = resource.kind;
  if (kind == "Binding") return make_binding_strategy(services);
  if (resource.verbs == kube::kVerbCreate) return make_review_strategy(kind, services);
  if (kind == "Pod") return make_pod_strategy(services);
  if (kind == "Service") return make_service_strategy(services);
  if (kind == "Secret") return make_secret_strategy();
  if (kind == "Namespace") return make_namespace_strategy();
  if (kind == "Event") return make_event_strategy();
  if (kind == "HorizontalPodAutoscaler") return make_autoscaler_strategy();
  if (kind == "ServiceAccount") return make_account_strategy(services);
  if (is_access(kind)) return make_access_strategy(kind, services);
  return std::make_shared<const BuiltinStrategy>(kind);
}

// The name stands in front of every table by itself; here only where it says more or stands
// elsewhere.
bool names_rows_itself(std::string_view kind) {
  return kind == "Event" || kind == "StorageClass" || kind == "IngressClass";
}

std::vector<TableColumn> columns_of(const kube::BuiltinResource& resource,
                                    std::string_view api_version) {
  auto columns = builtin_columns(api_version, resource.plural);
  if (!columns.empty() && !names_rows_itself(resource.kind)) columns.erase(columns.begin());
  return columns;
}

std::optional<ReplicaPaths> scale_of(std::string_view kind) {
  if (kind != "Deployment" && kind != "ReplicaSet" && kind != "StatefulSet" &&
      kind != "ReplicationController")
    return std::nullopt;
  return ReplicaPaths{
      .spec = ".spec.replicas", .status = ".status.replicas", .selector = ".spec.selector"};
}

// Kinds of two versions have one collection, in the version that knows more (autoscaling/v2) or
// that old clients read (core events).
void share_collection(Resource& resource) {
  if (resource.kind == "Event") {
    resource.collection = "events";
    resource.storage_api_version = "v1";
    resource.shares_collection = true;
  } else if (resource.kind == "HorizontalPodAutoscaler") {
    resource.storage_api_version = "autoscaling/v2";
  }
}

json::object named(std::string_view kind, std::string_view name) {
  return {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}}}};
}

}  // namespace

std::vector<Resource> make_builtin_resources(const BuiltinServices& services) {
  std::vector<Resource> resources;
  std::map<std::string_view, std::shared_ptr<const Strategy>> strategies;  // one for all versions
  for (const kube::BuiltinResource& builtin : kube::builtin_resources()) {
    Resource resource = resource_from(builtin);
    auto& strategy = strategies[builtin.kind];
    if (strategy == nullptr) strategy = make_strategy(builtin, services);
    resource.strategy = strategy;
    resource.columns = columns_of(builtin, resource.api_version());
    resource.scale = scale_of(builtin.kind);
    share_collection(resource);
    if (builtin.kind == "Endpoints")
      resource.deprecation_warning =
          "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
    resources.push_back(std::move(resource));
  }
  return resources;
}

std::vector<json::object> bootstrap_namespaces() {
  std::vector<json::object> objects;
  for (const std::string_view name : {"kube-system", "kube-public", "kube-node-lease", "default"})
    objects.push_back(named("Namespace", name));
  return objects;
}

std::vector<json::object> bootstrap_priority_classes() {
  const auto make = [](std::string_view name, std::int64_t value, std::string_view description) {
    return json::object{{"apiVersion", "scheduling.k8s.io/v1"},
                        {"kind", "PriorityClass"},
                        {"metadata", {{"name", name}}},
                        {"value", value},
                        {"description", description}};
  };
  return {make("system-node-critical", 2'000'001'000,
               "Used for system critical pods that must not be moved from their current node."),
          make("system-cluster-critical", 2'000'000'000,
               "Used for system critical pods that must run in the cluster, but can be moved to "
               "another node if necessary.")};
}

json::object bootstrap_service(std::string_view service_range, std::uint16_t port) {
  const auto range = AddressRange::parse(service_range);
  json::object service = named("Service", "kubernetes");
  service["metadata"] = {{"name", "kubernetes"},
                         {"namespace", "default"},
                         {"labels", {{"component", "apiserver"}, {"provider", "kubernetes"}}}};
  const json::object https{
      {"name", "https"}, {"port", 443}, {"protocol", "TCP"}, {"targetPort", std::int64_t{port}}};
  json::object spec{
      {"type", "ClusterIP"}, {"sessionAffinity", "None"}, {"ports", json::array{https}}};
  if (range) {
    spec["clusterIP"] = range->first();
    spec["clusterIPs"] = json::array{json::string(range->first())};
  }
  service["spec"] = std::move(spec);
  return service;
}

}  // namespace dynamod::apiserver
