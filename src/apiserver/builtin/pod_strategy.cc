// Pods: priorities, graceful ends, bindings to nodes, evictions.
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/builtin_strategy.h"
#include "apiserver/builtin/check.h"
#include "apiserver/builtin/edit.h"
#include "base/timestamp.h"
#include "kube/api_error.h"

namespace dynamod::apiserver {

namespace {

const Collection kPriorityClasses = "priorityclasses.scheduling.k8s.io";
const Collection kBudgets = "poddisruptionbudgets.policy";
const Collection kPods = "pods";
constexpr std::int64_t kBudgetRetrySeconds = 10;  // as Kubernetes advises

struct Priority {
  std::int64_t value = 0;
  std::string preemption = "PreemptLowerPriority";
  std::string name = {};
};

Priority priority_in(const json::object& object) {
  return {integer_in(object, "value"),
          std::string(text_in(object, "preemptionPolicy").empty()
                          ? "PreemptLowerPriority"
                          : text_in(object, "preemptionPolicy")),
          std::string(text_at(object, "metadata.name"))};
}

// Those every cluster has, whether or not somebody stored them.
std::optional<Priority> system_priority(std::string_view name) {
  if (name == "system-node-critical")
    return Priority{.value = 2000001000, .name = std::string(name)};
  if (name == "system-cluster-critical")
    return Priority{.value = 2000000000, .name = std::string(name)};
  return std::nullopt;
}

json::object decoded(const ObjectPtr& object) {
  auto value = decode_json(object->bytes);
  return value && value->is_object() ? std::move(value->get_object()) : json::object();
}

// The class for pods that name none: the one marked so (the smallest, when there are several).
Priority default_priority(const Store& store) {
  std::optional<Priority> found;
  for (const ObjectPtr& object : store.list(kPriorityClasses, "")) {
    const json::object priority = decoded(object);
    if (!true_in(priority, "globalDefault")) continue;
    if (!found || integer_in(priority, "value") < found->value) found = priority_in(priority);
  }
  return found.value_or(Priority());
}

Error forbidden_pod(const json::object& pod, std::string_view why) {
  return {Error::Kind::kForbidden,
          fmt::format("pods \"{}\" is forbidden: {}", text_at(pod, "metadata.name"), why)};
}

// As the Scheduler says it, so that it is known by the same condition.
void mark_scheduled(json::object& pod, WallTime now) {
  json::array& conditions = make_array(make_object(pod, "status"), "conditions");
  const json::object scheduled{{"type", "PodScheduled"},
                               {"status", "True"},
                               {"lastProbeTime", nullptr},
                               {"lastTransitionTime", format_time(now)}};
  for (json::value& value : conditions) {
    json::object* const condition = value.if_object();
    if (condition == nullptr || text_in(*condition, "type") != "PodScheduled") continue;
    *condition = scheduled;
    return;
  }
  conditions.push_back(scheduled);
}

constexpr std::string_view kBindingResource = "pods/binding";

Error binding_conflict(const json::object& pod, std::string_view why) {
  const auto name = text_at(pod, "metadata.name");
  return {Error::Kind::kConflict,
          fmt::format("Operation cannot be fulfilled on {} \"{}\": pod {} {}", kBindingResource,
                      name, name, why)};
}

Result<> bind(json::object& pod, const json::object& binding, WallTime now) {
  json::object& spec = make_object(pod, "spec");
  if (!text_at(pod, "metadata.deletionTimestamp").empty())
    return std::unexpected(binding_conflict(pod, "is being deleted, cannot be assigned to a host"));
  if (const auto node = text_in(spec, "nodeName"); !node.empty())
    return std::unexpected(
        binding_conflict(pod, fmt::format("is already assigned to node \"{}\"", node)));
  if (!array_in(spec, "schedulingGates").empty())
    return std::unexpected(binding_conflict(pod, "has non-empty .spec.schedulingGates"));
  spec["nodeName"] = json::string(text_at(binding, "target.name"));
  for (const std::string_view map : {"annotations", "labels"}) {
    const json::object& added = object_in(object_in(binding, "metadata"), map);
    for (const auto& [key, value] : added)
      make_object(make_object(pod, "metadata"), map)[key] = value;
  }
  mark_scheduled(pod, now);
  return {};
}

Problems binding_problems(const json::object& binding) {
  Problems problems;
  const Place target{problems, "target"};
  const auto kind = text_at(binding, "target.kind");
  if (!kind.empty() && kind != "Node") target.child("kind").unsupported(kind, {"Node", "<empty>"});
  if (text_at(binding, "target.name").empty()) target.child("name").required();
  return problems;
}

// Kubernetes answers with an error of Go that is no Status: no reason, code 500.
SpecialAnswer misshapen_binding(const Problems& problems) {
  return {.status = 500,
          .object = {{"kind", "Status"},
                     {"apiVersion", "v1"},
                     {"metadata", json::object()},
                     {"status", "Failure"},
                     {"message", kube::problems_text(problems)},
                     {"code", 500}}};
}

// What both Binding and pods/binding do.
Async<SpecialAnswer> answer_binding(PodWrites writes, SpecialRequest request) {
  const Problems problems = binding_problems(request.body);
  if (!problems.empty()) co_return misshapen_binding(problems);
  if (!writes.update) co_return fail(Error::Kind::kUnavailable, "pods cannot be bound here");
  const json::object binding = request.body;
  const WallTime now = request.now;
  std::function<Result<>(json::object&)> edit = [binding, now](json::object& pod) {
    return bind(pod, binding, now);
  };
  if (request.key.name.empty()) request.key.name = std::string(text_at(binding, "metadata.name"));
  const std::string name = request.key.name;
  const auto updated = co_await writes.update(std::move(request), std::move(edit));
  if (updated) co_return success_answer();
  const Error& error = updated.error();
  if (error.kind == Error::Kind::kConflict) co_return refused_answer(error, kBindingResource, name);
  if (error.kind == Error::Kind::kNotFound) co_return refused_answer(error, kPods, name);
  co_return std::unexpected(error);
}

// A pod that does not run, or not well, is nobody's loss.
bool may_always_be_evicted(const json::object& pod) {
  const auto phase = text_at(pod, "status.phase");
  return phase == "Pending" || phase == "Succeeded" || phase == "Failed" ||
         !text_at(pod, "metadata.deletionTimestamp").empty();
}

// Nobody has counted the pods of this budget yet.
bool is_behind(const json::object& budget) {
  return integer_in(object_in(budget, "status"), "observedGeneration") <
         integer_in(object_in(budget, "metadata"), "generation");
}

bool allows_disruption(const json::object& budget) {
  return !is_behind(budget) && integer_in(object_in(budget, "status"), "disruptionsAllowed") > 0;
}

SpecialAnswer disruption_refusal(const json::object& budget) {
  const json::object& status = object_in(budget, "status");
  const auto name = text_at(budget, "metadata.name");
  const bool behind = is_behind(budget);
  const std::string why =
      behind
          ? fmt::format("The disruption budget {} is still being processed by the server.", name)
          : fmt::format("The disruption budget {} needs {} healthy pods and has {} currently", name,
                        integer_in(status, "desiredHealthy"), integer_in(status, "currentHealthy"));
  const Error error{Error::Kind::kRateLimited,
                    "Cannot evict pod as it would violate the pod's disruption budget."};
  json::object answer = kube::error_status(error);
  json::object& details = make_object(answer, "details");
  details["causes"] = json::array{json::object{{"reason", "DisruptionBudget"}, {"message", why}}};
  if (behind) details["retryAfterSeconds"] = kBudgetRetrySeconds;
  return {.status = kube::http_status_of(error.kind), .object = std::move(answer)};
}

class PodStrategy final : public BuiltinStrategy {
 public:
  explicit PodStrategy(const BuiltinServices& services)
      : BuiltinStrategy("Pod"), store_(services.store), writes_(services.pods) {}

  Result<> prepare_create(json::object& object, const WriteContext& context) const override {
    CHECK_OK(set_priority(object));
    return BuiltinStrategy::prepare_create(object, context);
  }

  Result<> prepare_update(json::object& object, const json::object& old,
                          const WriteContext& context) const override {
    if (context.subresource == "ephemeralcontainers")  // kubectl knows this answer by its shape
      return fail(Error::Kind::kNotFound, "ephemeral containers are disabled for this server");
    return BuiltinStrategy::prepare_update(object, old, context);
  }

  std::int64_t grace_seconds(const json::object& object,
                             std::optional<std::int64_t> requested) const override {
    const json::object& spec = object_in(object, "spec");
    const auto phase = text_at(object, "status.phase");
    // Nothing runs: there is nobody to wait for.
    if (text_in(spec, "nodeName").empty() || phase == "Succeeded" || phase == "Failed") return 0;
    const auto seconds = requested.value_or(integer_in(spec, "terminationGracePeriodSeconds"));
    return seconds < 0 ? 1 : seconds;
  }

  json::array row_conditions(const json::object& object) const override {
    const auto phase = text_at(object, "status.phase");
    if (phase != "Succeeded" && phase != "Failed") return {};
    return {json::object{{"type", "Completed"},
                         {"status", "True"},
                         {"reason", json::string(phase)},
                         {"message", phase == "Failed" ? "The pod failed."
                                                       : "The pod has completed successfully."}}};
  }

  bool answers(std::string_view method, std::string_view subresource) const override {
    return method == "POST" && (subresource == "binding" || subresource == "eviction");
  }

  Async<SpecialAnswer> special(SpecialRequest request) const override {
    if (request.subresource == "binding")
      co_return co_await answer_binding(writes_, std::move(request));
    co_return co_await evict(std::move(request));
  }

 private:
  Result<> set_priority(json::object& pod) const {
    json::object& spec = make_object(pod, "spec");
    const auto name = text_in(spec, "priorityClassName");
    TRY(const Priority priority, priority_of(pod, name));
    if (const json::value* const given = value_in(spec, "priority");
        given != nullptr && *given != json::value(priority.value))
      return std::unexpected(forbidden_pod(
          pod, fmt::format("the integer value of priority ({}) must not be provided in pod spec; "
                           "priority admission controller computed {} from the given PriorityClass "
                           "name",
                           integer_in(spec, "priority"), priority.value)));
    spec["priority"] = priority.value;
    if (!priority.name.empty()) spec["priorityClassName"] = priority.name;
    set_default(spec, "preemptionPolicy", json::string(priority.preemption));
    return {};
  }

  Result<Priority> priority_of(const json::object& pod, std::string_view name) const {
    if (name.empty()) return default_priority(store_);
    if (const auto known = system_priority(name)) return *known;
    const ObjectPtr found = store_.decided(kPriorityClasses, {"", std::string(name)});
    if (found != nullptr) return priority_in(decoded(found));
    return std::unexpected(
        forbidden_pod(pod, fmt::format("no PriorityClass with name {} was found", name)));
  }

  // The answer when a budget stands against the eviction.
  Result<std::optional<SpecialAnswer>> budget_refusal(const json::object& pod,
                                                      const kube::ObjectKey& key) const {
    if (may_always_be_evicted(pod)) return std::nullopt;
    const json::object& labels = object_at(pod, "metadata.labels");
    std::vector<json::object> matching;
    for (const ObjectPtr& object : store_.list(kBudgets, key.ns)) {
      json::object budget = decoded(object);
      if (selector_matches(object_at(budget, "spec.selector"), labels))
        matching.push_back(std::move(budget));
    }
    if (matching.size() > 1)
      return fail(Error::Kind::kInternal,
                  "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                  "does not support.");
    if (matching.empty() || allows_disruption(matching.front())) return std::nullopt;
    return disruption_refusal(matching.front());
  }

  Async<SpecialAnswer> evict(SpecialRequest request) const {
    const ObjectPtr stored = store_.decided(kPods, request.key);
    if (stored == nullptr) {
      const std::string& name = request.key.name;
      Error error{Error::Kind::kNotFound, fmt::format("pods \"{}\" not found", name)};
      co_return refused_answer(error, kPods, name);
    }
    CO_TRY(auto refusal, budget_refusal(decoded(stored), request.key));
    if (refusal) co_return *std::move(refusal);
    if (!writes_.remove) co_return fail(Error::Kind::kUnavailable, "pods cannot be evicted here");
    json::object options = object_in(request.body, "deleteOptions");
    CO_CHECK(co_await writes_.remove(std::move(request), std::move(options)));
    co_return success_answer();
  }

  Store& store_;
  PodWrites writes_;
};

class BindingStrategy final : public BuiltinStrategy {
 public:
  explicit BindingStrategy(const BuiltinServices& services)
      : BuiltinStrategy("Binding"), writes_(services.pods) {}

  bool answers(std::string_view method, std::string_view subresource) const override {
    return method == "POST" && subresource.empty();
  }

  Async<SpecialAnswer> special(SpecialRequest request) const override {
    co_return co_await answer_binding(writes_, std::move(request));
  }

 private:
  PodWrites writes_;
};

}  // namespace

std::shared_ptr<const Strategy> make_pod_strategy(const BuiltinServices& services) {
  return std::make_shared<const PodStrategy>(services);
}

std::shared_ptr<const Strategy> make_binding_strategy(const BuiltinServices& services) {
  return std::make_shared<const BindingStrategy>(services);
}

}  // namespace dynamod::apiserver
