// The table of kinds with defaults, and the kinds that need only a few lines.
#include "apiserver/builtin/defaults.h"

#include <algorithm>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/pod_defaults.h"
#include "apiserver/builtin/workload_defaults.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";
constexpr int kHttpsPort = 443;

void default_pod_template_object(json::object& object) {
  default_pod_template(make_object(object, "template"));
}

void default_session_affinity(json::object& spec) {
  set_default(spec, "sessionAffinity", "None");
  const std::string_view affinity = text_in(spec, "sessionAffinity");
  if (affinity == "None") spec.erase("sessionAffinityConfig");
  if (affinity != "ClientIP") return;
  json::object& client_ip = make_object(make_object(spec, "sessionAffinityConfig"), "clientIP");
  set_default(client_ip, "timeoutSeconds", 10800);
}

// Absent, 0 and "" all mean the port of the service.
bool lacks_target(const json::object& port) {
  const json::value* const target = value_in(port, "targetPort");
  if (target == nullptr) return true;
  if (target->is_string()) return target->get_string().empty();
  return target->is_int64() && target->get_int64() == 0;
}

void default_service(json::object& object) {
  json::object& spec = make_object(object, "spec");
  set_default(spec, "type", "ClusterIP");
  default_session_affinity(spec);
  for_each_object(spec, "ports", [](json::object& port) {
    set_default(port, "protocol", "TCP");
    if (lacks_target(port)) port["targetPort"] = integer_in(port, "port");
  });
  const std::string_view type = text_in(spec, "type");
  const bool balanced = type == "LoadBalancer";
  const bool external = balanced || type == "NodePort";
  if (external || (type == "ClusterIP" && !array_in(spec, "externalIPs").empty()))
    set_default(spec, "externalTrafficPolicy", "Cluster");
  if (external || type == "ClusterIP") set_default(spec, "internalTrafficPolicy", "Cluster");
  if (!balanced) return;
  set_default(spec, "allocateLoadBalancerNodePorts", true);
  json::object* const status = find_object(object, "status");
  json::object* const balancer = status == nullptr ? nullptr : find_object(*status, "loadBalancer");
  if (balancer == nullptr) return;
  for_each_object(*balancer, "ingress", [](json::object& ingress) {
    if (!text_in(ingress, "ip").empty()) set_default(ingress, "ipMode", "VIP");
  });
}

void default_secret(json::object& object) {
  set_default(object, "type", "Opaque");
}

void default_namespace(json::object& object) {
  label_namespace_with_name(object);
  set_default(make_object(object, "status"), "phase", "Active");
}

void default_node(json::object& object) {
  if (json::object* const spec = find_object(object, "spec"))
    align_first(*spec, {"podCIDR", "podCIDRs"});
  json::object* const status = find_object(object, "status");
  if (status == nullptr) return;
  const json::object capacity = object_in(*status, "capacity");
  if (!capacity.empty()) set_default(*status, "allocatable", capacity);
}

void default_claim(json::object& object) {
  default_claim_spec(make_object(object, "spec"));
  set_default(make_object(object, "status"), "phase", "Pending");
}

void default_volume_object(json::object& object) {
  json::object& spec = make_object(object, "spec");
  set_default(spec, "persistentVolumeReclaimPolicy", "Retain");
  set_default(spec, "volumeMode", "Filesystem");
  set_default(make_object(object, "status"), "phase", "Pending");
  if (json::object* const host = find_object(spec, "hostPath")) set_default(*host, "type", "");
  if (json::object* const iscsi = find_object(spec, "iscsi"))
    set_default(*iscsi, "iscsiInterface", "default");
}

void default_storage_class(json::object& object) {
  set_default(object, "reclaimPolicy", "Delete");
  set_default(object, "volumeBindingMode", "Immediate");
}

// Each of these fills the next: max -> default -> defaultRequest <- min.
void default_limit_range(json::object& object) {
  for_each_object(make_object(object, "spec"), "limits", [](json::object& item) {
    if (text_in(item, "type") != "Container") return;
    const json::object max = object_in(item, "max");
    const json::object min = object_in(item, "min");
    json::object limits = object_in(item, "default");
    json::object requests = object_in(item, "defaultRequest");
    for (const auto& [name, quantity] : max) set_default(limits, name, quantity);
    for (const auto& [name, quantity] : limits) set_default(requests, name, quantity);
    for (const auto& [name, quantity] : min) set_default(requests, name, quantity);
    if (!limits.empty()) item["default"] = std::move(limits);
    if (!requests.empty()) item["defaultRequest"] = std::move(requests);
  });
}

void default_endpoints(json::object& object) {
  for_each_object(object, "subsets", [](json::object& subset) {
    for_each_object(subset, "ports",
                    [](json::object& port) { set_default(port, "protocol", "TCP"); });
  });
}

void default_endpoint_slice(json::object& object) {
  for_each_object(object, "ports", [](json::object& port) {
    set_default(port, "name", "");
    set_default(port, "protocol", "TCP");
  });
}

void default_network_policy(json::object& object) {
  json::object& spec = make_object(object, "spec");
  for (const std::string_view direction : {"ingress", "egress"})
    for_each_object(spec, direction, [](json::object& rule) {
      for_each_object(rule, "ports",
                      [](json::object& port) { set_default(port, "protocol", "TCP"); });
    });
  if (!array_in(spec, "policyTypes").empty()) return;
  json::array types{"Ingress"};
  if (!array_in(spec, "egress").empty()) types.emplace_back("Egress");
  spec["policyTypes"] = std::move(types);
}

void default_ingress_class(json::object& object) {
  json::object* const spec = find_object(object, "spec");
  json::object* const parameters = spec == nullptr ? nullptr : find_object(*spec, "parameters");
  if (parameters != nullptr) set_default(*parameters, "scope", "Cluster");
}

json::object scaling_policy(std::string_view type, int value) {
  return {{"type", type}, {"value", value}, {"periodSeconds", 15}};
}

void default_scaling_rules(json::object& rules, json::array policies) {
  set_default(rules, "selectPolicy", "Max");
  if (array_in(rules, "policies").empty()) rules["policies"] = std::move(policies);
}

void default_autoscaler(json::object& object) {
  json::object& spec = make_object(object, "spec");
  set_default(spec, "minReplicas", 1);
  if (array_in(spec, "metrics").empty()) {
    const json::object target{{"type", "Utilization"}, {"averageUtilization", 80}};
    const json::object cpu{{"name", "cpu"}, {"target", target}};
    spec["metrics"] = json::array{json::object{{"type", "Resource"}, {"resource", cpu}}};
  }
  json::object* const behavior = find_object(spec, "behavior");
  if (behavior == nullptr) return;
  json::object& up = make_object(*behavior, "scaleUp");
  set_default(up, "stabilizationWindowSeconds", 0);
  default_scaling_rules(up, {scaling_policy("Pods", 4), scaling_policy("Percent", 100)});
  default_scaling_rules(make_object(*behavior, "scaleDown"), {scaling_policy("Percent", 100)});
}

void default_old_autoscaler(json::object& object) {
  set_default(make_object(object, "spec"), "minReplicas", 1);
}

void default_binding(json::object& object) {
  json::object& role = make_object(object, "roleRef");
  if (text_in(role, "apiGroup").empty()) role["apiGroup"] = kRbacGroup;
  for_each_object(object, "subjects", [](json::object& subject) {
    const std::string_view kind = text_in(subject, "kind");
    if (kind == "User" || kind == "Group") set_default(subject, "apiGroup", kRbacGroup);
  });
}

void default_webhook(json::object& webhook) {
  set_default(webhook, "failurePolicy", "Fail");
  set_default(webhook, "matchPolicy", "Equivalent");
  set_default(webhook, "namespaceSelector", json::object());
  set_default(webhook, "objectSelector", json::object());
  set_default(webhook, "timeoutSeconds", 10);
  json::object* const client = find_object(webhook, "clientConfig");
  json::object* const service = client == nullptr ? nullptr : find_object(*client, "service");
  if (service != nullptr) set_default(*service, "port", kHttpsPort);
  for_each_object(webhook, "rules", [](json::object& rule) { set_default(rule, "scope", "*"); });
}

void default_validating_webhooks(json::object& object) {
  for_each_object(object, "webhooks", default_webhook);
}

void default_mutating_webhooks(json::object& object) {
  for_each_object(object, "webhooks", [](json::object& webhook) {
    default_webhook(webhook);
    set_default(webhook, "reinvocationPolicy", "Never");
  });
}

void default_priority_class(json::object& object) {
  set_default(object, "preemptionPolicy", "PreemptLowerPriority");
}

void default_api_service(json::object& object) {
  json::object* const spec = find_object(object, "spec");
  json::object* const service = spec == nullptr ? nullptr : find_object(*spec, "service");
  if (service != nullptr) set_default(*service, "port", kHttpsPort);
}

struct KindDefaults {
  std::string_view api_version;
  std::string_view kind;
  void (*apply)(json::object&);
};

constexpr KindDefaults kDefaults[] = {
    {"v1", "Pod", default_pod},
    {"v1", "PodTemplate", default_pod_template_object},
    {"v1", "ReplicationController", default_replication_controller},
    {"v1", "Service", default_service},
    {"v1", "Secret", default_secret},
    {"v1", "Namespace", default_namespace},
    {"v1", "Node", default_node},
    {"v1", "PersistentVolumeClaim", default_claim},
    {"v1", "PersistentVolume", default_volume_object},
    {"v1", "LimitRange", default_limit_range},
    {"v1", "Endpoints", default_endpoints},
    {"apps/v1", "Deployment", default_deployment},
    {"apps/v1", "ReplicaSet", default_replica_set},
    {"apps/v1", "StatefulSet", default_stateful_set},
    {"apps/v1", "DaemonSet", default_daemon_set},
    {"batch/v1", "Job", default_job},
    {"batch/v1", "CronJob", default_cron_job},
    {"discovery.k8s.io/v1", "EndpointSlice", default_endpoint_slice},
    {"networking.k8s.io/v1", "NetworkPolicy", default_network_policy},
    {"networking.k8s.io/v1", "IngressClass", default_ingress_class},
    {"autoscaling/v2", "HorizontalPodAutoscaler", default_autoscaler},
    {"autoscaling/v1", "HorizontalPodAutoscaler", default_old_autoscaler},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", default_binding},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", default_binding},
    {"storage.k8s.io/v1", "StorageClass", default_storage_class},
    {"scheduling.k8s.io/v1", "PriorityClass", default_priority_class},
    {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration",
     default_validating_webhooks},
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", default_mutating_webhooks},
    {"apiregistration.k8s.io/v1", "APIService", default_api_service},
};

}  // namespace

void apply_builtin_defaults(json::object& object, std::string_view api_version,
                            std::string_view kind) {
  const auto* const found = std::ranges::find_if(kDefaults, [&](const KindDefaults& row) {
    return row.api_version == api_version && row.kind == kind;
  });
  if (found != std::end(kDefaults)) found->apply(object);
}

void label_namespace_with_name(json::object& ns) {
  json::object& metadata = make_object(ns, "metadata");
  const std::string name(text_in(metadata, "name"));
  if (!name.empty()) make_object(metadata, "labels")["kubernetes.io/metadata.name"] = name;
}

}  // namespace dynamod::apiserver
