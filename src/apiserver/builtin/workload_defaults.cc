// Defaults of the kinds that make pods.
#include "apiserver/builtin/workload_defaults.h"

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/pod_defaults.h"

namespace dynamod::apiserver {

namespace {

constexpr std::int64_t kRetriesWithoutEnd = 2147483647;  // where each index counts its own

void default_template_in(json::object& spec) {
  default_pod_template(make_object(spec, "template"));
}

}  // namespace

void default_deployment(json::object& object) {
  json::object& spec = make_object(object, "spec");
  default_template_in(spec);
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "progressDeadlineSeconds", 600);
  json::object& strategy = make_object(spec, "strategy");
  set_default(strategy, "type", "RollingUpdate");
  if (text_in(strategy, "type") != "RollingUpdate") return;
  json::object& rolling = make_object(strategy, "rollingUpdate");
  set_default(rolling, "maxUnavailable", "25%");
  set_default(rolling, "maxSurge", "25%");
}

void default_replica_set(json::object& object) {
  json::object& spec = make_object(object, "spec");
  default_template_in(spec);
  set_default(spec, "replicas", 1);
}

void default_stateful_set(json::object& object) {
  json::object& spec = make_object(object, "spec");
  default_template_in(spec);
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "podManagementPolicy", "OrderedReady");
  json::object& strategy = make_object(spec, "updateStrategy");
  set_default(strategy, "type", "RollingUpdate");
  if (text_in(strategy, "type") == "RollingUpdate")
    set_default(make_object(strategy, "rollingUpdate"), "partition", 0);
  json::object& retention = make_object(spec, "persistentVolumeClaimRetentionPolicy");
  set_default(retention, "whenDeleted", "Retain");
  set_default(retention, "whenScaled", "Retain");
  for_each_object(spec, "volumeClaimTemplates", [](json::object& claim) {
    claim["apiVersion"] = "v1";
    claim["kind"] = "PersistentVolumeClaim";
    default_claim_spec(make_object(claim, "spec"));
    set_default(make_object(claim, "status"), "phase", "Pending");
  });
}

void default_daemon_set(json::object& object) {
  json::object& spec = make_object(object, "spec");
  default_template_in(spec);
  set_default(spec, "revisionHistoryLimit", 10);
  json::object& strategy = make_object(spec, "updateStrategy");
  set_default(strategy, "type", "RollingUpdate");
  if (text_in(strategy, "type") != "RollingUpdate") return;
  json::object& rolling = make_object(strategy, "rollingUpdate");
  set_default(rolling, "maxUnavailable", 1);
  set_default(rolling, "maxSurge", 0);
}

void default_replication_controller(json::object& object) {
  json::object& spec = make_object(object, "spec");
  set_default(spec, "replicas", 1);
  json::object* const pod_template = find_object(spec, "template");
  if (pod_template == nullptr) return;
  default_pod_template(*pod_template);
  const json::object labels = object_at(*pod_template, "metadata.labels");
  if (labels.empty()) return;
  if (object_in(spec, "selector").empty()) spec["selector"] = labels;
  json::object& metadata = make_object(object, "metadata");
  if (object_in(metadata, "labels").empty()) metadata["labels"] = labels;
}

void default_job(json::object& object) {
  json::object& spec = make_object(object, "spec");
  default_template_in(spec);
  if (lacks(spec, "completions") && lacks(spec, "parallelism")) spec["completions"] = 1;
  set_default(spec, "parallelism", 1);
  set_default(spec, "backoffLimit", lacks(spec, "backoffLimitPerIndex") ? 6 : kRetriesWithoutEnd);
  set_default(spec, "completionMode", "NonIndexed");
  set_default(spec, "suspend", false);
  set_default(spec, "manualSelector", false);
  json::object* const policy = find_object(spec, "podFailurePolicy");
  set_default(spec, "podReplacementPolicy", policy != nullptr ? "Failed" : "TerminatingOrFailed");
  const json::object labels = object_at(spec, "template.metadata.labels");
  json::object& metadata = make_object(object, "metadata");
  if (!labels.empty() && object_in(metadata, "labels").empty()) metadata["labels"] = labels;
  if (json::object* const rules = find_object(spec, "podFailurePolicy"))
    for_each_object(*rules, "rules", [](json::object& rule) {
      for_each_object(rule, "onPodConditions", [](json::object& condition) {
        if (text_in(condition, "status").empty()) condition["status"] = "True";
      });
    });
}

void default_cron_job(json::object& object) {
  json::object& spec = make_object(object, "spec");
  set_default(spec, "concurrencyPolicy", "Allow");
  set_default(spec, "suspend", false);
  set_default(spec, "successfulJobsHistoryLimit", 3);
  set_default(spec, "failedJobsHistoryLimit", 1);
  default_template_in(make_object(make_object(spec, "jobTemplate"), "spec"));
}

}  // namespace dynamod::apiserver
