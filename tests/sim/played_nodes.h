// What a cluster has around its API server, played in a few lines: the kubelets (pods and their
// workers), and the EndpointSlice controller. They act a little late, as the real ones do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "sim/watched_worker.h"
#include "testing/scripted_api.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::sim {

inline constexpr const char* kNamespace = "prod";
inline constexpr const char* kBase = "Qwen/Qwen3-0.6B";

enum class Readiness : std::uint8_t { kReady, kContainersReady, kNotReady };

// What workers differ in by their version and settings.
struct WorkerFlavour {
  testing::FakeVersion version = testing::FakeVersion::k1_6;
  testing::FakeWorkerOptions::Abandoned abandoned = testing::FakeWorkerOptions::Abandoned::kGoesOn;
  testing::FakeWorkerOptions::Repeated repeated = testing::FakeWorkerOptions::Repeated::kKeeps;
};

struct PodOptions {
  std::string base = kBase;
  Readiness readiness = Readiness::kReady;
  std::map<std::string, std::string> labels = {};
  std::vector<std::string> command = {"python3", "-m", "dynamo.vllm"};
  testing::FakeWorkerOptions worker = {};     // its flavour is that of the nodes
  std::optional<WorkerFlavour> flavour = {};  // nothing: the nodes' own
};

// Workers that take so long for each load.
[[nodiscard]] inline PodOptions loading_for(Duration latency) {
  PodOptions options;
  options.worker.load_latency = latency;
  return options;
}

struct PlayedPod {
  std::string name;
  std::string uid;
  std::string base;
  std::string ip;
  Readiness readiness = Readiness::kReady;
  bool terminating = false;
  unsigned restarts = 0;
  SteadyTime disturbed_at{};  // something happened to it that nobody can know at once
  std::unique_ptr<WatchedWorker> worker;

  [[nodiscard]] std::string address() const { return ip + ":9090"; }

  [[nodiscard]] const std::map<std::string, std::string>& adapters() const {
    return worker->fake().adapters();
  }
};

class PlayedNodes {
 public:
  using OnAsk = std::function<void(const PlayedPod& pod, const WorkerAsk& ask)>;

  // All outlive the nodes. stop() them before they are destroyed.
  PlayedNodes(testing::SimLoop& loop, testing::ScriptedApi& api, testing::SimNet& net, OnAsk on_ask)
      : loop_(loop), api_(api), net_(net), on_ask_(std::move(on_ask)) {}

  Task<> stop();

  // Workers to come take these in turn.
  void use_flavours(std::vector<WorkerFlavour> flavours) { flavours_ = std::move(flavours); }

  // A pod with a running worker; it takes the lowest address that is free.
  PlayedPod& add_pod(const std::string& name, PodOptions options = {});
  void set_readiness(const std::string& name, Readiness readiness);
  // The worker's process ends and starts again: it has forgotten its adapters; the pod's conditions
  // stay as they are.
  void restart_container(const std::string& name);
  // As restart_container(), but the container's status says nothing of it (a process manager inside
  // started it again).
  void forget_adapters(const std::string& name);
  // Terminating for `grace`, in which the worker still answers; then gone, and its address is free.
  void delete_pod(const std::string& name, Duration grace = std::chrono::seconds(2));

  // The pod is gone without a goodbye, and in the same moment a new pod with another worker answers
  // at its address.
  PlayedPod& swap_pod(const std::string& old_name, const std::string& name, PodOptions options);

  // EndpointSlices give the pod this address from now on, whatever its own is.
  void misplace(const std::string& name, const std::string& address);

  // An adapter that somebody unloads by hand, or loads.
  void drop_adapter(const std::string& pod, const std::string& name);
  void put_adapter(const std::string& pod, const std::string& name, const std::string& uri);

  [[nodiscard]] PlayedPod& pod(const std::string& name) { return *pods_.at(name); }

  [[nodiscard]] const PlayedPod* find_uid(const std::string& uid) const;
  // Those that are not terminating, by name.
  [[nodiscard]] std::vector<PlayedPod*> living() const;

  // The EndpointSlice controller looks again soon: call after a Service changed.
  void services_changed();

 private:
  using PodPtr = std::unique_ptr<PlayedPod>;

  void write_status(const PlayedPod& pod);
  void bury(const std::string& name);
  void sync_slices();
  void write_slices(const json::value& service, std::vector<std::string>& kept);
  [[nodiscard]] std::string free_address() const;
  [[nodiscard]] json::object slice_endpoint(const json::value& pod) const;

  testing::SimLoop& loop_;
  testing::ScriptedApi& api_;
  testing::SimNet& net_;
  OnAsk on_ask_;
  std::vector<WorkerFlavour> flavours_ = {WorkerFlavour{}};
  std::size_t pods_made_ = 0;
  std::map<std::string, std::string> misplaced_;  // pod name to the address that slices give it
  std::map<std::string, PodPtr> pods_;
  std::vector<PodPtr> buried_;  // their workers' coroutines may still run
};

}  // namespace dynamod::sim
