// Building the world, its users' verbs, and what they see.
#include "sim/model_cluster.h"

#include <algorithm>

#include <fmt/format.h>

namespace dynamod::sim {

namespace {

using kinds::DynamoModel;

constexpr std::size_t kLinesMax = 4000;
constexpr std::uint64_t kApiLatencyMaxMs = 20;

const kinds::ModelEndpoint* find_endpoint(const std::optional<DynamoModel>& model,
                                          const std::string& pod) {
  if (!model) return nullptr;
  const auto found =
      std::ranges::find(model->status.endpoints, pod, &kinds::ModelEndpoint::pod_name);
  return found == model->status.endpoints.end() ? nullptr : &*found;
}

// Every version that answers in its own way, one for each seed; every seventh seed has them all.
std::vector<WorkerFlavour> flavours_of(std::uint64_t seed) {
  using enum testing::FakeVersion;
  using Abandoned = testing::FakeWorkerOptions::Abandoned;
  using Repeated = testing::FakeWorkerOptions::Repeated;
  const std::vector<WorkerFlavour> all = {
      {.version = k1_6},
      {.version = k0_9},
      {.version = k1_0},
      {.version = k1_3},
      {.version = k1_3, .abandoned = Abandoned::kStops},
      {.version = k1_6, .repeated = Repeated::kSwaps},
  };
  const std::uint64_t place = seed % (all.size() + 1);
  if (place == 0) return all;
  return {all[place - 1]};
}

std::string list_text(const std::map<std::string, std::string>& adapters) {
  std::string text;
  for (const auto& [name, uri] : adapters) text += (text.empty() ? "" : ", ") + name + "=" + uri;
  return "{" + text + "}";
}

}  // namespace

ModelCluster::ModelCluster(std::uint64_t seed)
    : loop(seed),
      api(loop.executor(), loop),
      net(loop),
      nodes(loop, api, net,
            [this](const PlayedPod& pod, const WorkerAsk& ask) { on_ask(pod, ask); }),
      invariants(loop, api),
      log_(loop, LogLevel::kInfo, [this](std::string_view line) {
        lines_.emplace_back(line);
        if (lines_.size() > kLinesMax) lines_.pop_front();
      }) {
  api.serve_builtin_types();
  api.serve({.group = "nvidia.com",
             .version = "v1alpha1",
             .plural = "dynamomodels",
             .kind = "DynamoModel"});
  api.on_write = [this](const testing::ScriptedApi::Write& write) { on_write(write); };
  nodes.use_flavours(flavours_of(seed));
  net.listen(kApiAddress, api);
  net.set_latency(kApiAddress, std::chrono::milliseconds(loop.rng().between(0, kApiLatencyMaxMs)));
}

ModelCluster::~ModelCluster() {
  for (const auto& one : operators_) one->kill();
  loop.await(nodes.stop());
}

SimOperator& ModelCluster::start_operator(Elect elect) {
  const std::string name = fmt::format("op-{}", operators_.size() + 1);
  operators_.push_back(
      std::make_unique<SimOperator>(SimOperator::World{loop, net, log_}, name, elect));
  operators_.back()->start();
  return *operators_.back();
}

void ModelCluster::stop_operator() {
  op().stop();
}

void ModelCluster::kill_operator() {
  note("kill " + op().name());
  op().kill();
}

std::vector<SimOperator*> ModelCluster::operators() const {
  std::vector<SimOperator*> result;
  for (const auto& one : operators_) result.push_back(one.get());
  return result;
}

void ModelCluster::on_ask(const PlayedPod& pod, const WorkerAsk& ask) {
  posts_ += ask.method == "POST" ? 1 : 0;
  deletes_ += ask.method == "DELETE" ? 1 : 0;
  note(fmt::format("{} asks {}: {} {} {}", ask.client, pod.name, ask.method, ask.name, ask.uri));
  invariants.check_ask(pod, ask);
  if (const auto leader = who_leads_instead_of(ask.client); !leader.empty())
    invariants.add(fmt::format("{} calls a worker while {} leads", ask.client, leader));
}

// Leases are how they agree on who leads: all write them.
void ModelCluster::on_write(const testing::ScriptedApi::Write& write) {
  const std::string& what = write.verb_and_resource;
  const auto leader = who_leads_instead_of(write.client);
  if (!leader.empty() && !what.ends_with(" leases")) {
    invariants.add(fmt::format("{} writes ({}) while {} leads", write.client, what, leader));
  }
  if (what == "patch dynamomodels/status") invariants.check_status(write.object, nodes);
  if (what.ends_with(" services")) nodes.services_changed();
}

// "" when this client leads itself.
std::string ModelCluster::who_leads_instead_of(const std::string& client) const {
  std::string leader = "nobody";
  for (const auto& one : operators_) {
    if (!one->acting()) continue;
    if (one->name() + ":0" == client) return "";
    leader = one->name();
  }
  return leader;
}

void ModelCluster::note(const std::string& deed) {
  log_.info(deed);
}

void ModelCluster::apply_lora(const std::string& object, const LoraSpec& spec) {
  const json::object document{
      {"apiVersion", "nvidia.com/v1alpha1"},
      {"kind", "DynamoModel"},
      {"metadata", json::object{{"namespace", kNamespace}, {"name", object}}},
      {"spec", json::object{{"modelName", spec.name},
                            {"baseModelName", spec.base},
                            {"modelType", "lora"},
                            {"source", json::object{{"uri", spec.uri}}}}}};
  note(fmt::format("apply {}: {} from {}", object, spec.name, spec.uri));
  api.put(document);
  invariants.note_spec(object);
}

void ModelCluster::patch_spec(const std::string& object, json::object spec) {
  note(fmt::format("patch {}: {}", object, encode_json(spec)));
  api.patch("dynamomodels", kNamespace, object, json::object{{"spec", std::move(spec)}});
  invariants.note_spec(object);
}

void ModelCluster::edit_uri(const std::string& object, const std::string& uri) {
  patch_spec(object, json::object{{"source", json::object{{"uri", uri}}}});
}

void ModelCluster::rename(const std::string& object, const std::string& model_name) {
  patch_spec(object, json::object{{"modelName", model_name}});
}

void ModelCluster::delete_model(const std::string& object) {
  note("delete " + object);
  api.remove("dynamomodels", kNamespace, object);
  invariants.note_spec(object);
}

void ModelCluster::add_pods(std::size_t count, const PodOptions& options) {
  for (std::size_t i = 0; i < count; ++i)
    nodes.add_pod(fmt::format("w-{}", pods_named_++), options);
}

std::string ModelCluster::ready_of_total(const std::string& object) const {
  const auto found = model(object);
  if (!found) return "";
  return fmt::format("{}/{}", found->status.ready_endpoints, found->status.total_endpoints);
}

std::string ModelCluster::condition(const std::string& object, std::string_view type) const {
  const auto found = model(object);
  const auto* of_type = found ? kube::find_condition(found->status.conditions, type) : nullptr;
  if (of_type == nullptr) return "";
  const char* status = of_type->status == kube::ConditionStatus::kTrue    ? "True"
                       : of_type->status == kube::ConditionStatus::kFalse ? "False"
                                                                          : "Unknown";
  return fmt::format("{} {}", status, of_type->reason);
}

std::string ModelCluster::message(const std::string& object, std::string_view type) const {
  const auto found = model(object);
  const auto* of_type = found ? kube::find_condition(found->status.conditions, type) : nullptr;
  return of_type == nullptr ? "" : of_type->message;
}

std::string ModelCluster::endpoint_reason(const std::string& object, const std::string& pod) const {
  const auto found = model(object);
  const auto* endpoint = find_endpoint(found, pod);
  return endpoint == nullptr ? "" : endpoint->reason;
}

std::string ModelCluster::endpoint_message(const std::string& object,
                                           const std::string& pod) const {
  const auto found = model(object);
  const auto* endpoint = find_endpoint(found, pod);
  return endpoint == nullptr ? "" : endpoint->message;
}

bool ModelCluster::has_event(const std::string& object, std::string_view reason) const {
  const auto events = api.all("events");
  return std::ranges::any_of(events, [&](const json::value& event) {
    return string_at(event, "regarding.name") == object && string_at(event, "reason") == reason;
  });
}

std::size_t ModelCluster::lines_with(std::string_view text) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(lines_, [&](const std::string& line) { return line.contains(text); }));
}

std::map<std::string, std::string> ModelCluster::wanted(const std::string& base) const {
  std::map<std::string, std::string> result;
  for (const json::value& document : api.all("dynamomodels")) {
    const std::string object = string_at(document, "metadata.name");
    const auto found = model(object);
    const bool lives =
        found->spec.model_type == kinds::ModelType::kLora && !found->metadata.deleting();
    if (!lives || found->spec.base_model_name != base ||
        condition(object, "Stalled").starts_with("True"))
      continue;
    result[found->spec.model_name] = found->spec.source->uri;
  }
  return result;
}

std::string ModelCluster::pod_difference(const PlayedPod& pod) const {
  auto held = pod.adapters();
  for (const std::string& name : foreign_) held.erase(name);
  const auto wanted_here = wanted(pod.base);
  if (held == wanted_here) return "";
  return fmt::format("{} holds {} and should hold {}", pod.name, list_text(held),
                     list_text(wanted_here));
}

std::string ModelCluster::model_difference(const DynamoModel& model) const {
  const std::string& name = model.metadata.name;
  if (model.metadata.deleting()) return name + " is still being deleted";
  if (condition(name, "Stalled").starts_with("True")) return "";
  if (model.status.observed_generation != model.metadata.generation)
    return name + " has an old status";
  std::int32_t total = 0;
  std::int32_t ready = 0;
  for (const PlayedPod* pod : nodes.living()) {
    if (pod->base != model.spec.base_model_name) continue;
    ++total;
    ready += pod->readiness == Readiness::kReady ? 1 : 0;
  }
  if (model.status.total_endpoints == total && model.status.ready_endpoints == ready) return "";
  std::string text =
      fmt::format("the status of {} says {}/{} and should say {}/{}", name,
                  model.status.ready_endpoints, model.status.total_endpoints, ready, total);
  for (const auto& endpoint : model.status.endpoints) {
    if (endpoint.ready) continue;
    text += fmt::format("; {}: {}: {}", endpoint.pod_name, endpoint.reason, endpoint.message);
  }
  return text;
}

std::string ModelCluster::difference() const {
  for (const PlayedPod* pod : nodes.living()) {
    if (pod->readiness == Readiness::kNotReady) continue;
    if (auto text = pod_difference(*pod); !text.empty()) return text;
  }
  for (const json::value& document : api.all("dynamomodels")) {
    const auto found = model(string_at(document, "metadata.name"));
    if (auto text = model_difference(*found); !text.empty()) return text;
  }
  return "";
}

// The world is looked at from time to time, not at each step: a look reads every object.
bool ModelCluster::converge(Duration limit) {
  constexpr Duration kLookPeriod = std::chrono::milliseconds(200);
  const SteadyTime end = loop.now() + limit;
  while (!difference().empty()) {
    if (loop.now() >= end) return false;
    loop.run_for(kLookPeriod);
  }
  return true;
}

Duration ModelCluster::random_duration(Duration max) {
  const auto max_ms = std::chrono::duration_cast<std::chrono::milliseconds>(max).count();
  return std::chrono::milliseconds(loop.rng().between(0, static_cast<std::uint64_t>(max_ms)));
}

}  // namespace dynamod::sim
