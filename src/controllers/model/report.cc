// Status, conditions and events of one look at a model, by the tables of the design's section 3.
#include "controllers/model/report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "kube/condition.h"

namespace dynamod::controllers::model {

namespace {

using kinds::ModelEndpoint;
using kube::Condition;
using kube::ConditionStatus;
using lora::EndpointReason;

constexpr std::size_t kPodsInMessage =
    3;  // a condition is read by people: the first few tell the story

// The last part of a message about endpoints: "w-0: Timeout: no answer; w-1: ...".
std::string first_unready(const std::vector<ModelEndpoint>& endpoints) {
  std::string text;
  std::size_t shown = 0;
  for (const ModelEndpoint& endpoint : endpoints) {
    if (endpoint.ready || endpoint.lora_fallback_covered) continue;
    if (++shown > kPodsInMessage) break;
    text += fmt::format("{}{}: {}", shown == 1 ? "" : "; ", endpoint.pod_name, endpoint.reason);
    if (!endpoint.message.empty()) text += ": " + endpoint.message;
  }
  return text;
}

// What the last status said of the pod. Both are sorted by pod name: mostly it is at the same
// place.
const ModelEndpoint* seen_before(const ModelWorld& world, const EndpointView& view,
                                 std::size_t place) {
  const auto& seen = world.model->status.endpoints;
  if (place < seen.size() && seen[place].pod_uid == view.pod_uid) return &seen[place];
  const auto found = std::ranges::find(seen, view.pod_uid, &ModelEndpoint::pod_uid);
  return found == seen.end() ? nullptr : &*found;
}

// Where another source is loaded: what the last status said of this incarnation, unless that would
// claim the wanted one.
std::string shown_source(const std::string& wanted, const EndpointView& view,
                         const Verdict& verdict, const ModelEndpoint* seen) {
  if (verdict.loaded == Loaded::kNo) return "";
  if (verdict.loaded == Loaded::kWanted) return wanted;
  const bool same = seen != nullptr && seen->container_id == view.container_id;
  return same && seen->source != wanted ? seen->source : "";
}

ModelEndpoint report_endpoint(const std::string& wanted_source, const EndpointView& view,
                              const Verdict& verdict, const ModelEndpoint* seen, WallTime now) {
  ModelEndpoint endpoint;
  endpoint.address = view.address;
  endpoint.pod_name = view.pod_name;
  endpoint.pod_uid = view.pod_uid;
  endpoint.container_id = view.container_id;
  endpoint.ready = verdict.ready;
  endpoint.lora_fallback_covered = verdict.covered;
  endpoint.reason = std::string(lora::to_string(verdict.reason));
  endpoint.message = verdict.message;
  endpoint.source = shown_source(wanted_source, view, verdict, seen);
  const bool same = seen != nullptr && seen->ready == endpoint.ready &&
                    seen->reason == endpoint.reason && seen->since;
  endpoint.since = same ? *seen->since : now;
  return endpoint;
}

// What a status says as a whole.
struct Headline {
  ConditionStatus status = ConditionStatus::kFalse;
  std::string reason;
  std::string message;
};

Headline counted(const ModelWorld& world, const ModelPlan& plan,
                 const kinds::DynamoModelStatus& status) {
  const std::string& base = world.model->spec.base_model_name;
  if (status.total_endpoints == 0) {
    return {ConditionStatus::kFalse, "NoEndpoints",
            "No endpoint slices found for base model " + base};
  }
  if (status.ready_endpoints + status.lora_fallback_covered_endpoints == status.total_endpoints &&
      status.ready_endpoints > 0) {
    return {ConditionStatus::kTrue, "EndpointsDiscovered",
            fmt::format("Discovered {} ready endpoints for base model {}", status.ready_endpoints,
                        base)};
  }
  Headline headline;
  headline.reason = status.ready_endpoints == 0 ? "NoReadyEndpoints" : "NotReady";
  headline.message =
      fmt::format("Found {} ready endpoint(s) out of {} total: ", status.ready_endpoints,
                  status.total_endpoints);
  if (plan.roll && plan.roll->updated < plan.roll->total) {
    headline.message += fmt::format("{} of {} updated", plan.roll->updated, plan.roll->total);
    headline.message += plan.roll->paused ? ", paused: " + *plan.roll->paused + "; " : "; ";
  }
  headline.message += first_unready(status.endpoints);
  return headline;
}

Headline headline_of(const ModelWorld& world, const ModelPlan& plan,
                     const kinds::DynamoModelStatus& status) {
  if (world.discovery_failure) {
    return {ConditionStatus::kUnknown, "EndpointDiscoveryFailed", world.discovery_failure->message};
  }
  return counted(world, plan, status);
}

std::optional<Headline> stalled(const ModelWorld& world) {
  if (world.model->metadata.deleting()) return std::nullopt;
  if (!world.problems.empty()) {
    return Headline{ConditionStatus::kTrue, "InvalidSpec", kube::problems_text(world.problems)};
  }
  if (!world.conflict_owner) return std::nullopt;
  return Headline{
      ConditionStatus::kTrue, "NameConflict",
      fmt::format("modelName \"{}\" on base model {} belongs to DynamoModel {} (names that differ "
                  "only in case "
                  "or punctuation are one name to Dynamo): choose another modelName or delete {}",
                  world.model->spec.model_name, world.model->spec.base_model_name,
                  *world.conflict_owner, *world.conflict_owner)};
}

void put_condition(std::vector<Condition>& conditions, std::string_view type,
                   const Headline& headline, const ModelWorld& world, WallTime now) {
  Condition condition;
  condition.type = std::string(type);
  condition.status = headline.status;
  condition.reason = headline.reason;
  condition.message = headline.message;
  condition.observed_generation = world.model->metadata.generation;
  kube::set_condition(conditions, std::move(condition), now);
}

void put_conditions(const ModelWorld& world, const ModelPlan& plan, WallTime now,
                    kinds::DynamoModelStatus& status) {
  const Headline headline = headline_of(world, plan, status);
  put_condition(status.conditions, kinds::kEndpointsReadyCondition, headline, world, now);
  if (!world.discovery_failure) {
    const std::string base =
        "No endpoint slices found for base model " + world.model->spec.base_model_name;
    const Headline services = world.services > 0
                                  ? Headline{ConditionStatus::kTrue, "ServicesFound",
                                             fmt::format("Found {} service(s)", world.services)}
                                  : Headline{ConditionStatus::kFalse, "NoServicesFound", base};
    put_condition(status.conditions, kinds::kServicesFoundCondition, services, world, now);
  }
  const std::optional<Headline> stall = stalled(world);
  Headline ready = headline;
  if (stall) {
    // It cannot become ready by itself, and the column REASON of `kubectl get -o wide` says why.
    ready = *stall;
    ready.status = ConditionStatus::kFalse;
  }
  put_condition(status.conditions, kinds::kReadyCondition, ready, world, now);
  if (stall) {
    put_condition(status.conditions, kinds::kStalledCondition, *stall, world, now);
  } else {
    std::erase_if(status.conditions,
                  [](const Condition& c) { return c.type == kinds::kStalledCondition; });
  }
}

kinds::DynamoModelStatus make_status(const ModelWorld& world, const ModelPlan& plan, WallTime now) {
  kinds::DynamoModelStatus status;
  status.conditions = world.model->status.conditions;
  status.observed_generation = world.model->metadata.generation;
  if (world.discovery_failure) {
    // What was seen last stays, and with it the generation that it is about; the condition says
    // that it is not known any more.
    status.endpoints = world.model->status.endpoints;
    status.observed_generation = world.model->status.observed_generation;
  } else {
    const auto& source = world.model->spec.source;
    const std::string wanted = source ? source_text(source->uri) : "";
    status.endpoints.reserve(world.endpoints.size());
    for (std::size_t i = 0; i < world.endpoints.size(); ++i) {
      const EndpointView& view = world.endpoints[i];
      const bool owes = std::ranges::find(plan.unloading, view.pod_name) != plan.unloading.end();
      if (world.model->metadata.deleting() ? !owes : !view.counts) continue;
      const ModelEndpoint* seen = seen_before(world, view, status.endpoints.size());
      status.endpoints.push_back(report_endpoint(wanted, view, plan.verdicts[i], seen, now));
    }
  }
  for (const ModelEndpoint& endpoint : status.endpoints) {
    status.ready_endpoints += endpoint.ready ? 1 : 0;
    status.lora_fallback_covered_endpoints += endpoint.lora_fallback_covered ? 1 : 0;
  }
  status.total_endpoints = static_cast<std::int32_t>(status.endpoints.size());
  put_conditions(world, plan, now, status);
  return status;
}

// A condition changed in a way people and tools wait for. From "0 ready" to "1 ready" it did not:
// that is progress.
bool turned(const std::vector<Condition>& before, const std::vector<Condition>& now) {
  if (before.size() != now.size()) return true;
  const auto kind = [](const std::string& reason) {
    return reason == "NoReadyEndpoints" ? std::string("NotReady") : reason;
  };
  return std::ranges::any_of(now, [&](const Condition& condition) {
    const Condition* old = kube::find_condition(before, condition.type);
    return old == nullptr || old->status != condition.status ||
           kind(old->reason) != kind(condition.reason);
  });
}

// Tells events about endpoints; see Announced.
class Announcer {
 public:
  Announcer(const ModelWorld& world, const ModelPlan& plan, PlanTime now, ModelReport& report)
      : world_(world), plan_(plan), now_(now), report_(report) {}

  void announce() {
    if (world_.model->metadata.deleting()) return announce_deletion();
    announce_stall();
    announce_same_name();
    const Condition& ready =
        *kube::find_condition(report_.status.conditions, kinds::kEndpointsReadyCondition);
    if (ready.status == ConditionStatus::kTrue) {
      announce_ready(ready);
    } else if (ready.reason == "EndpointDiscoveryFailed") {
      once("EndpointDiscoveryFailed", true, ready.message);
    } else if (ready.reason == "NoEndpoints") {
      announce_no_endpoints(ready);
    } else if (!stalled(world_)) {
      announce_unready(ready);
    }
  }

 private:
  void say(std::string reason, bool warning, std::string message) {
    report_.events.push_back({warning, std::move(reason), std::move(message)});
  }

  void once(const std::string& reason, bool warning, const std::string& message) {
    Announced& announced = report_.announced;
    const std::int64_t generation = world_.model->metadata.generation;
    if (announced.endpoints == reason && announced.generation == generation) return;
    announced.endpoints = reason;
    announced.generation = generation;
    announced.message = message;
    announced.next_message.clear();
    say(reason, warning, message);
  }

  void announce_ready(const Condition& ready) {
    Announced& announced = report_.announced;
    announced.partial_failure = false;
    once("EndpointsReady", false, ready.message);
    if (announced.message == ready.message) {
      announced.next_message.clear();
      return;
    }
    if (announced.next_message != ready.message) {
      announced.next_message = ready.message;
      announced.next_since = now_.steady;
    }
    if (now_.steady < announced.next_since + kCountQuietFor) {
      report_.recheck_at = announced.next_since + kCountQuietFor;
      return;
    }
    announced.endpoints.clear();
    once("EndpointsReady", false, ready.message);
  }

  void announce_no_endpoints(const Condition& ready) {
    const Duration stood = now_.wall - ready.last_transition_time;
    if (report_.announced.endpoints.empty() && stood < kNoEndpointsQuietFor) {
      report_.recheck_at = now_.steady + (kNoEndpointsQuietFor - stood);
      return;
    }
    once("NoEndpointsFound", true, ready.message);
  }

  void announce_stall() {
    const auto stall = stalled(world_);
    if (stall && !report_.announced.stalled) say(stall->reason, true, stall->message);
    report_.announced.stalled = stall.has_value();
  }

  void announce_same_name() {
    const auto& other = world_.same_name_elsewhere;
    if (other && !report_.announced.same_name) {
      say("NameOnAnotherBase", true,
          fmt::format("DynamoModel {} has the modelName \"{}\" on another base model: clients that "
                      "ask for it may get "
                      "either",
                      *other, world_.model->spec.model_name));
    }
    report_.announced.same_name = other.has_value();
  }

  void announce_unready(const Condition& ready) {
    if (is_failing()) {
      if (!report_.announced.partial_failure) {
        say("PartialEndpointFailure", true,
            "Some endpoints failed to load LoRA: " + first_unready(report_.status.endpoints));
      }
      report_.announced.partial_failure = true;
    }
    if (const auto due = warning_due()) {
      report_.recheck_at = due;
      return;
    }
    once("NotReady", true, ready.message);
  }

  [[nodiscard]] bool is_failing() const {
    return std::ranges::any_of(plan_.verdicts,
                               [](const Verdict& verdict) { return verdict.failed; });
  }

  // When the first endpoint has been waiting for too long; nothing when a Warning is due now.
  [[nodiscard]] std::optional<SteadyTime> warning_due() const {
    std::optional<SteadyTime> first;
    for (const ModelEndpoint& endpoint : report_.status.endpoints) {
      if (endpoint.ready || endpoint.lora_fallback_covered) continue;
      const auto reason = lora::parse_endpoint_reason(endpoint.reason);
      const Duration waited = now_.wall - endpoint.since.value_or(now_.wall);
      if (!reason || !is_benign(*reason) || waited >= kBenignFor) return std::nullopt;
      const SteadyTime due = now_.steady + (kBenignFor - waited);
      first = std::min(first.value_or(due), due);
    }
    return first;
  }

  void announce_deletion() {
    if (plan_.gave_up) {
      std::string pods;
      for (const Debt& debt : plan_.debts) pods += (pods.empty() ? "" : ", ") + debt.pod_name;
      say("LoRAUnloadFailed", true,
          fmt::format("Failed to unload LoRA from some endpoints, which keep it until they answer "
                      "again: {}",
                      pods));
    } else if (plan_.finalizer == FinalizerChange::kRemove && !world_.owned_names.empty()) {
      say("LoRAUnloaded", false,
          fmt::format("Unloaded LoRA from {} endpoint(s)", world_.endpoints.size()));
    }
  }

  const ModelWorld& world_;
  const ModelPlan& plan_;
  PlanTime now_;
  ModelReport& report_;
};

}  // namespace

bool is_benign(EndpointReason reason) {
  switch (reason) {
    case EndpointReason::kLoading:
    case EndpointReason::kReloading:
    case EndpointReason::kWorkerStarting:
    case EndpointReason::kPodNotReady:
      return true;
    default:
      return false;
  }
}

Announced Announced::from_status(const kinds::DynamoModel& model) {
  Announced announced;
  const auto& conditions = model.status.conditions;
  announced.stalled = kube::find_condition(conditions, kinds::kStalledCondition) != nullptr;
  const Condition* ready = kube::find_condition(conditions, kinds::kEndpointsReadyCondition);
  if (ready == nullptr) return announced;
  announced.generation = ready->observed_generation;
  announced.message = ready->message;
  if (ready->status == ConditionStatus::kTrue) {
    announced.endpoints = "EndpointsReady";
  } else if (ready->reason == "NoEndpoints") {
    announced.endpoints = "NoEndpointsFound";
  } else if (ready->reason == "EndpointDiscoveryFailed") {
    announced.endpoints = ready->reason;
  } else {
    announced.endpoints = "NotReady";
    announced.partial_failure = true;
  }
  return announced;
}

ModelReport report_model(const ModelWorld& world, const ModelPlan& plan, PlanTime now,
                         const Announced& before) {
  ModelReport report;
  report.announced = before;
  report.status = make_status(world, plan, std::chrono::floor<std::chrono::seconds>(now.wall));
  report.urgent = world.model->status.conditions.empty() ||
                  world.model->status.observed_generation != report.status.observed_generation ||
                  turned(world.model->status.conditions, report.status.conditions);
  const bool all_asked = std::ranges::all_of(world.endpoints, &EndpointView::asked);
  const bool loads = world.model->spec.model_type == kinds::ModelType::kLora;
  report.premature =
      loads && !all_asked && !world.model->status.conditions.empty() && !world.discovery_failure;
  if (!report.premature) Announcer(world, plan, now, report).announce();
  return report;
}

}  // namespace dynamod::controllers::model
