// Rows of the kinds that make pods.
#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

// The fields of all containers, "a,b".
std::string containers_text(const json::object& pod_template, std::string_view field) {
  std::string out;
  for (const json::value& value : array_at(pod_template, "spec.containers")) {
    const json::object* const container = value.if_object();
    if (!out.empty()) out += ',';
    if (container != nullptr) out += text_in(*container, field);
  }
  return out;
}

void add_containers(json::array& cells, const json::object& pod_template) {
  cells.emplace_back(containers_text(pod_template, "name"));
  cells.emplace_back(containers_text(pod_template, "image"));
}

bool job_is(const json::object& status, std::string_view type) {
  for (const json::value& value : array_in(status, "conditions")) {
    const json::object* const condition = value.if_object();
    if (condition != nullptr && text_in(*condition, "type") == type)
      return text_in(*condition, "status") == "True";
  }
  return false;
}

std::string_view job_status(const json::object& job) {
  const json::object& status = object_in(job, "status");
  if (job_is(status, "Complete")) return "Complete";
  if (job_is(status, "Failed")) return "Failed";
  if (!text_at(job, "metadata.deletionTimestamp").empty()) return "Terminating";
  for (const std::string_view type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"})
    if (job_is(status, type)) return type;
  return "Running";
}

std::string job_completions(const json::object& job) {
  const json::object& spec = object_in(job, "spec");
  const auto succeeded = integer_in(object_in(job, "status"), "succeeded");
  if (!lacks(spec, "completions"))
    return fmt::format("{}/{}", succeeded, integer_in(spec, "completions"));
  const auto parallelism = integer_in(spec, "parallelism");
  if (parallelism > 1) return fmt::format("{}/1 of {}", succeeded, parallelism);
  return fmt::format("{}/1", succeeded);
}

std::string job_duration(const json::object& job, WallTime now) {
  const json::object& status = object_in(job, "status");
  const auto start = parse_time(text_in(status, "startTime"));
  if (!start) return "";
  const auto end = parse_time(text_in(status, "completionTime"));
  return human_duration(end.value_or(now) - *start);
}

json::array print_job(const json::object& job, WallTime now) {
  json::array cells{text_at(job, "metadata.name"), job_status(job), job_completions(job),
                    job_duration(job, now), object_age(job, now)};
  add_containers(cells, object_at(job, "spec.template"));
  cells.emplace_back(selector_text(object_at(job, "spec.selector")));
  return cells;
}

json::array print_cron_job(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  const json::value* const suspend = value_in(spec, "suspend");
  const auto last = text_in(status, "lastScheduleTime");
  json::array cells{text_at(object, "metadata.name"),
                    text_in(spec, "schedule"),
                    text_or(text_in(spec, "timeZone"), "<none>"),
                    suspend == nullptr ? "<unset>" : (true_in(spec, "suspend") ? "True" : "False"),
                    array_in(status, "active").size(),
                    last.empty() ? "<none>" : age_of(last, now),
                    object_age(object, now)};
  const json::object& job = object_at(spec, "jobTemplate.spec");
  add_containers(cells, object_in(job, "template"));
  cells.emplace_back(selector_text(object_in(job, "selector")));
  return cells;
}

json::array print_deployment(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  json::array cells{
      text_at(object, "metadata.name"),
      fmt::format("{}/{}", integer_in(status, "readyReplicas"), integer_in(spec, "replicas")),
      integer_in(status, "updatedReplicas"), integer_in(status, "availableReplicas"),
      object_age(object, now)};
  add_containers(cells, object_in(spec, "template"));
  cells.emplace_back(selector_text(object_in(spec, "selector")));
  return cells;
}

json::array print_replicas(const json::object& object, WallTime now, std::string selector) {
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  json::array cells{text_at(object, "metadata.name"), integer_in(spec, "replicas"),
                    integer_in(status, "replicas"), integer_in(status, "readyReplicas"),
                    object_age(object, now)};
  add_containers(cells, object_in(spec, "template"));
  cells.emplace_back(std::move(selector));
  return cells;
}

json::array print_stateful_set(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  json::array cells{text_at(object, "metadata.name"),
                    fmt::format("{}/{}", integer_in(object_in(object, "status"), "readyReplicas"),
                                integer_in(spec, "replicas")),
                    object_age(object, now)};
  add_containers(cells, object_in(spec, "template"));
  return cells;
}

json::array print_daemon_set(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  json::array cells{text_at(object, "metadata.name"),
                    integer_in(status, "desiredNumberScheduled"),
                    integer_in(status, "currentNumberScheduled"),
                    integer_in(status, "numberReady"),
                    integer_in(status, "updatedNumberScheduled"),
                    integer_in(status, "numberAvailable"),
                    labels_text(object_at(spec, "template.spec.nodeSelector")),
                    object_age(object, now)};
  add_containers(cells, object_in(spec, "template"));
  cells.emplace_back(selector_text(object_in(spec, "selector")));
  return cells;
}

json::array print_pod_template(const json::object& object) {
  json::array cells{text_at(object, "metadata.name")};
  add_containers(cells, object_in(object, "template"));
  cells.emplace_back(labels_text(object_at(object, "template.metadata.labels")));
  return cells;
}

// "statefulset.apps/web".
std::string owner_text(const json::object& object) {
  for (const json::value& value : array_at(object, "metadata.ownerReferences")) {
    const json::object* const owner = value.if_object();
    if (owner == nullptr || !true_in(*owner, "controller")) continue;
    std::string kind(text_in(*owner, "kind"));
    for (char& c : kind)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto api_version = text_in(*owner, "apiVersion");
    const auto slash = api_version.find('/');
    if (slash != std::string_view::npos) kind.append(".").append(api_version.substr(0, slash));
    return fmt::format("{}/{}", kind, text_in(*owner, "name"));
  }
  return "<none>";
}

}  // namespace

std::optional<json::array> print_workload(const json::object& object, std::string_view kind,
                                          WallTime now) {
  if (kind == "Deployment") return print_deployment(object, now);
  if (kind == "ReplicaSet")
    return print_replicas(object, now, selector_text(object_at(object, "spec.selector")));
  if (kind == "ReplicationController")
    return print_replicas(object, now, labels_text(object_at(object, "spec.selector")));
  if (kind == "StatefulSet") return print_stateful_set(object, now);
  if (kind == "DaemonSet") return print_daemon_set(object, now);
  if (kind == "Job") return print_job(object, now);
  if (kind == "CronJob") return print_cron_job(object, now);
  if (kind == "PodTemplate") return print_pod_template(object);
  if (kind == "ControllerRevision")
    return json::array{text_at(object, "metadata.name"), owner_text(object),
                       integer_in(object, "revision"), object_age(object, now)};
  return std::nullopt;
}

}  // namespace dynamod::apiserver
