// What one look at a model sees: the object, the workers of its base model, and what is known of
// its adapters there. Filled by observe.cc, read by the pure functions of judge.h, plan.h and
// report.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controllers/model/applied.h"
#include "kinds/dynamo_model.h"
#include "kube/validation.h"
#include "lora/endpoint_reason.h"

namespace dynamod::controllers::model {

enum class AdapterTask : std::uint8_t { kLoad, kReload, kUnload };

// Why a call did not succeed, in the words of the status.
struct Failure {
  lora::EndpointReason reason = lora::EndpointReason::kLoadFailed;
  std::string message;

  friend bool operator==(const Failure&, const Failure&) = default;
};

// A task that is queued or in flight on a worker.
struct RunningTask {
  AdapterTask task = AdapterTask::kLoad;
  std::string source;  // sha256 of the URI; "" for an unload
};

// The last finished task on a (worker, name) of this incarnation, when it failed.
struct FailedTask {
  AdapterTask task = AdapterTask::kLoad;
  std::string source;
  Failure failure;
  SteadyTime finished{};
  SteadyTime retry_at{};  // finished plus back-off with jitter, by the worker pool
};

// One adapter name on one worker.
struct AdapterView {
  bool listed = false;                // the worker's last list names it
  std::optional<std::string> source;  // known: a load of ours put it there in this incarnation
  std::optional<RunningTask> running;
  std::optional<FailedTask> failed;
  bool load_may_run = false;    // a POST of ours whose outcome is unknown may still be at work
  bool unload_may_run = false;  // an unload of ours that got no answer may still be at work: what
                                // is listed may go at any moment
  bool settled = false;  // this process knows how the last load of the name ended there
  bool owed = false;     // the pod's debt names it (or its slug twin): what is there is not trusted
};

// A worker as its pod and its last answers show it.
struct EndpointView {
  std::string pod_name;
  std::string pod_uid;
  std::string container_id;
  std::string address;  // "http://10.0.1.5:9090"
  bool counts = true;   // one of the Service's endpoints; false: only unloading concerns it
  bool pod_ready = false;
  bool callable = false;  // its containers are ready and it has an address
  bool terminating = false;
  std::string pod_message;         // why it is not ready, from the pod
  bool listed_once = false;        // answered a list in this incarnation
  std::optional<Failure> contact;  // why its last lists failed; nothing while they work
  // A vLLM prefill worker of a disaggregated graph: its group; and whether a sibling there serves
  // the adapter.
  std::optional<std::string> prefill_group;
  // A name with the wanted name's discovery slug that a deleted model left here: it must go before
  // ours can come.
  std::optional<std::string> blocking_debt;
  std::map<std::string, AdapterView> adapters;  // by name: the wanted one and those held

  // This process has asked it, and got an answer or none: until then nothing new is known of it.
  [[nodiscard]] bool asked() const { return !callable || listed_once || contact.has_value(); }

  [[nodiscard]] const AdapterView& adapter(const std::string& name) const;
};

// Discovery does not work: nothing is concluded, and nothing is unloaded, from what the caches
// hold.
struct DiscoveryFailure {
  std::string message;  // the error, the missing right, when the workers were last seen
};

struct ModelWorld {
  std::shared_ptr<const kinds::DynamoModel> model;
  std::optional<Applied> applied;
  std::vector<kube::Problem> problems;  // of the spec
  // Another object with the same modelName on another base model: it works, and clients may be
  // surprised.
  std::optional<std::string> same_name_elsewhere;
  std::optional<std::string>
      conflict_owner;                    // the object that owns the wanted name instead of this one
  std::vector<std::string> owned_names;  // of applied.names: those this object still owns
  std::optional<DiscoveryFailure> discovery_failure;
  std::size_t services = 0;
  std::vector<EndpointView> endpoints;  // by pod name
};

}  // namespace dynamod::controllers::model
