// Preparation of writes, kind by kind.
#include "apiserver/builtin/prepare.h"

#include <algorithm>
#include <charconv>

#include "apiserver/builtin/defaults.h"
#include "apiserver/builtin/edit.h"
#include "base/timestamp.h"
#include "kube/quantity.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kTemplateGeneration = "deprecated.daemonset.template.generation";

struct HabitRow {
  std::string_view kind;
  KindHabits habits;
};

constexpr KindHabits kCounted{.counts_generation = true};
constexpr KindHabits kCreatedByPut{.create_on_update = true};
constexpr KindHabits kCountedAndGuarded{.counts_generation = true, .unconditional_update = false};

constexpr HabitRow kHabits[] = {
    {"Pod", kCounted},
    {"PodTemplate", kCounted},
    {"Deployment", kCounted},
    {"ReplicaSet", kCounted},
    {"StatefulSet", kCounted},
    {"DaemonSet", kCounted},
    {"ReplicationController", kCounted},
    {"Job", kCounted},
    {"CronJob", kCounted},
    {"EndpointSlice", kCounted},
    {"Ingress", kCounted},
    {"IngressClass", kCounted},
    {"NetworkPolicy", kCounted},
    {"PriorityClass", kCounted},
    {"PodDisruptionBudget", kCountedAndGuarded},
    {"ValidatingWebhookConfiguration", kCountedAndGuarded},
    {"MutatingWebhookConfiguration", kCountedAndGuarded},
    {"Node", {.keeps_status_on_create = true}},
    {"Lease", {.create_on_update = true, .unconditional_update = false}},
    {"Service", kCreatedByPut},
    {"Endpoints", kCreatedByPut},
    {"Event", kCreatedByPut},
    {"LimitRange", kCreatedByPut},
    {"Role", kCreatedByPut},
    {"ClusterRole", kCreatedByPut},
    {"RoleBinding", kCreatedByPut},
    {"ClusterRoleBinding", kCreatedByPut},
};

constexpr std::string_view kNotReady = "node.kubernetes.io/not-ready";

// --- pods ---

void add_toleration(json::array& tolerations, std::string_view key) {
  const bool tolerated = std::ranges::any_of(tolerations, [&](const json::value& value) {
    const json::object* const toleration = value.if_object();
    if (toleration == nullptr) return false;
    const auto its_key = text_in(*toleration, "key");
    const auto effect = text_in(*toleration, "effect");
    return (its_key.empty() || its_key == key) && (effect.empty() || effect == "NoExecute");
  });
  if (!tolerated)
    tolerations.push_back(json::object{
        {"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
}

// As the admission plugin DefaultTolerationSeconds.
void add_tolerations(json::object& spec) {
  json::array& tolerations = make_array(spec, "tolerations");
  add_toleration(tolerations, kNotReady);
  add_toleration(tolerations, "node.kubernetes.io/unreachable");
}

// A client that replaces a pod sends what it wrote at first: what the server added then stands.
void prepare_changed_pod(json::object& pod, const json::object& old, const Writing&) {
  json::object& spec = make_object(pod, "spec");
  add_tolerations(spec);
  const json::object& before = object_in(old, "spec");
  for (const std::string_view field : {"priority", "preemptionPolicy"}) {
    const json::value* const kept = value_in(before, field);
    if (kept != nullptr && value_in(spec, field) == nullptr) spec[field] = *kept;
  }
}

void prepare_new_pod(json::object& pod, const Writing& writing) {
  json::object& spec = make_object(pod, "spec");
  add_tolerations(spec);
  if (integer_in(spec, "terminationGracePeriodSeconds") < 0)
    spec["terminationGracePeriodSeconds"] = 1;
  json::object status{{"phase", "Pending"}, {"qosClass", quality_of_service(spec)}};
  if (!array_in(spec, "schedulingGates").empty())
    status["conditions"] = json::array{
        json::object{{"type", "PodScheduled"},
                     {"status", "False"},
                     {"lastProbeTime", nullptr},
                     {"lastTransitionTime", format_time(writing.now)},
                     {"reason", "SchedulingGated"},
                     {"message", "Scheduling is blocked due to non-empty scheduling gates"}}};
  pod["status"] = std::move(status);
}

// Requests and limits of cpu and memory, summed over containers: only whether there are any, and
// whether they are the same, counts.
bool is_guaranteed(const json::object& container) {
  const json::object& limits = object_at(container, "resources.limits");
  const json::object& requests = object_at(container, "resources.requests");
  return std::ranges::all_of(
      std::initializer_list<std::string_view>{"cpu", "memory"}, [&](std::string_view name) {
        const auto limit = kube::Quantity::parse(text_in(limits, name));
        const auto request =
            lacks(requests, name) ? limit : kube::Quantity::parse(text_in(requests, name));
        return limit && request && !limit->is_zero() && *limit == *request;
      });
}

bool asks_for_any(const json::object& container) {
  for (const std::string_view list : {"limits", "requests"})
    for (const std::string_view name : {"cpu", "memory"}) {
      const auto amount =
          kube::Quantity::parse(text_in(object_in(object_in(container, "resources"), list), name));
      if (amount && !amount->is_zero()) return true;
    }
  return false;
}

// --- namespaces, nodes, secrets ---

void prepare_new_namespace(json::object& ns, const Writing&) {
  label_namespace_with_name(ns);  // the name may have been generated
  json::array& finalizers = make_array(make_object(ns, "spec"), "finalizers");
  const bool there = std::ranges::any_of(
      finalizers, [](const json::value& value) { return value == json::value("kubernetes"); });
  if (!there) finalizers.emplace_back("kubernetes");
  ns["status"] = json::object{{"phase", "Active"}};
}

// As the admission plugin TaintNodesByCondition: no pod comes here until a controller has seen the
// node ready and takes the taint away.
void prepare_new_node(json::object& node, const Writing&) {
  json::array& taints = make_array(make_object(node, "spec"), "taints");
  const bool there = std::ranges::any_of(taints, [](const json::value& value) {
    const json::object* const taint = value.if_object();
    return taint != nullptr && text_in(*taint, "key") == kNotReady &&
           text_in(*taint, "effect") == "NoSchedule";
  });
  if (!there) taints.push_back(json::object{{"key", kNotReady}, {"effect", "NoSchedule"}});
}

void keep(json::object& object, const json::object& old, std::string_view field) {
  const json::value* const before = value_in(old, field);
  if (before == nullptr)
    object.erase(field);
  else
    object[field] = *before;
}

// --- jobs ---

// A job finds its pods by its own uid, unless its author chose the labels.
void prepare_new_job(json::object& job, const Writing&) {
  json::object& spec = make_object(job, "spec");
  if (true_in(spec, "manualSelector")) return;
  json::object& metadata = make_object(job, "metadata");
  const std::string uid(text_in(metadata, "uid"));
  const std::string name(text_in(metadata, "name"));
  json::object& pods = make_object(make_object(spec, "template"), "metadata");
  const auto label = [&](json::object& labels) {
    set_default(labels, "batch.kubernetes.io/controller-uid", json::string(uid));
    set_default(labels, "batch.kubernetes.io/job-name", json::string(name));
    set_default(labels, "controller-uid", json::string(uid));
    set_default(labels, "job-name", json::string(name));
  };
  const bool shared = object_in(metadata, "labels").empty();
  json::object& labels = make_object(pods, "labels");
  label(labels);
  if (shared) metadata["labels"] = labels;  // as defaulting would have it, had they been there
  json::object& selector = make_object(spec, "selector");
  set_default(make_object(selector, "matchLabels"), "batch.kubernetes.io/controller-uid",
              json::string(uid));
}

// --- daemon sets ---

void set_template_generation(json::object& object, std::int64_t generation) {
  make_object(make_object(object, "metadata"), "annotations")[kTemplateGeneration] =
      std::to_string(generation);
}

void prepare_new_daemon_set(json::object& object, const Writing&) {
  set_template_generation(object, 1);
}

void prepare_changed_daemon_set(json::object& object, const json::object& old, const Writing&) {
  const auto text = text_in(object_at(old, "metadata.annotations"), kTemplateGeneration);
  std::int64_t generation = 0;
  std::from_chars(text.data(), text.data() + text.size(), generation);
  const bool same = equal_json(object_at(object, "spec.template"), object_at(old, "spec.template"));
  set_template_generation(object, same ? generation : generation + 1);
}

// --- signing requests ---

void prepare_new_request(json::object& object, const Writing& writing) {
  if (writing.user_info == nullptr) return;
  json::object& spec = make_object(object, "spec");
  for (const std::string_view field : {"username", "uid", "groups", "extra"}) spec.erase(field);
  for (const auto& [name, value] : *writing.user_info) spec[name] = value;
}

void prepare_changed_request(json::object& object, const json::object& old, const Writing&) {
  keep(object, old, "spec");
}

void stamp_conditions(json::object& object, const json::object&, const Writing& writing) {
  for_each_object(make_object(object, "status"), "conditions", [&](json::object& condition) {
    set_default(condition, "lastUpdateTime", json::string(format_time(writing.now)));
    set_default(condition, "lastTransitionTime", json::string(format_time(writing.now)));
  });
}

// --- volumes ---

void prepare_new_volume(json::object& object, const Writing& writing) {
  object["status"] =
      json::object{{"phase", "Pending"}, {"lastPhaseTransitionTime", format_time(writing.now)}};
}

void prepare_volume_status(json::object& object, const json::object& old, const Writing& writing) {
  if (text_at(object, "status.phase") != text_at(old, "status.phase"))
    make_object(object, "status")["lastPhaseTransitionTime"] = format_time(writing.now);
}

// --- others ---

void prepare_changed_namespace(json::object& ns, const json::object& old, const Writing&) {
  // The spec of a namespace is its finalizers, which /finalize alone changes.
  keep(ns, old, "spec");
}

void prepare_pod_status(json::object& pod, const json::object& old, const Writing&) {
  json::object& status = make_object(pod, "status");
  status["qosClass"] = json::string(text_at(old, "status.qosClass"));
  if (text_in(status, "qosClass").empty())
    status["qosClass"] = quality_of_service(object_in(pod, "spec"));
}

void prepare_new_claim(json::object& object, const Writing&) {
  object["status"] = json::object{{"phase", "Pending"}};
}

struct Preparations {
  std::string_view kind;
  void (*create)(json::object&, const Writing&) = nullptr;
  void (*update)(json::object&, const json::object&, const Writing&) = nullptr;
  void (*status)(json::object&, const json::object&, const Writing&) = nullptr;
};

constexpr Preparations kPreparations[] = {
    {"Pod", prepare_new_pod, prepare_changed_pod, prepare_pod_status},
    {"Node", prepare_new_node},
    {"Namespace", prepare_new_namespace, prepare_changed_namespace},
    {"Job", prepare_new_job},
    {"DaemonSet", prepare_new_daemon_set, prepare_changed_daemon_set},
    {"PersistentVolumeClaim", prepare_new_claim},
    {"PersistentVolume", prepare_new_volume, nullptr, prepare_volume_status},
    {"CertificateSigningRequest", prepare_new_request, prepare_changed_request, stamp_conditions},
};

const Preparations* preparations_of(const json::object& object) {
  const auto* const found =
      std::ranges::find(kPreparations, text_in(object, "kind"), &Preparations::kind);
  return found == std::end(kPreparations) ? nullptr : found;
}

}  // namespace

KindHabits habits_of(std::string_view kind) {
  const auto* const found = std::ranges::find(kHabits, kind, &HabitRow::kind);
  return found == std::end(kHabits) ? KindHabits() : found->habits;
}

void prepare_new(json::object& object, const Writing& writing) {
  const Preparations* const found = preparations_of(object);
  if (found != nullptr && found->create != nullptr) found->create(object, writing);
}

void prepare_change(json::object& object, const json::object& old, const Writing& writing) {
  const Preparations* const found = preparations_of(object);
  if (found != nullptr && found->update != nullptr) found->update(object, old, writing);
}

void prepare_status(json::object& object, const json::object& old, const Writing& writing) {
  const Preparations* const found = preparations_of(object);
  if (found != nullptr && found->status != nullptr) found->status(object, old, writing);
}

std::string_view quality_of_service(const json::object& pod_spec) {
  bool all_guaranteed = true;
  bool any = false;
  for (const std::string_view list : {"containers", "initContainers"})
    for_each_object(pod_spec, list, [&](const json::object& container) {
      all_guaranteed = all_guaranteed && is_guaranteed(container);
      any = any || asks_for_any(container);
    });
  if (!any) return "BestEffort";
  return all_guaranteed ? "Guaranteed" : "Burstable";
}

}  // namespace dynamod::apiserver
