// The validation of built-in objects: one function for each kind, as a table in validation.cc uses
// them. Each gets the object without its metadata being looked at, and the old state for a change.
#pragma once

#include "apiserver/builtin/check.h"

namespace dynamod::apiserver {

// `old` is null for a new object.
struct Checked {
  const json::object& object;
  const json::object* old = nullptr;
  Problems& problems;

  [[nodiscard]] const json::object& spec() const { return object_in(object, "spec"); }

  [[nodiscard]] Place place(std::string_view path = "spec") const {
    return {problems, std::string(path)};
  }

  // The place of a field at the top.
  [[nodiscard]] Place top() const { return {problems, ""}; }
};

// validate_workload.cc
void check_pod(const Checked& checked);
void check_pod_template_object(const Checked& checked);
void check_deployment(const Checked& checked);
void check_replica_set(const Checked& checked);
void check_stateful_set(const Checked& checked);
void check_daemon_set(const Checked& checked);
void check_replication_controller(const Checked& checked);
void check_job(const Checked& checked);
void check_cron_job(const Checked& checked);

// validate_service.cc
void check_service(const Checked& checked);
void check_endpoints(const Checked& checked);
void check_endpoint_slice(const Checked& checked);
void check_ingress(const Checked& checked);
void check_network_policy(const Checked& checked);

// validate_config.cc
void check_config_map(const Checked& checked);
void check_secret(const Checked& checked);
void check_event(const Checked& checked);
void check_new_event(const Checked& checked);
void check_lease(const Checked& checked);
void check_priority_class(const Checked& checked);
void check_claim(const Checked& checked);
void check_volume(const Checked& checked);
void check_storage_class(const Checked& checked);
void check_quota(const Checked& checked);

// validate_access.cc
void check_role(const Checked& checked);
void check_cluster_role(const Checked& checked);
void check_role_binding(const Checked& checked);
void check_cluster_role_binding(const Checked& checked);
void check_signing_request(const Checked& checked);
void check_webhooks(const Checked& checked);
void check_api_service(const Checked& checked);
void check_budget(const Checked& checked);
void check_autoscaler(const Checked& checked);

}  // namespace dynamod::apiserver
