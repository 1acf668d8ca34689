// Pods as the kubelet reports them, and slices as the controller makes them.
#include "sim/played_nodes.h"

#include <algorithm>

#include <fmt/format.h>

#include "kinds/names.h"
#include "lora/base_model.h"

namespace dynamod::sim {

namespace {

constexpr const char* kKubelet =
    "sim.test/kubelet";  // a finalizer: the pod stays while it terminates
constexpr std::size_t kEndpointsPerSlice =
    3;  // few, so that small runs have several slices of one Service
constexpr std::uint64_t kSliceLagMaxMs = 300;

const char* truth(bool value) {
  return value ? "True" : "False";
}

json::object condition(const char* type, bool value) {
  json::object result{{"type", type}, {"status", truth(value)}};
  if (!value) result["message"] = fmt::format("{} is not there yet", type);
  return result;
}

json::object container_status(const PlayedPod& pod) {
  return {{"name", "main"},
          {"containerID", fmt::format("containerd://{}-{}", pod.uid, pod.restarts)},
          {"restartCount", pod.restarts},
          {"ready", pod.readiness != Readiness::kNotReady},
          {"state", json::object{{"running", json::object()}}}};
}

bool selects(const json::object& selector, const json::value& pod) {
  return std::ranges::all_of(selector, [&](const auto& pair) {
    const json::value* labels = find_json(pod, "metadata.labels");
    const json::value* label =
        labels == nullptr ? nullptr : labels->get_object().if_contains(pair.key());
    return label != nullptr && *label == pair.value();
  });
}

}  // namespace

Task<> PlayedNodes::stop() {
  std::vector<WatchedWorker*> workers;
  for (const auto& [name, pod] : pods_) workers.push_back(pod->worker.get());
  for (const auto& pod : buried_) workers.push_back(pod->worker.get());
  for (WatchedWorker* worker : workers) co_await worker->fake().stop();
}

std::string PlayedNodes::free_address() const {
  for (unsigned last = 1;; ++last) {
    std::string ip = fmt::format("10.0.1.{}", last);
    const bool taken =
        std::ranges::any_of(pods_, [&](const auto& entry) { return entry.second->ip == ip; });
    if (!taken) return ip;
  }
}

PlayedPod& PlayedNodes::add_pod(const std::string& name, PodOptions options) {
  json::object labels{{kinds::kBaseModelHashLabel, lora::base_model_hash(options.base)}};
  for (const auto& [key, value] : options.labels) labels[key] = value;
  json::object port{{"containerPort", 9090}};
  json::object container{{"name", "main"},
                         {"command", json::array(options.command.begin(), options.command.end())},
                         {"ports", json::array(1, json::value(port))}};
  const json::object document{
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       json::object{{"namespace", kNamespace},
                    {"name", name},
                    {"labels", labels},
                    {"annotations", json::object{{kinds::kBaseModelAnnotation, options.base}}},
                    {"finalizers", json::array(1, json::value(kKubelet))}}},
      {"spec", json::object{{"containers", json::array(1, json::value(container))}}}};
  auto pod = std::make_unique<PlayedPod>();
  pod->name = name;
  pod->uid = string_at(api_.put(document), "metadata.uid");
  pod->base = options.base;
  pod->ip = free_address();
  pod->readiness = options.readiness;
  pod->disturbed_at = loop_.now();
  const WorkerFlavour flavour =
      options.flavour.value_or(flavours_[pods_made_++ % flavours_.size()]);
  options.worker.version = flavour.version;
  options.worker.abandoned = flavour.abandoned;
  options.worker.repeated = flavour.repeated;
  auto* raw = pod.get();
  auto on_ask = [this, raw](const WorkerAsk& ask) { on_ask_(*raw, ask); };
  pod->worker = std::make_unique<WatchedWorker>(loop_.executor(), loop_, std::move(options.worker),
                                                std::move(on_ask));
  net_.listen(pod->address(), *pod->worker);
  write_status(*pod);
  pods_[name] = std::move(pod);
  services_changed();
  return *raw;
}

void PlayedNodes::write_status(const PlayedPod& pod) {
  const bool containers = pod.readiness != Readiness::kNotReady;
  const bool ready = pod.readiness == Readiness::kReady;
  json::object ip{{"ip", pod.ip}};
  json::array conditions;
  conditions.emplace_back(condition("ContainersReady", containers));
  conditions.emplace_back(condition("Ready", ready));
  // Conditions of others stay, as the kubelet's strategic patch leaves them.
  if (const auto stored = api_.find("pods", kNamespace, pod.name)) {
    const json::value* others = find_json(*stored, "status.conditions");
    if (others != nullptr) {
      for (const json::value& other : others->get_array()) {
        if (string_at(other, "type") == kinds::kAdapterDebtCondition) conditions.push_back(other);
      }
    }
  }
  const json::object status{
      {"phase", "Running"},
      {"podIP", pod.ip},
      {"podIPs", json::array(1, json::value(ip))},
      {"conditions", conditions},
      {"containerStatuses", json::array(1, json::value(container_status(pod)))}};
  api_.patch("pods", kNamespace, pod.name, json::object{{"status", status}});
}

void PlayedNodes::set_readiness(const std::string& name, Readiness readiness) {
  PlayedPod& changed = pod(name);
  changed.readiness = readiness;
  changed.disturbed_at = loop_.now();
  write_status(changed);
  services_changed();
}

void PlayedNodes::restart_container(const std::string& name) {
  PlayedPod& changed = pod(name);
  ++changed.restarts;
  forget_adapters(name);
  write_status(changed);
}

void PlayedNodes::forget_adapters(const std::string& name) {
  PlayedPod& changed = pod(name);
  changed.disturbed_at = loop_.now();
  net_.break_connections(changed.address());
  changed.worker->fake().restart();
}

void PlayedNodes::delete_pod(const std::string& name, Duration grace) {
  PlayedPod& going = pod(name);
  going.terminating = true;
  going.disturbed_at = loop_.now();
  api_.remove("pods", kNamespace, name);
  services_changed();
  (void)loop_.at(loop_.now() + grace, [this, name, uid = going.uid] {
    const auto place = pods_.find(name);
    if (place != pods_.end() && place->second->uid == uid) bury(name);
  });
}

void PlayedNodes::bury(const std::string& name) {
  auto node = pods_.extract(name);
  net_.close(node.mapped()->address());
  buried_.push_back(std::move(node.mapped()));
  api_.patch("pods", kNamespace, name,
             json::object{{"metadata", json::object{{"finalizers", nullptr}}}});
  services_changed();
}

PlayedPod& PlayedNodes::swap_pod(const std::string& old_name, const std::string& name,
                                 PodOptions options) {
  const std::string address = pod(old_name).ip;
  api_.remove("pods", kNamespace, old_name);
  bury(old_name);
  PlayedPod& made = add_pod(name, std::move(options));
  DYN_ASSERT(made.ip == address);  // the lowest that is free
  return made;
}

void PlayedNodes::misplace(const std::string& name, const std::string& address) {
  misplaced_[name] = address;
  services_changed();
}

void PlayedNodes::drop_adapter(const std::string& name, const std::string& adapter) {
  pod(name).disturbed_at = loop_.now();
  pod(name).worker->fake().drop(adapter);
}

void PlayedNodes::put_adapter(const std::string& name, const std::string& adapter,
                              const std::string& uri) {
  pod(name).disturbed_at = loop_.now();
  pod(name).worker->fake().put(adapter, uri);
}

const PlayedPod* PlayedNodes::find_uid(const std::string& uid) const {
  for (const auto& [name, pod] : pods_) {
    if (pod->uid == uid) return pod.get();
  }
  return nullptr;
}

std::vector<PlayedPod*> PlayedNodes::living() const {
  std::vector<PlayedPod*> result;
  for (const auto& [name, pod] : pods_) {
    if (!pod->terminating) result.push_back(pod.get());
  }
  return result;
}

void PlayedNodes::services_changed() {
  const Duration lag = std::chrono::milliseconds(loop_.rng().between(0, kSliceLagMaxMs));
  (void)loop_.at(loop_.now() + lag, [this] { sync_slices(); });
}

void PlayedNodes::sync_slices() {
  std::vector<std::string> kept;
  for (const json::value& service : api_.all("services")) write_slices(service, kept);
  for (const json::value& slice : api_.all("endpointslices")) {
    const std::string name = string_at(slice, "metadata.name");
    if (std::ranges::find(kept, name) == kept.end())
      api_.remove("endpointslices", kNamespace, name);
  }
}

json::object PlayedNodes::slice_endpoint(const json::value& pod) const {
  const bool terminating = find_json(pod, "metadata.deletionTimestamp") != nullptr;
  const bool ready = string_at(pod, "status.conditions[1].status") == "True";
  const auto misplaced = misplaced_.find(string_at(pod, "metadata.name"));
  json::array addresses;
  addresses.emplace_back(misplaced == misplaced_.end() ? string_at(pod, "status.podIP")
                                                       : misplaced->second);
  return {
      {"addresses", addresses},
      {"conditions", json::object{{"ready", ready && !terminating}, {"terminating", terminating}}},
      {"targetRef", json::object{{"kind", "Pod"},
                                 {"namespace", string_at(pod, "metadata.namespace")},
                                 {"name", string_at(pod, "metadata.name")},
                                 {"uid", string_at(pod, "metadata.uid")}}}};
}

void PlayedNodes::write_slices(const json::value& service, std::vector<std::string>& kept) {
  const json::value* selector = find_json(service, "spec.selector");
  if (selector == nullptr) return;
  json::array endpoints;
  for (const json::value& pod : api_.all("pods")) {
    const bool has_address = !string_at(pod, "status.podIP").empty();
    if (has_address && selects(selector->get_object(), pod))
      endpoints.emplace_back(slice_endpoint(pod));
  }
  const std::string service_name = string_at(service, "metadata.name");
  const json::value* service_labels = find_json(service, "metadata.labels");
  json::object labels = service_labels == nullptr ? json::object() : service_labels->get_object();
  labels["kubernetes.io/service-name"] = service_name;
  for (std::size_t first = 0; first == 0 || first < endpoints.size(); first += kEndpointsPerSlice) {
    const std::size_t end = std::min(first + kEndpointsPerSlice, endpoints.size());
    json::array part(endpoints.begin() + static_cast<std::ptrdiff_t>(first),
                     endpoints.begin() + static_cast<std::ptrdiff_t>(end));
    const std::string name = fmt::format("{}-{}", service_name, first / kEndpointsPerSlice);
    kept.push_back(name);
    const json::object document{
        {"apiVersion", "discovery.k8s.io/v1"},
        {"kind", "EndpointSlice"},
        {"metadata", json::object{{"namespace", kNamespace}, {"name", name}, {"labels", labels}}},
        {"addressType", "IPv4"},
        {"endpoints", part}};
    api_.put(document);
  }
}

}  // namespace dynamod::sim
