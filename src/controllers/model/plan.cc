// The plan for one model: what is wanted, the roll of a changed source, names to be taken off, and
// the way out.
#include "controllers/model/plan.h"

#include <algorithm>
#include <utility>

#include "controllers/model/unload_plan.h"

namespace dynamod::controllers::model {

namespace {

using lora::EndpointReason;

constexpr std::size_t kRollDivisor = 4;  // 25 % of the endpoints at a time, at least one

void wake_at(ModelPlan& plan, std::optional<SteadyTime> when) {
  if (when) plan.recheck_at = std::min(plan.recheck_at.value_or(*when), *when);
}

// Prefill workers without LoRA handlers are covered by a sibling of their group that serves the
// adapter.
void cover_by_peers(const ModelWorld& world, std::vector<Verdict>& verdicts) {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const EndpointView& endpoint = world.endpoints[i];
    if (verdicts[i].reason != EndpointReason::kLoraDisabled || !endpoint.prefill_group ||
        !endpoint.pod_ready)
      continue;
    for (std::size_t j = 0; j < verdicts.size(); ++j) {
      if (world.endpoints[j].prefill_group != endpoint.prefill_group ||
          verdicts[j].loaded != Loaded::kWanted)
        continue;
      verdicts[i].covered = true;
      verdicts[i].reason = EndpointReason::kCoveredByPeer;
      verdicts[i].message = "has no LoRA handlers; " + world.endpoints[j].pod_name +
                            " of its group serves the adapter";
      break;
    }
  }
}

// The annotation as it should read once what is known now is taken into account.
Applied next_applied(const ModelWorld& world) {
  const kinds::DynamoModel& model = *world.model;
  const std::string source = source_hash(model.spec.source->uri);
  Applied next{.names = {model.spec.model_name}, .source = source, .from = std::nullopt};
  if (!world.applied) {
    // Taken over from another operator: only an object that was never edited tells what its
    // adapter's source is.
    if (model.metadata.generation != 1) next.from = "";
    return next;
  }
  for (const std::string& name : world.applied->names) {
    if (name != model.spec.model_name) next.names.push_back(name);
  }
  next.from =
      world.applied->source == source ? world.applied->from : std::optional(world.applied->source);
  return next;
}

bool source_is_settled(const Wanted& wanted, const EndpointView& endpoint, const Verdict& verdict) {
  return surely_absent(wanted.name, endpoint) ||
         (verdict.loaded == Loaded::kWanted && !endpoint.adapter(wanted.name).running);
}

// Chooses which endpoints that serve another source are reloaded now.
void plan_roll(const ModelWorld& world, ModelPlan& plan, std::vector<std::size_t> candidates,
               SteadyTime now) {
  Roll roll;
  std::size_t in_progress = 0;
  bool others_first = false;
  for (std::size_t i = 0; i < world.endpoints.size(); ++i) {
    const EndpointView& endpoint = world.endpoints[i];
    const Verdict& verdict = plan.verdicts[i];
    if (!endpoint.counts || !endpoint.callable || endpoint.contact) continue;
    ++roll.total;
    if (verdict.loaded == Loaded::kWanted) ++roll.updated;
    if (verdict.failed && !roll.paused) {
      roll.paused = endpoint.pod_name + ": " + std::string(to_string(verdict.reason)) + ": " +
                    verdict.message;
    }
    const AdapterView& adapter = endpoint.adapter(world.model->spec.model_name);
    const auto& running = adapter.running;
    const bool reloads = running && running->task == AdapterTask::kReload;
    if (reloads || (!running && adapter.unload_may_run)) ++in_progress;
    const bool loads_now = verdict.step == Step::kLoad && !verdict.not_before;
    if (loads_now || (running && running->task == AdapterTask::kLoad)) others_first = true;
  }
  const std::size_t budget = std::max<std::size_t>(1, roll.total / kRollDivisor);
  for (const std::size_t i : candidates) {
    if (plan.verdicts[i].not_before > now) continue;
    const EndpointView& endpoint = world.endpoints[i];
    const bool is_begun = endpoint.adapter(world.model->spec.model_name).unload_may_run;
    const bool is_retry = plan.verdicts[i].failed || is_begun;
    if (!is_retry && (roll.paused || others_first || in_progress >= budget)) continue;
    if (!is_begun) ++in_progress;
    const std::string& uri = world.model->spec.source->uri;
    plan.actions.push_back({endpoint.pod_uid, AdapterTask::kReload, world.model->spec.model_name,
                            uri, source_hash(uri)});
  }
  plan.roll = std::move(roll);
}

// The wanted adapter on every endpoint that counts.
void plan_loads(const ModelWorld& world, const Wanted& wanted, ModelPlan& plan, SteadyTime now) {
  std::vector<std::size_t> to_reload;
  bool reloading = false;
  for (std::size_t i = 0; i < world.endpoints.size(); ++i) {
    const EndpointView& endpoint = world.endpoints[i];
    const Verdict& verdict = plan.verdicts[i];
    const auto& running = endpoint.adapter(wanted.name).running;
    if (running && running->task == AdapterTask::kReload) reloading = true;
    if (!endpoint.counts) continue;
    if (verdict.not_before > now) wake_at(plan, verdict.not_before);
    if (verdict.step == Step::kReload) to_reload.push_back(i);
    if (verdict.step != Step::kLoad || verdict.not_before > now) continue;
    plan.actions.push_back(
        {endpoint.pod_uid, AdapterTask::kLoad, wanted.name, wanted.uri, wanted.applied.source});
  }
  if (!to_reload.empty() || reloading || wanted.applied.from)
    plan_roll(world, plan, std::move(to_reload), now);
}

// Names that are not (or no longer) wanted: unloaded where this object still owns them, forgotten
// when gone everywhere.
void plan_old_names(const ModelWorld& world, Applied& applied, ModelPlan& plan, SteadyTime now) {
  std::erase_if(applied.names, [&](const std::string& name) {
    if (name == world.model->spec.model_name && !world.conflict_owner) return false;
    if (std::ranges::find(world.owned_names, name) == world.owned_names.end()) return true;
    NameUnload unload = plan_unload(name, world.endpoints, now);
    std::ranges::move(unload.actions, std::back_inserter(plan.actions));
    wake_at(plan, unload.recheck_at);
    return unload.done();
  });
}

void plan_present(const ModelWorld& world, ModelPlan& plan, SteadyTime now) {
  Wanted wanted{world.model->spec.model_name, world.model->spec.source->uri, next_applied(world)};
  for (const EndpointView& endpoint : world.endpoints) {
    plan.verdicts.push_back(judge_endpoint(wanted, endpoint, *world.model));
  }
  cover_by_peers(world, plan.verdicts);
  plan_loads(world, wanted, plan, now);
  plan_old_names(world, wanted.applied, plan, now);
  bool settled = true;
  for (std::size_t i = 0; i < world.endpoints.size(); ++i) {
    settled = settled && source_is_settled(wanted, world.endpoints[i], plan.verdicts[i]);
  }
  // A change that is written just now cannot be finished yet: `from` goes with a later look.
  if (settled && world.applied && world.applied->from == wanted.applied.from)
    wanted.applied.from.reset();
  if (world.applied != wanted.applied) plan.write_applied = wanted.applied;
  if (!world.model->metadata.has_finalizer(kinds::kFinalizer))
    plan.finalizer = FinalizerChange::kAdd;
}

// The object lost its name to another one: it loads nothing, and takes off what it still owns under
// older names.
void plan_stalled(const ModelWorld& world, ModelPlan& plan, SteadyTime now) {
  for (const EndpointView& endpoint : world.endpoints) {
    Verdict verdict;
    verdict.reason = EndpointReason::kNameConflict;
    verdict.message = "the name belongs to another object";
    if (!endpoint.callable) verdict.reason = EndpointReason::kPodNotReady;
    plan.verdicts.push_back(std::move(verdict));
  }
  if (!world.applied) return;
  Applied applied = *world.applied;
  plan_old_names(world, applied, plan, now);
  if (applied != *world.applied) plan.write_applied = std::move(applied);
}

Verdict judge_unloading(const std::vector<std::string>& names, const EndpointView& endpoint) {
  Verdict verdict;
  verdict.reason = EndpointReason::kUnloading;
  verdict.message = "the model is being deleted";
  for (const std::string& name : names) {
    const AdapterView& adapter = endpoint.adapter(name);
    if (endpoint.contact) {
      verdict.reason = endpoint.contact->reason;
      verdict.message = endpoint.contact->message;
    } else if (adapter.failed && adapter.failed->task == AdapterTask::kUnload) {
      verdict.reason = adapter.failed->failure.reason;
      verdict.message = adapter.failed->failure.message;
    } else if (adapter.load_may_run && !adapter.listed) {
      // The word stays Loading: it is what tells the next process of this operator about the load.
      verdict.reason = EndpointReason::kLoading;
      verdict.message = "a load that was sent may still be running there";
    }
  }
  return verdict;
}

void plan_deletion(const ModelWorld& world, ModelPlan& plan, PlanTime now,
                   const PlanOptions& options) {
  if (!world.model->metadata.has_finalizer(kinds::kFinalizer)) return;
  std::map<std::string, Debt> debts;  // by pod uid
  for (const std::string& name : world.owned_names) {
    NameUnload unload = plan_unload(name, world.endpoints, now.steady);
    std::ranges::move(unload.actions, std::back_inserter(plan.actions));
    wake_at(plan, unload.recheck_at);
    for (const EndpointView& endpoint : world.endpoints) {
      if (surely_absent(name, endpoint)) continue;
      Debt& debt = debts[endpoint.pod_uid];
      debt.pod_name = endpoint.pod_name;
      debt.pod_uid = endpoint.pod_uid;
      debt.names.push_back(name);
    }
  }
  for (const EndpointView& endpoint : world.endpoints) {
    plan.verdicts.push_back(judge_unloading(world.owned_names, endpoint));
    if (debts.contains(endpoint.pod_uid)) plan.unloading.push_back(endpoint.pod_name);
  }
  if (debts.empty()) {
    plan.finalizer = FinalizerChange::kRemove;
    return;
  }
  const WallTime give_up_at =
      world.model->metadata.deletion_timestamp.value_or(now.wall) + options.unload_give_up;
  if (now.wall < give_up_at) {
    wake_at(plan, now.steady + (give_up_at - now.wall));
    return;
  }
  plan.gave_up = true;
  plan.finalizer = FinalizerChange::kRemove;
  for (auto& [uid, debt] : debts) plan.debts.push_back(std::move(debt));
}

}  // namespace

ModelPlan plan_model(const ModelWorld& world, PlanTime now, const PlanOptions& options) {
  ModelPlan plan;
  const kinds::DynamoModel& model = *world.model;
  const bool deleting = model.metadata.deletion_timestamp.has_value();
  const bool lora = model.spec.model_type == kinds::ModelType::kLora;
  if (deleting && world.owned_names.empty()) {
    if (model.metadata.has_finalizer(kinds::kFinalizer)) plan.finalizer = FinalizerChange::kRemove;
    plan.verdicts.resize(world.endpoints.size());
    return plan;
  }
  if (world.discovery_failure || (!deleting && !world.problems.empty())) {
    Verdict idle;
    idle.reason = EndpointReason::kLoadFailed;
    idle.message = "nothing is done here: see the conditions of the model";
    plan.verdicts.assign(world.endpoints.size(), idle);
    return plan;
  }
  if (deleting) {
    plan_deletion(world, plan, now, options);
  } else if (!lora) {
    for (const EndpointView& endpoint : world.endpoints)
      plan.verdicts.push_back(judge_tracked(endpoint));
  } else if (world.conflict_owner) {
    plan_stalled(world, plan, now.steady);
  } else {
    plan_present(world, plan, now.steady);
  }
  return plan;
}

}  // namespace dynamod::controllers::model
