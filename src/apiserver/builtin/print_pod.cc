// The row of a pod. Its status is told from the containers, not from the phase alone.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"

namespace dynamod::apiserver {

namespace {

struct PodSummary {
  std::string reason;
  std::int64_t ready = 0;
  std::int64_t total = 0;
  std::int64_t restarts = 0;
  std::string last_restart;  // RFC 3339 in UTC with one precision, so texts compare as times
};

bool has_condition(const json::object& status, std::string_view type) {
  return std::ranges::any_of(array_in(status, "conditions"), [&](const json::value& value) {
    const json::object* const condition = value.if_object();
    return condition != nullptr && text_in(*condition, "type") == type &&
           text_in(*condition, "status") == "True";
  });
}

// A sidecar: an init container that is restarted for ever.
bool is_sidecar(const json::object& spec, std::string_view name) {
  return std::ranges::any_of(array_in(spec, "initContainers"), [&](const json::value& value) {
    const json::object* const container = value.if_object();
    return container != nullptr && text_in(*container, "name") == name &&
           text_in(*container, "restartPolicy") == "Always";
  });
}

// "Error", "Signal:9", "ExitCode:1".
std::string end_reason(const json::object& terminated) {
  if (const auto reason = text_in(terminated, "reason"); !reason.empty())
    return std::string(reason);
  if (const auto signal = integer_in(terminated, "signal"); signal != 0)
    return fmt::format("Signal:{}", signal);
  return fmt::format("ExitCode:{}", integer_in(terminated, "exitCode"));
}

void count_restarts(PodSummary& summary, const json::object& container) {
  summary.restarts += integer_in(container, "restartCount");
  const auto finished = text_at(container, "lastState.terminated.finishedAt");
  summary.last_restart = std::max(summary.last_restart, std::string(finished));
}

// Why the pod still initializes because of this container; "" when the container holds nothing up.
std::string init_reason(const json::object& container, const json::object& spec,
                        std::size_t index) {
  const json::object& state = object_in(container, "state");
  const json::object& terminated = object_in(state, "terminated");
  if (!terminated.empty() && integer_in(terminated, "exitCode") == 0) return "";
  if (is_sidecar(spec, text_in(container, "name")) && true_in(container, "started")) return "";
  if (!terminated.empty()) return "Init:" + end_reason(terminated);
  const auto waiting = text_at(state, "waiting.reason");
  if (!waiting.empty() && waiting != "PodInitializing") return fmt::format("Init:{}", waiting);
  return fmt::format("Init:{}/{}", index, array_in(spec, "initContainers").size());
}

struct InitOutcome {
  bool initializing = false;
  PodSummary sidecars;  // only restarts and the last of them
};

InitOutcome look_at_init_containers(PodSummary& summary, const json::object& spec,
                                    const json::object& status) {
  InitOutcome outcome;
  const json::array& states = array_in(status, "initContainerStatuses");
  for (std::size_t i = 0; i < states.size() && !outcome.initializing; ++i) {
    const json::object* const container = states[i].if_object();
    if (container == nullptr) continue;
    count_restarts(summary, *container);
    const bool sidecar = is_sidecar(spec, text_in(*container, "name"));
    if (sidecar) count_restarts(outcome.sidecars, *container);
    const std::string reason = init_reason(*container, spec, i);
    const bool ended = !object_at(*container, "state.terminated").empty();
    if (reason.empty() && sidecar && !ended && true_in(*container, "ready")) ++summary.ready;
    if (reason.empty()) continue;
    summary.reason = reason;
    outcome.initializing = true;
  }
  return outcome;
}

void look_at_containers(PodSummary& summary, const json::object& status) {
  const json::array& states = array_in(status, "containerStatuses");
  bool running = false;
  std::string error;
  for (auto it = states.rbegin(); it != states.rend(); ++it) {  // the first container has the say
    const json::object* const container = it->if_object();
    if (container == nullptr) continue;
    count_restarts(summary, *container);
    const json::object& state = object_in(*container, "state");
    const json::object& terminated = object_in(state, "terminated");
    if (const auto waiting = text_at(state, "waiting.reason"); !waiting.empty()) {
      summary.reason = waiting;
    } else if (state.contains("terminated")) {
      summary.reason = end_reason(terminated);
      if (integer_in(terminated, "exitCode") != 0) error = summary.reason;
    } else if (true_in(*container, "ready") && state.contains("running")) {
      running = true;
      ++summary.ready;
    }
  }
  if (summary.reason != "Completed") return;
  if (running && has_condition(status, "Ready"))
    summary.reason = "Running";
  else if (!error.empty())
    summary.reason = error;
  else if (running)
    summary.reason = "NotReady";
}

bool is_gated(const json::object& status) {
  return std::ranges::any_of(array_in(status, "conditions"), [](const json::value& value) {
    const json::object* const condition = value.if_object();
    return condition != nullptr && text_in(*condition, "type") == "PodScheduled" &&
           text_in(*condition, "reason") == "SchedulingGated";
  });
}

PodSummary summarize(const json::object& pod) {
  const json::object& spec = object_in(pod, "spec");
  const json::object& status = object_in(pod, "status");
  const auto phase = text_in(status, "phase");
  PodSummary summary{.reason = text_or(text_in(status, "reason"), phase), .last_restart = ""};
  if (is_gated(status)) summary.reason = "SchedulingGated";
  summary.total = static_cast<std::int64_t>(array_in(spec, "containers").size());
  for_each_object(spec, "initContainers", [&](const json::object& container) {
    if (text_in(container, "restartPolicy") == "Always") ++summary.total;
  });
  const InitOutcome init = look_at_init_containers(summary, spec, status);
  if (!init.initializing || has_condition(status, "Initialized")) {
    summary.restarts = init.sidecars.restarts;
    summary.last_restart = init.sidecars.last_restart;
    look_at_containers(summary, status);
  }
  if (text_at(pod, "metadata.deletionTimestamp").empty()) return summary;
  if (text_in(status, "reason") == "NodeLost")
    summary.reason = "Unknown";
  else if (phase != "Succeeded" && phase != "Failed")
    summary.reason = "Terminating";
  return summary;
}

std::string gates_text(const json::object& pod) {
  const json::array& gates = array_at(pod, "spec.readinessGates");
  if (gates.empty()) return "<none>";
  const json::object& status = object_in(pod, "status");
  const auto open = std::ranges::count_if(gates, [&](const json::value& gate) {
    const json::object* const object = gate.if_object();
    return object != nullptr && has_condition(status, text_in(*object, "conditionType"));
  });
  return fmt::format("{}/{}", open, gates.size());
}

}  // namespace

json::array print_pod(const json::object& object, WallTime now) {
  const PodSummary summary = summarize(object);
  std::string restarts = std::to_string(summary.restarts);
  if (summary.restarts != 0 && !summary.last_restart.empty())
    restarts += fmt::format(" ({} ago)", age_of(summary.last_restart, now));
  const json::object& status = object_in(object, "status");
  const json::array& ips = array_in(status, "podIPs");
  const json::object* const first = ips.empty() ? nullptr : ips.front().if_object();
  return {text_at(object, "metadata.name"),
          fmt::format("{}/{}", summary.ready, summary.total),
          summary.reason,
          restarts,
          object_age(object, now),
          text_or(first == nullptr ? "" : text_in(*first, "ip"), "<none>"),
          text_or(text_at(object, "spec.nodeName"), "<none>"),
          text_or(text_in(status, "nominatedNodeName"), "<none>"),
          gates_text(object)};
}

}  // namespace dynamod::apiserver
