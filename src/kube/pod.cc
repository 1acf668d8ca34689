// What a pod's conditions and containers say together.
#include "kube/pod.h"

#include <algorithm>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

bool condition_is_true(const Pod& pod, std::string_view type) {
  const PodCondition* condition = find_condition(pod, type);
  return condition && condition->status == ConditionStatus::kTrue;
}

std::string with_message(std::string text, std::string_view message) {
  if (!message.empty()) text.append(": ").append(message);
  return text;
}

// "container main waits: CrashLoopBackOff: back-off 40s restarting failed container"; "" if it
// runs.
std::string container_text(const ContainerStatus& container) {
  if (const auto& waiting = container.state.waiting; waiting && !waiting->reason.empty())
    return with_message(fmt::format("container {} waits: {}", container.name, waiting->reason),
                        waiting->message);
  if (const auto& ended = container.state.terminated) {
    std::string text = fmt::format("container {} ended", container.name);
    if (ended->exit_code) text += fmt::format(" with exit code {}", *ended->exit_code);
    if (!ended->reason.empty()) text.append(": ").append(ended->reason);
    return with_message(std::move(text), ended->message);
  }
  return "";
}

}  // namespace

const PodCondition* find_condition(const Pod& pod, std::string_view type) {
  const auto found = std::ranges::find(pod.status.conditions, type, &PodCondition::type);
  return found == pod.status.conditions.end() ? nullptr : &*found;
}

bool is_ready(const Pod& pod) {
  return condition_is_true(pod, "Ready");
}

bool containers_ready(const Pod& pod) {
  return condition_is_true(pod, "ContainersReady");
}

bool ended(const Pod& pod) {
  return pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
}

bool terminating(const Pod& pod) {
  return pod.metadata.deleting() || ended(pod);
}

std::string unready_text(const Pod& pod) {
  if (pod.metadata.deleting()) return "the pod is being deleted";
  if (is_ready(pod)) return "";
  if (ended(pod))
    return with_message(fmt::format("the pod has ended ({})", pod.status.phase),
                        pod.status.message);
  for (const auto& container : pod.status.container_statuses)
    if (std::string text = container_text(container); !text.empty()) return text;
  for (const std::string_view type : {"PodScheduled", "Initialized", "ContainersReady", "Ready"}) {
    const PodCondition* condition = find_condition(pod, type);
    if (!condition || condition->status == ConditionStatus::kTrue) continue;
    if (!condition->message.empty()) return condition->message;
    return fmt::format("{} is {}", type, enum_text(condition->status));
  }
  return pod.status.phase.empty() ? "the pod has no status yet"
                                  : fmt::format("the pod is {}", pod.status.phase);
}

}  // namespace dynamod::kube
