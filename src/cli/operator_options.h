// Flags of `dynamod operator` and their twins in the environment: --load-timeout is
// DYNAMOD_LOAD_TIMEOUT, and so on.
#pragma once

#include <cstdint>
#include <string>

#include "base/env.h"
#include "base/log.h"

namespace CLI {
class App;
}

namespace dynamod::cli {

enum class LeaderElect : std::uint8_t { kNo, kYes };

struct OperatorOptions {
  std::string kubeconfig;
  std::string context;
  std::string name_space;          // "" watches all namespaces
  std::string operator_namespace;  // where its lease and webhook Secret live; "" finds it
  LeaderElect leader_elect = LeaderElect::kYes;
  std::string metrics_bind_address = ":8080";
  std::string health_probe_bind_address = ":8081";
  std::string webhook_bind_address = "0";  // "0" serves none
  std::uint16_t worker_port = 9090;
  Duration load_timeout = std::chrono::hours(1);
  Duration unload_timeout = std::chrono::minutes(1);
  Duration list_timeout = std::chrono::seconds(5);
  Duration list_period = std::chrono::seconds(10);
  Duration unload_give_up = std::chrono::minutes(5);
  Duration lease_duration = std::chrono::seconds(15);
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
  LogLevel log_level = LogLevel::kInfo;
};

// Declares the flags on `command`; `options` outlives it. The values of `env` are the defaults.
void add_operator_flags(CLI::App& command, OperatorOptions& options);

// "90s", "5m", "1h30m", "250ms". Error kInvalid with an example.
[[nodiscard]] Result<Duration> parse_duration(const std::string& text);

}  // namespace dynamod::cli
