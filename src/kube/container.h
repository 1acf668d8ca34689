// A container of a pod, as written and as it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kube/fields.h"

namespace dynamod::kube {

struct ContainerPort {
  std::string name = {};
  std::int32_t container_port = 0;

  static constexpr void fields(auto&& field) {
    field("name", &ContainerPort::name);
    field("containerPort", &ContainerPort::container_port, kRequired);
  }

  friend bool operator==(const ContainerPort&, const ContainerPort&) = default;
};

struct Container {
  std::string name = {};
  std::vector<std::string> command = {};
  std::vector<std::string> args = {};
  std::vector<ContainerPort> ports = {};

  static constexpr void fields(auto&& field) {
    field("name", &Container::name, kRequired);
    field("command", &Container::command);
    field("args", &Container::args);
    field("ports", &Container::ports);
  }

  friend bool operator==(const Container&, const Container&) = default;
};

// Why a container waits or ended: "CrashLoopBackOff", "OOMKilled".
struct ContainerStateDetail {
  std::string reason = {};
  std::string message = {};
  std::optional<std::int32_t> exit_code = {};

  static constexpr void fields(auto&& field) {
    field("reason", &ContainerStateDetail::reason);
    field("message", &ContainerStateDetail::message);
    field("exitCode", &ContainerStateDetail::exit_code);
  }

  friend bool operator==(const ContainerStateDetail&, const ContainerStateDetail&) = default;
};

struct ContainerState {
  std::optional<ContainerStateDetail> waiting = {};
  std::optional<ContainerStateDetail> terminated = {};

  static constexpr void fields(auto&& field) {
    field("waiting", &ContainerState::waiting);
    field("terminated", &ContainerState::terminated);
  }

  friend bool operator==(const ContainerState&, const ContainerState&) = default;
};

struct ContainerStatus {
  std::string name = {};
  std::string container_id = {};  // changes with every restart; "" before the first start
  std::int32_t restart_count = 0;
  bool ready = false;
  std::optional<bool> started = {};
  ContainerState state = {};

  static constexpr void fields(auto&& field) {
    field("name", &ContainerStatus::name, kRequired);
    field("containerID", &ContainerStatus::container_id);
    field("restartCount", &ContainerStatus::restart_count, kRequired);
    field("ready", &ContainerStatus::ready, kRequired);
    field("started", &ContainerStatus::started);
    field("state", &ContainerStatus::state);
  }

  friend bool operator==(const ContainerStatus&, const ContainerStatus&) = default;
};

}  // namespace dynamod::kube
