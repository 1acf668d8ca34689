// The printers of kinds that neither are pods nor make them, as a table.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace dynamod::apiserver {

struct Printer {
  std::string_view kind;
  json::array (*print)(const json::object& object, WallTime now);
};

json::array print_service(const json::object& object, WallTime now);
json::array print_ingress(const json::object& object, WallTime now);
json::array print_ingress_class(const json::object& object, WallTime now);
json::array print_network_policy(const json::object& object, WallTime now);
json::array print_endpoints(const json::object& object, WallTime now);
json::array print_endpoint_slice(const json::object& object, WallTime now);

json::array print_volume(const json::object& object, WallTime now);
json::array print_claim(const json::object& object, WallTime now);
json::array print_storage_class(const json::object& object, WallTime now);

json::array print_created(const json::object& object, WallTime now);
json::array print_named(const json::object& object, WallTime now);
json::array print_event(const json::object& object, WallTime now);
json::array print_node(const json::object& object, WallTime now);
json::array print_namespace(const json::object& object, WallTime now);
json::array print_secret(const json::object& object, WallTime now);
json::array print_config_map(const json::object& object, WallTime now);
json::array print_budget(const json::object& object, WallTime now);
json::array print_autoscaler(const json::object& object, WallTime now);
json::array print_role_binding(const json::object& object, WallTime now);
json::array print_signing_request(const json::object& object, WallTime now);
json::array print_lease(const json::object& object, WallTime now);
json::array print_quota(const json::object& object, WallTime now);
json::array print_priority_class(const json::object& object, WallTime now);
json::array print_webhooks(const json::object& object, WallTime now);
json::array print_api_service(const json::object& object, WallTime now);

inline constexpr Printer kPrinters[] = {
    {"Service", print_service},
    {"Ingress", print_ingress},
    {"IngressClass", print_ingress_class},
    {"NetworkPolicy", print_network_policy},
    {"Endpoints", print_endpoints},
    {"EndpointSlice", print_endpoint_slice},
    {"PersistentVolume", print_volume},
    {"PersistentVolumeClaim", print_claim},
    {"StorageClass", print_storage_class},
    {"ServiceAccount", print_named},
    {"Event", print_event},
    {"Node", print_node},
    {"Namespace", print_namespace},
    {"Secret", print_secret},
    {"ConfigMap", print_config_map},
    {"PodDisruptionBudget", print_budget},
    {"HorizontalPodAutoscaler", print_autoscaler},
    {"RoleBinding", print_role_binding},
    {"ClusterRoleBinding", print_role_binding},
    {"CertificateSigningRequest", print_signing_request},
    {"Lease", print_lease},
    {"ResourceQuota", print_quota},
    {"PriorityClass", print_priority_class},
    {"ValidatingWebhookConfiguration", print_webhooks},
    {"MutatingWebhookConfiguration", print_webhooks},
    {"APIService", print_api_service},
    // Kubernetes gave these no columns.
    {"Role", print_created},
    {"ClusterRole", print_created},
    {"LimitRange", print_created},
    {"CustomResourceDefinition", print_created},
};

}  // namespace dynamod::apiserver
