// The table of kinds with rules of their own.
#include "apiserver/builtin/validation.h"

#include <algorithm>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_kinds.h"

namespace dynamod::apiserver {

namespace {

struct KindRules {
  std::string_view kind;
  void (*check)(const Checked&);
};

constexpr KindRules kRules[] = {
    {"Pod", check_pod},
    {"PodTemplate", check_pod_template_object},
    {"Deployment", check_deployment},
    {"ReplicaSet", check_replica_set},
    {"StatefulSet", check_stateful_set},
    {"DaemonSet", check_daemon_set},
    {"ReplicationController", check_replication_controller},
    {"Job", check_job},
    {"CronJob", check_cron_job},
    {"Service", check_service},
    {"Endpoints", check_endpoints},
    {"EndpointSlice", check_endpoint_slice},
    {"Ingress", check_ingress},
    {"NetworkPolicy", check_network_policy},
    {"ConfigMap", check_config_map},
    {"Secret", check_secret},
    {"Lease", check_lease},
    {"PriorityClass", check_priority_class},
    {"PersistentVolumeClaim", check_claim},
    {"PersistentVolume", check_volume},
    {"StorageClass", check_storage_class},
    {"ResourceQuota", check_quota},
    {"Role", check_role},
    {"ClusterRole", check_cluster_role},
    {"RoleBinding", check_role_binding},
    {"ClusterRoleBinding", check_cluster_role_binding},
    {"CertificateSigningRequest", check_signing_request},
    {"ValidatingWebhookConfiguration", check_webhooks},
    {"MutatingWebhookConfiguration", check_webhooks},
    {"APIService", check_api_service},
    {"PodDisruptionBudget", check_budget},
    {"HorizontalPodAutoscaler", check_autoscaler},
};

}  // namespace

Problems validate_builtin(const json::object& object, const json::object* old,
                          const ObjectMetaRules& rules) {
  const auto kind = text_in(object, "kind");
  Problems problems;
  if (old == nullptr)
    append(problems, validate_object_meta(object_in(object, "metadata"), rules));
  else
    append(problems,
           validate_object_meta_update(object_in(object, "metadata"), object_in(*old, "metadata")));
  const Checked checked{object, old, problems};
  if (kind == "Event") {
    text_in(object, "apiVersion") == "v1" ? check_event(checked) : check_new_event(checked);
    return problems;
  }
  const auto* const found = std::ranges::find(kRules, kind, &KindRules::kind);
  if (found != std::end(kRules)) found->check(checked);
  return problems;
}

NameRule name_rule_of(std::string_view api_version, std::string_view kind) {
  if (kind == "Namespace" || kind == "Service") return NameRule::kDnsLabel;
  if (api_version.starts_with("rbac.authorization.k8s.io/") || kind == "APIService")
    return NameRule::kPathSegment;
  return NameRule::kDnsSubdomain;
}

}  // namespace dynamod::apiserver
