// Validation of pods and of the kinds that make them.
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_kinds.h"
#include "apiserver/builtin/validate_pod.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kMismatch = "`selector` does not match template `labels`";
constexpr std::size_t kCronNameMax = 52;  // leaves room for the suffix of its jobs

void check_selector_given(const Checked& checked, std::string_view kind) {
  const Place place = checked.place("spec.selector");
  const json::value* const selector = value_in(checked.spec(), "selector");
  if (selector == nullptr) return place.required();
  check_selector(object_in(checked.spec(), "selector"), place);
  if (selects_nothing_given(object_in(checked.spec(), "selector")))
    place.invalid(*selector, fmt::format("empty selector is invalid for {}", kind));
}

// The labels of the template as Kubernetes prints them: null when there are none.
json::value shown_labels(const json::object& pod_template) {
  const json::object& labels = object_at(pod_template, "metadata.labels");
  return labels.empty() ? json::value() : json::value(labels);
}

// A pod made from the template must be found by the selector again.
void check_template_matches(const Checked& checked) {
  const json::object& pod_template = object_in(checked.spec(), "template");
  const json::object& selector = object_in(checked.spec(), "selector");
  const json::object& labels = object_at(pod_template, "metadata.labels");
  if (selects_nothing_given(selector) || !selector_matches(selector, labels))
    checked.place("spec.template.metadata.labels")
        .invalid(shown_labels(pod_template), std::string(kMismatch));
}

void check_always_restarts(const Checked& checked) {
  const json::object& spec = object_at(checked.spec(), "template.spec");
  const Place place = checked.place("spec.template.spec");
  const auto policy = text_in(spec, "restartPolicy");
  const bool known = policy == "Always" || policy == "OnFailure" || policy == "Never";
  if (known && policy != "Always")
    place.child("restartPolicy").unsupported(std::string(policy), {"Always"});
  if (!lacks(spec, "activeDeadlineSeconds"))
    place.child("activeDeadlineSeconds")
        .forbidden("activeDeadlineSeconds in ReplicaSet is not Supported");
}

void check_template(const Checked& checked) {
  check_pod_template(object_in(checked.spec(), "template"), checked.place("spec.template"));
}

void check_immutable_in_spec(const Checked& checked, std::string_view field) {
  if (checked.old != nullptr)
    check_immutable(checked.spec(), object_in(*checked.old, "spec"), field, checked.place());
}

void check_rolling(const json::object& rolling, const Place& place) {
  for (const std::string_view field : {"maxUnavailable", "maxSurge"})
    if (const json::value* const value = value_in(rolling, field))
      check_count_or_percent(*value, place.child(field));
  if (is_zero_count(rolling, "maxUnavailable") && is_zero_count(rolling, "maxSurge"))
    place.child("maxUnavailable")
        .invalid(lacks(rolling, "maxUnavailable") ? json::value(0) : rolling.at("maxUnavailable"),
                 "may not be 0 when `maxSurge` is 0");
}

void check_deployment_strategy(const Checked& checked) {
  const json::object& strategy = object_in(checked.spec(), "strategy");
  const Place place = checked.place("spec.strategy");
  const auto type = text_in(strategy, "type");
  if (type == "RollingUpdate") {
    if (lacks(strategy, "rollingUpdate")) return place.child("rollingUpdate").required();
    check_rolling(object_in(strategy, "rollingUpdate"), place.child("rollingUpdate"));
  } else if (type == "Recreate") {
    if (!lacks(strategy, "rollingUpdate"))
      place.child("rollingUpdate")
          .forbidden("may not be specified when strategy `type` is 'Recreate'");
  } else {
    const json::object shown{{"Type", json::string(type)}, {"RollingUpdate", nullptr}};
    checked.problems.push_back(
        unsupported_value("spec.strategy", shown, {"Recreate", "RollingUpdate"}));
    // Go prints the fields of the type in their order, not by name.
    checked.problems.back().value =
        fmt::format(R"({{"Type":{},"RollingUpdate":null}})", encode_json(json::string(type)));
  }
}

// "* * * * *", "@daily", "@every 5m". Only its shape: what each field means is the controller's.
std::string schedule_error(std::string_view schedule) {
  if (schedule.starts_with('@')) {
    for (const std::string_view known :
         {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
      if (schedule == known) return "";
    if (schedule.starts_with("@every ")) return "";
    return fmt::format("unrecognized descriptor: {}", schedule);
  }
  std::vector<std::string> fields;
  std::string field;
  for (const char c : schedule) {
    if (c != ' ' && c != '\t') {
      field += c;
    } else if (!field.empty()) {
      fields.push_back(std::exchange(field, ""));
    }
  }
  if (!field.empty()) fields.push_back(field);
  if (fields.size() == 5) return "";
  return fmt::format("expected exactly 5 fields, found {}: {}", fields.size(), go_strings(fields));
}

void check_job_restarts(const json::object& spec, const Place& place) {
  const auto policy = text_at(spec, "template.spec.restartPolicy");
  const Place at = place.child("template").child("spec").child("restartPolicy");
  if (policy.empty() || policy == "Always")
    at.required("valid values: \"OnFailure\", \"Never\"");
  else if (policy != "OnFailure" && policy != "Never")
    at.unsupported(std::string(policy), {"OnFailure", "Never"});
}

// A JobSpec, of a Job or inside a CronJob.
void check_job_spec(const json::object& spec, const Place& place) {
  for (const std::string_view field :
       {"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
        "backoffLimitPerIndex", "ttlSecondsAfterFinished"})
    check_not_negative(spec, field, place);
  check_one_of(spec, "completionMode", place, {"NonIndexed", "Indexed"});
  if (text_in(spec, "completionMode") == "Indexed" && lacks(spec, "completions"))
    place.child("completions").required("when completion mode is Indexed");
  check_pod_template(object_in(spec, "template"), place.child("template"));
  check_job_restarts(spec, place);
}

}  // namespace

void check_pod(const Checked& checked) {
  check_pod_spec(checked.spec(), checked.place());
  if (checked.old != nullptr && checked.problems.empty())
    check_pod_change(checked.object, *checked.old, checked.problems);
}

void check_pod_template_object(const Checked& checked) {
  check_pod_template(object_in(checked.object, "template"), checked.place("template"));
}

void check_deployment(const Checked& checked) {
  const json::object& spec = checked.spec();
  check_not_negative(spec, "replicas", checked.place());
  check_selector_given(checked, "deployment");
  check_template_matches(checked);
  check_template(checked);
  check_always_restarts(checked);
  check_deployment_strategy(checked);
  check_not_negative(spec, "minReadySeconds", checked.place());
  check_not_negative(spec, "revisionHistoryLimit", checked.place());
  if (!lacks(spec, "progressDeadlineSeconds")) {
    const auto deadline = integer_in(spec, "progressDeadlineSeconds");
    check_not_negative(spec, "progressDeadlineSeconds", checked.place());
    if (deadline <= integer_in(spec, "minReadySeconds"))
      checked.place("spec.progressDeadlineSeconds")
          .invalid(deadline, "must be greater than minReadySeconds");
  }
  check_immutable_in_spec(checked, "selector");
}

void check_replica_set(const Checked& checked) {
  check_not_negative(checked.spec(), "replicas", checked.place());
  check_not_negative(checked.spec(), "minReadySeconds", checked.place());
  check_selector_given(checked, "deployment");
  check_template_matches(checked);
  check_template(checked);
  check_always_restarts(checked);
  check_immutable_in_spec(checked, "selector");
}

void check_stateful_set(const Checked& checked) {
  const json::object& spec = checked.spec();
  if (checked.old != nullptr) {
    json::object changed = spec;
    const json::object& before = object_in(*checked.old, "spec");
    for (const std::string_view field :
         {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
          "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}) {
      changed.erase(field);
      if (const json::value* const value = value_in(before, field)) changed[field] = *value;
    }
    if (!equal_json(changed, before))
      checked.place().forbidden(
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
          "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
          "'minReadySeconds' are forbidden");
    check_not_negative(spec, "replicas", checked.place());
    return;
  }
  check_one_of(spec, "podManagementPolicy", checked.place(), {"OrderedReady", "Parallel"});
  check_one_of(object_in(spec, "updateStrategy"), "type", checked.place("spec.updateStrategy"),
               {"RollingUpdate", "OnDelete"});
  check_not_negative(spec, "replicas", checked.place());
  check_not_negative(spec, "minReadySeconds", checked.place());
  check_selector_given(checked, "statefulset");
  check_template_matches(checked);
  check_template(checked);
  check_always_restarts(checked);
}

void check_daemon_set(const Checked& checked) {
  check_immutable_in_spec(checked, "selector");
  check_selector_given(checked, "daemonset");
  check_template_matches(checked);
  check_template(checked);
  const auto policy = text_at(checked.spec(), "template.spec.restartPolicy");
  if (policy == "OnFailure" || policy == "Never")
    checked.place("spec.template.spec.restartPolicy").unsupported(std::string(policy), {"Always"});
  check_not_negative(checked.spec(), "minReadySeconds", checked.place());
  check_one_of(object_in(checked.spec(), "updateStrategy"), "type",
               checked.place("spec.updateStrategy"), {"RollingUpdate", "OnDelete"});
}

void check_replication_controller(const Checked& checked) {
  const json::object& spec = checked.spec();
  check_not_negative(spec, "minReadySeconds", checked.place());
  const json::object& selector = object_in(spec, "selector");
  if (selector.empty()) checked.place("spec.selector").required();
  check_not_negative(spec, "replicas", checked.place());
  if (lacks(spec, "template")) return checked.place("spec.template").required();
  const json::object& pod_template = object_in(spec, "template");
  const json::object as_labels{{"matchLabels", selector}};
  if (!selector.empty() && !selector_matches(as_labels, object_at(pod_template, "metadata.labels")))
    checked.place("spec.template.metadata.labels")
        .invalid(shown_labels(pod_template), std::string(kMismatch));
  check_template(checked);
  check_always_restarts(checked);
}

void check_job(const Checked& checked) {
  const json::object& spec = checked.spec();
  check_job_spec(spec, checked.place());
  const json::object& selector = object_in(spec, "selector");
  if (selector.empty())
    checked.place("spec.selector").required();
  else if (!selector_matches(selector, object_at(spec, "template.metadata.labels")))
    checked.place("spec.template.metadata.labels")
        .invalid(shown_labels(object_in(spec, "template")), std::string(kMismatch));
  if (checked.old == nullptr) return;
  const json::object& before = object_in(*checked.old, "spec");
  // An indexed job may grow and shrink with its parallelism, a suspended one may be placed anew.
  const bool elastic =
      text_in(spec, "completionMode") == "Indexed" &&
      equal_field(spec, {{"completions", integer_in(spec, "parallelism")}}, "completions");
  if (!elastic) check_immutable_in_spec(checked, "completions");
  check_immutable_in_spec(checked, "selector");
  if (!true_in(before, "suspend")) check_immutable_in_spec(checked, "template");
  check_immutable_in_spec(checked, "completionMode");
  check_immutable_in_spec(checked, "podFailurePolicy");
  check_immutable_in_spec(checked, "backoffLimitPerIndex");
}

void check_cron_job(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  if (check_given(spec, "schedule", place)) {
    const auto schedule = text_in(spec, "schedule");
    if (const std::string error = schedule_error(schedule); !error.empty())
      place.child("schedule").invalid(std::string(schedule), error);
  }
  check_not_negative(spec, "startingDeadlineSeconds", place);
  check_one_of(spec, "concurrencyPolicy", place, {"Allow", "Forbid", "Replace"});
  check_job_spec(object_at(spec, "jobTemplate.spec"), place.child("jobTemplate").child("spec"));
  check_not_negative(spec, "successfulJobsHistoryLimit", place);
  check_not_negative(spec, "failedJobsHistoryLimit", place);
  const auto name = text_at(checked.object, "metadata.name");
  if (checked.old == nullptr && name.size() > kCronNameMax)
    checked.place("metadata.name")
        .invalid(std::string(name),
                 fmt::format("must be no more than {} characters", kCronNameMax));
}

}  // namespace dynamod::apiserver
