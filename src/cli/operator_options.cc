// The flags, one line each.
#include "cli/operator_options.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>

#include <CLI/CLI.hpp>

namespace dynamod::cli {

namespace {

// A text option with an environment twin named after the flag.
CLI::Option* add_text(CLI::App& command, const std::string& flag,
                      std::function<std::string(const std::string&)> set,
                      const std::string& shown_default, const std::string& help) {
  std::string variable = "DYNAMOD_";
  for (const char c : flag)
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  auto accept = [set = std::move(set)](const CLI::results_t& values) {
    const std::string problem = set(values.front());
    if (!problem.empty()) throw CLI::ValidationError(problem);
    return true;
  };
  CLI::Option* option = command.add_option("--" + flag, std::move(accept), help);
  option->envname(variable)->default_str(shown_default)->type_name("");
  return option;
}

void add_string(CLI::App& command, const std::string& flag, std::string& target,
                const std::string& help) {
  auto set = [&target](const std::string& text) {
    target = text;
    return std::string();
  };
  add_text(command, flag, std::move(set), target, help);
}

std::string duration_text(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

void add_duration(CLI::App& command, const std::string& flag, Duration& target,
                  const std::string& help) {
  auto set = [&target](const std::string& text) {
    const auto parsed = parse_duration(text);
    if (!parsed) return parsed.error().message;
    target = *parsed;
    return std::string();
  };
  add_text(command, flag, std::move(set), duration_text(target), help);
}

void add_port(CLI::App& command, const std::string& flag, std::uint16_t& target,
              const std::string& help) {
  auto set = [&target](const std::string& text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) {
      return "\"" + text + "\" is not a port: write a number from 1 to 65535";
    }
    target = static_cast<std::uint16_t>(port);
    return std::string();
  };
  add_text(command, flag, std::move(set), std::to_string(target), help);
}

void add_switch(CLI::App& command, const std::string& flag, LeaderElect& target,
                const std::string& help) {
  auto set = [&target](const std::string& text) {
    if (text != "true" && text != "false") return "\"" + text + "\" is neither true nor false";
    target = text == "true" ? LeaderElect::kYes : LeaderElect::kNo;
    return std::string();
  };
  add_text(command, flag, std::move(set), target == LeaderElect::kYes ? "true" : "false", help)
      ->expected(0, 1)
      ->default_str("true");
}

void add_log_level(CLI::App& command, LogLevel& target) {
  auto set = [&target](const std::string& text) {
    const auto level = parse_log_level(text);
    if (!level) return level.error().message;
    target = *level;
    return std::string();
  };
  add_text(command, "log-level", std::move(set), std::string(to_string(target)),
           "debug, info, warning or error");
}

}  // namespace

Result<Duration> parse_duration(const std::string& text) {
  static const std::map<std::string, Duration> kUnits = {{"ms", std::chrono::milliseconds(1)},
                                                         {"s", std::chrono::seconds(1)},
                                                         {"m", std::chrono::minutes(1)},
                                                         {"h", std::chrono::hours(1)}};
  const auto wrong = fail(Error::Kind::kInvalid,
                          "\"" + text + "\" is not a duration: write for example 90s, 5m or 1h30m");
  constexpr double kHoursMax = 24.0 * 365;
  Duration total{};
  std::size_t at = 0;
  while (at < text.size()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number,
                                              std::chars_format::fixed);
    if (error != std::errc{} || number < 0 || number > kHoursMax * 3'600'000) return wrong;
    at = static_cast<std::size_t>(end - text.data());
    std::size_t unit_end = at;
    while (unit_end < text.size() && std::isalpha(static_cast<unsigned char>(text[unit_end])) != 0)
      ++unit_end;
    const auto unit = kUnits.find(text.substr(at, unit_end - at));
    if (unit == kUnits.end()) return wrong;
    total +=
        Duration(static_cast<Duration::rep>(number * static_cast<double>(unit->second.count())));
    at = unit_end;
  }
  if (total <= Duration::zero() || total > std::chrono::hours(static_cast<int>(kHoursMax)))
    return wrong;
  return total;
}

void add_operator_flags(CLI::App& command, OperatorOptions& options) {
  add_string(
      command, "kubeconfig", options.kubeconfig,
      "kubeconfig file; without it the pod's service account, else $KUBECONFIG or ~/.kube/config");
  add_string(command, "context", options.context, "context of the kubeconfig");
  add_string(command, "namespace", options.name_space,
             "watch this namespace alone and need no cluster-wide right; empty: all");
  add_string(
      command, "operator-namespace", options.operator_namespace,
      "where the lease and the webhook's Secret are; empty: --namespace, else the pod's own");
  add_switch(command, "leader-elect", options.leader_elect,
             "act only while holding the lease dynamod-operator");
  add_string(command, "metrics-bind-address", options.metrics_bind_address,
             "HOST:PORT of /metrics; 0 serves none");
  add_string(command, "health-probe-bind-address", options.health_probe_bind_address,
             "HOST:PORT of /healthz and /readyz; 0 serves none");
  add_string(command, "webhook-bind-address", options.webhook_bind_address,
             "HOST:PORT of the admission webhook (HTTPS); 0 serves none");
  add_port(command, "worker-port", options.worker_port, "port of the workers' system server");
  add_duration(command, "load-timeout", options.load_timeout,
               "how long a worker may take to load an adapter");
  add_duration(command, "unload-timeout", options.unload_timeout,
               "how long a worker may take to unload an adapter");
  add_duration(command, "list-timeout", options.list_timeout,
               "how long a worker may take to list its adapters");
  add_duration(command, "list-period", options.list_period,
               "how often each worker is asked what it holds");
  add_duration(command, "unload-give-up", options.unload_give_up,
               "how long a deleted model waits for workers that do not answer");
  add_duration(command, "leader-elect-lease-duration", options.lease_duration,
               "how long a silent leader keeps the lease");
  add_duration(command, "leader-elect-renew-deadline", options.renew_deadline,
               "how long a leader acts without a renewal");
  add_duration(command, "leader-elect-retry-period", options.retry_period,
               "how often the lease is tried");
  add_log_level(command, options.log_level);
}

}  // namespace dynamod::cli
