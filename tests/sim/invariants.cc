// The rules of invariants.h.
#include "sim/invariants.h"

#include <algorithm>

#include <fmt/format.h>

#include "controllers/model/caches.h"
#include "controllers/model/debt_record.h"
#include "kube/decode.h"

namespace dynamod::sim {

namespace {

using controllers::model::applied_of;
using kinds::DynamoModel;

constexpr std::size_t kViolationsMax = 20;  // the first ones tell the story

double seconds(SteadyTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

bool owes(const testing::ScriptedApi& api, const PlayedPod& pod, const std::string& name) {
  const auto document = api.find("pods", kNamespace, pod.name);
  if (!document) return false;
  std::vector<kube::Problem> problems;
  const auto debts = controllers::model::debts_of(kube::from_json<kube::Pod>(*document, problems));
  return std::ranges::find(debts, name) != debts.end();
}

}  // namespace

std::optional<DynamoModel> stored_model(const testing::ScriptedApi& api,
                                        const std::string& object) {
  const auto document = api.find("dynamomodels", kNamespace, object);
  if (!document) return std::nullopt;
  std::vector<kube::Problem> problems;
  return kube::from_json<DynamoModel>(*document, problems);
}

void Invariants::add(std::string violation) {
  if (violations_.size() >= kViolationsMax) return;
  violations_.push_back(fmt::format("at {:.3f} s: {}", seconds(clock_.now()), violation));
}

void Invariants::note_spec(const std::string& object) {
  const auto model = stored_model(api_, object);
  for (auto& [key, wants] : wants_) {
    const bool is_this =
        key.starts_with(object + "/") && (!model || key != object + "/" + model->metadata.uid);
    if (is_this && !wants.back().deleting) {
      wants.push_back(wants.back());
      wants.back().deleting = true;
      wants.back().since = clock_.now();
    }
  }
  if (!model || model->spec.model_type != kinds::ModelType::kLora) return;
  wants_[object + "/" + model->metadata.uid].push_back(
      {.name = model->spec.model_name,
       .base = model->spec.base_model_name,
       .uri = model->spec.source ? model->spec.source->uri : "",
       .generation = model->metadata.generation,
       .since = clock_.now(),
       .deleting = model->metadata.deleting()});
}

void Invariants::check_ask(const PlayedPod& pod, const WorkerAsk& ask) {
  if (ask.repeated)
    add(fmt::format("{} of {} on {} by {}, which waits for the same call", ask.method, ask.name,
                    pod.name, ask.client));
  if (ask.method == "POST") check_load(pod, ask);
  if (ask.method == "DELETE") check_unload(pod, ask);
}

void Invariants::check_load(const PlayedPod& pod, const WorkerAsk& ask) {
  bool is_wanted = false;
  bool rolls = false;
  for (const auto& [key, wants] : wants_) {
    for (std::size_t i = 0; i < wants.size(); ++i) {
      const Want& want = wants[i];
      const bool is_this =
          want.name == ask.name && want.uri == ask.uri && want.base == pod.base && !want.deleting;
      if (!is_this) continue;
      const bool is_current = i + 1 == wants.size();
      if (is_current || is_recent(wants[i + 1].since, patience_.spec)) is_wanted = true;
      const auto model = stored_model(api_, key.substr(0, key.rfind('/')));
      const auto applied = model ? applied_of(*model) : std::nullopt;
      if (!applied || applied->from) rolls = true;
    }
  }
  if (!is_wanted)
    add(fmt::format("{} asks {} to load {} from {}, which no model wants", ask.client, pod.name,
                    ask.name, ask.uri));
  const auto there = pod.adapters().find(ask.name);
  if (there == pod.adapters().end() || there->second != ask.uri) return;
  const bool is_settled = !is_recent(*pod.worker->fake().held_since(ask.name), patience_.worker) &&
                          !is_recent(pod.disturbed_at, patience_.worker);
  if (is_settled && !rolls) {
    add(fmt::format("{} asks {} again to load {} from {}, which is there", ask.client, pod.name,
                    ask.name, ask.uri));
  }
}

void Invariants::check_unload(const PlayedPod& pod, const WorkerAsk& ask) {
  if (owes(api_, pod, ask.name)) return;
  const bool is_ours = std::ranges::any_of(wants_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second, [&](const Want& want) {
      return want.name == ask.name && want.base == pod.base;
    });
  });
  if (!is_ours) {
    add(fmt::format("{} unloads {} from {}, where no model ever wanted it", ask.client, ask.name,
                    pod.name));
  }
  for (const auto& [key, wants] : wants_) {
    const Want& want = wants.back();
    if (want.deleting || want.name != ask.name || want.base != pod.base) continue;
    if (is_recent(want.since, patience_.spec) || is_recent(pod.disturbed_at, patience_.worker))
      continue;
    const auto model = stored_model(api_, key.substr(0, key.rfind('/')));
    const auto applied = model ? applied_of(*model) : std::nullopt;
    const bool is_owner = applied && applied->holds(ask.name);
    if (is_owner && !applied->from) {
      add(fmt::format("{} unloads {} from {}, which {} wants there", ask.client, ask.name, pod.name,
                      model->metadata.name));
    }
  }
}

void Invariants::check_status(const json::value& object, const PlayedNodes& nodes) {
  std::vector<kube::Problem> problems;
  const auto model = kube::from_json<DynamoModel>(object, problems);
  const auto known = wants_.find(model.metadata.name + "/" + model.metadata.uid);
  if (known == wants_.end()) return;
  const Wants& wants = known->second;
  const auto want = std::ranges::find(wants, model.status.observed_generation, &Want::generation);
  if (want == wants.end() || want->deleting) return;
  for (const kinds::ModelEndpoint& endpoint : model.status.endpoints) {
    const PlayedPod* pod = nodes.find_uid(endpoint.pod_uid);
    if (!endpoint.ready || pod == nullptr || is_recent(pod->disturbed_at, patience_.worker))
      continue;
    const auto there = pod->adapters().find(want->name);
    if (there != pod->adapters().end() && there->second == want->uri) continue;
    if (model.metadata.generation != want->generation)
      continue;  // its successor is being loaded already
    add(fmt::format("the status of {} calls {} ready, which does not hold {} from {}",
                    model.metadata.name, pod->name, want->name, want->uri));
  }
}

}  // namespace dynamod::sim
