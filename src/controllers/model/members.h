// The workers of one base model: its pods joined with the EndpointSlices of its Service. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/model/worker_queue.h"
#include "kube/pod.h"
#include "kube/service.h"

namespace dynamod::controllers::model {

inline constexpr std::uint16_t kWorkerPort =
    9090;  // where Dynamo's workers listen: reference "Operator -> worker HTTP"

using PodPtr = std::shared_ptr<const kube::Pod>;
using SlicePtr = std::shared_ptr<const kube::EndpointSlice>;

// One pod that carries the label of the base model.
struct Member {
  WorkerIdentity identity;
  std::string address;  // "http://10.0.1.5:9090", "" without a pod IP
  std::string container_id;
  bool counts = false;  // a slice of the base model's Services names it, it is not terminating, and
                        // its base is right
  bool ready = false;
  bool terminating = false;
  std::string message;  // why it is not ready
  std::optional<std::string> prefill_group;
  std::vector<std::string> debts;  // adapter names that deleted models left on it
};

// Something odd that an object's owner should hear of once.
struct MemberWarning {
  std::string pod_name;
  std::string message;

  friend auto operator<=>(const MemberWarning&, const MemberWarning&) = default;
};

struct Members {
  std::vector<Member> all;   // by pod name
  std::size_t services = 0;  // distinct Services whose slices name the base model
  std::vector<MemberWarning> warnings;
};

[[nodiscard]] Members join_members(const std::string& base_model, const std::vector<PodPtr>& pods,
                                   const std::vector<SlicePtr>& slices, std::uint16_t port);

// What a pod says as a worker, whatever slices say.
[[nodiscard]] WorkerIdentity identify(const kube::Pod& pod, std::uint16_t port);

// The group in which a vLLM prefill worker is covered by a sibling; nothing for other pods
// (reference "G2 prefill fallback").
[[nodiscard]] std::optional<std::string> prefill_group(const kube::Pod& pod);

}  // namespace dynamod::controllers::model
