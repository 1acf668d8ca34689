// core/v1 Pod: what is needed to find a worker, to know its state and to say why it is not ready.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/condition.h"
#include "kube/container.h"
#include "kube/metadata.h"

namespace dynamod::kube {

struct PodReadinessGate {
  std::string condition_type = {};

  static constexpr void fields(auto&& field) {
    field("conditionType", &PodReadinessGate::condition_type, kRequired);
  }

  friend bool operator==(const PodReadinessGate&, const PodReadinessGate&) = default;
};

struct PodSpec {
  std::vector<Container> containers = {};
  std::vector<PodReadinessGate> readiness_gates = {};

  static constexpr void fields(auto&& field) {
    field("containers", &PodSpec::containers);
    field("readinessGates", &PodSpec::readiness_gates);
  }

  friend bool operator==(const PodSpec&, const PodSpec&) = default;
};

// Unlike metav1.Condition, reason, message and times may be absent.
struct PodCondition {
  std::string type = {};
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason = {};
  std::string message = {};
  std::optional<WallTime> last_transition_time = {};

  static constexpr void fields(auto&& field) {
    field("type", &PodCondition::type, kRequired);
    field("status", &PodCondition::status, kRequired);
    field("reason", &PodCondition::reason);
    field("message", &PodCondition::message);
    field("lastTransitionTime", &PodCondition::last_transition_time);
  }

  friend bool operator==(const PodCondition&, const PodCondition&) = default;
};

struct PodIp {
  std::string ip = {};

  static constexpr void fields(auto&& field) { field("ip", &PodIp::ip, kRequired); }

  friend bool operator==(const PodIp&, const PodIp&) = default;
};

struct PodStatus {
  std::string phase = {};  // "Pending", "Running", "Succeeded", "Failed"
  std::string reason = {};
  std::string message = {};
  std::string pod_ip = {};
  std::vector<PodIp> pod_ips = {};
  std::vector<PodCondition> conditions = {};
  std::vector<ContainerStatus> container_statuses = {};

  static constexpr void fields(auto&& field) {
    field("phase", &PodStatus::phase);
    field("reason", &PodStatus::reason);
    field("message", &PodStatus::message);
    field("podIP", &PodStatus::pod_ip);
    field("podIPs", &PodStatus::pod_ips);
    field("conditions", &PodStatus::conditions);
    field("containerStatuses", &PodStatus::container_statuses);
  }

  friend bool operator==(const PodStatus&, const PodStatus&) = default;
};

struct Pod {
  static constexpr ResourceType kType{"", "v1", "pods", "Pod"};

  ObjectMeta metadata = {};
  PodSpec spec = {};
  PodStatus status = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &Pod::metadata);
    field("spec", &Pod::spec);
    field("status", &Pod::status);
  }

  friend bool operator==(const Pod&, const Pod&) = default;
};

// Null when there is none of that type.
[[nodiscard]] const PodCondition* find_condition(const Pod& pod, std::string_view type);
// The condition Ready is True.
[[nodiscard]] bool is_ready(const Pod& pod);
// The condition ContainersReady is True: readiness gates are not asked.
[[nodiscard]] bool containers_ready(const Pod& pod);
// Ran to its end (phase Succeeded or Failed) and will not run again.
[[nodiscard]] bool ended(const Pod& pod);
// Being deleted, or ended.
[[nodiscard]] bool terminating(const Pod& pod);
// Why the pod is not ready, the most telling cause first: a container that waits or ended, a false
// condition, the phase.
// "" for a ready pod that stays.
[[nodiscard]] std::string unready_text(const Pod& pod);

}  // namespace dynamod::kube
