// Builds the operator's world (doors, access, transports), then leads whenever it may until it is
// told to stop.
#include "cli/operator_command.h"

#include <array>
#include <utility>

#include <unistd.h>

#include "base/broadcast.h"
#include "base/processes.h"
#include "base/with_timeout.h"
#include "cli/install_names.h"
#include "cli/operator_servers.h"
#include "cli/process_doors.h"
#include "client/curl_options.h"
#include "client/in_cluster.h"
#include "client/kube_config.h"
#include "controllers/model/model_operator.h"
#include "http/curl_transport.h"
#include "runtime/leader_election.h"

namespace dynamod::cli {

namespace {

using controllers::model::ModelOperator;
using controllers::model::ModelOperatorOptions;

constexpr Duration kStopLimit = std::chrono::seconds(8);    // of the 10 s in which SIGTERM ends us
constexpr Duration kEventsLimit = std::chrono::seconds(1);  // of what is left
constexpr std::size_t kSpareConnections = 64;               // idle ones beyond those of the workers
constexpr Duration kIdleConnectionsPeriod = std::chrono::seconds(1);

std::string host_name() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "localhost";
  return buffer.data();
}

http::CurlOptions worker_options() {
  http::CurlOptions options;
  options.proxy = http::ProxyPolicy::kNone;
  options.max_connections = 0;  // the worker pool limits what it sends to each
  options.idle_connections = kSpareConnections;
  return options;
}

struct Doors : ProcessDoors {
  Doors(const OperatorOptions& options, const Env& process_env)
      : ProcessDoors(options.log_level),
        env(process_env),
        processes(make_real_processes(executor, *clock)) {}

  const Env& env;
  std::unique_ptr<Processes> processes;
  std::unique_ptr<Faults> faults;
};

class OperatorProcess {
 public:
  OperatorProcess(Doors& doors, const OperatorOptions& options, client::ClusterAccess access)
      : doors_(doors),
        options_(options),
        access_(std::move(access)),
        api_(
            http::make_curl_transport(doors.executor, *doors.clock, client::curl_options(access_))),
        workers_(http::make_curl_transport(doors.executor, *doors.clock, worker_options())),
        gate_(*doors.clock),
        gated_api_(*api_, gate_),
        gated_workers_(*workers_, gate_),
        election_client_(*api_, *doors.clock, access_),
        client_(gated_api_, *doors.clock, access_),
        worker_client_(gated_workers_, {.load = options.load_timeout,
                                        .unload = options.unload_timeout,
                                        .list = options.list_timeout}),
        identity_(host_name() + "_" + std::to_string(doors.rng.next())),
        election_({doors.executor, *doors.clock, doors.rng, doors.log, doors.metrics,
                   election_client_, gate_},
                  {.lease = {operator_namespace(), std::string(kLeaseName)},
                   .identity = identity_,
                   .lease_duration = options.lease_duration,
                   .renew_deadline = options.renew_deadline,
                   .retry_period = options.retry_period}),
        servers_(
            {doors.executor, *doors.clock, doors.log, doors.metrics, doors.rng, election_client_},
            options, operator_namespace()),
        tasks_(doors.executor) {}

  Async<> run() {
    CO_CHECK(servers_.start());
    if (options_.leader_elect == LeaderElect::kYes) {
      election_.start();
    } else {
      gate_.open_for_good();
    }
    tasks_.spawn("wait for a stop signal", wait_for_stop());
    tasks_.spawn("follow the gate", follow_gate());
    while (!doors_.stop->received()) {
      if (gate_.open()) {
        co_await lead();
      } else {
        co_await changed_.wait();
      }
    }
    if (options_.leader_elect == LeaderElect::kYes) co_await election_.release();
    co_await tasks_.stop();
    co_await servers_.stop();
    doors_.log.info("Stopped");
    co_return Result<>{};
  }

 private:
  [[nodiscard]] std::string operator_namespace() const {
    if (!options_.operator_namespace.empty()) return options_.operator_namespace;
    return options_.name_space.empty() ? access_.default_namespace : options_.name_space;
  }

  Async<> wait_for_stop() {
    co_await doors_.stop->wait();
    doors_.log.info("Stopping: told to");
    changed_.notify_all();
    co_return Result<>{};
  }

  Async<> follow_gate() {
    for (;;) {
      co_await gate_.wait_open();
      changed_.notify_all();
      co_await gate_.wait_closed();
      changed_.notify_all();
    }
  }

  // From the moment the gate opens until it closes or we are told to stop.
  Task<> lead() {
    runtime::EventRecorder events(
        {doors_.executor, *doors_.clock, doors_.rng, doors_.log, doors_.metrics, client_},
        {.controller = "dynamod.dev/operator", .instance = identity_});
    ModelOperator models({doors_.executor, *doors_.clock, doors_.rng, doors_.log, doors_.metrics,
                          *doors_.faults, client_, events, worker_client_},
                         model_options());
    TaskGroup watch(doors_.executor);
    events.start();
    models.start();
    servers_.set_ready([&models] { return models.synced(); });
    watch.spawn("follow the number of workers", follow_workers(&models));
    while (gate_.open() && !doors_.stop->received()) co_await changed_.wait();
    servers_.set_ready({});
    if (gate_.open()) {
      co_await models.finish(kStopLimit);
      co_await events.drain(kEventsLimit);
    }
    co_await watch.stop();
    co_await models.stop();
    co_await events.stop();
  }

  Async<> follow_workers(const ModelOperator* models) {
    for (;;) {
      workers_->set_idle_connections(models->idle_connections() + kSpareConnections);
      co_await doors_.clock->sleep_for(kIdleConnectionsPeriod);
    }
  }

  [[nodiscard]] ModelOperatorOptions model_options() const {
    ModelOperatorOptions options;
    options.name_space = options_.name_space;
    options.pool.list_period = options_.list_period;
    options.pool.load_limit = options_.load_timeout;
    options.observe.worker_port = options_.worker_port;
    options.observe.load_limit = options_.load_timeout;
    options.controller.plan.unload_give_up = options_.unload_give_up;
    return options;
  }

  Doors& doors_;
  const OperatorOptions& options_;
  client::ClusterAccess access_;
  std::unique_ptr<http::CurlTransport> api_;
  std::unique_ptr<http::CurlTransport> workers_;
  runtime::LeaderGate gate_;
  runtime::GatedTransport gated_api_;
  runtime::GatedTransport gated_workers_;
  client::KubeClient election_client_;
  client::KubeClient client_;
  worker::WorkerClient worker_client_;
  std::string identity_;
  runtime::LeaderElection election_;
  OperatorServers servers_;
  Broadcast changed_;  // the gate or the stop signal
  TaskGroup tasks_;
};

Async<client::ClusterAccess> find_access(Doors* doors, const OperatorOptions* options) {
  if (options->kubeconfig.empty() && client::is_in_cluster(doors->env, *doors->files)) {
    co_return client::in_cluster_access(doors->env, *doors->files, *doors->clock);
  }
  const client::ConfigDoors config_doors{*doors->files, *doors->processes, *doors->clock,
                                         doors->env};
  const client::KubeConfigChoice choice{options->kubeconfig, options->context};
  co_return co_await client::load_kube_config(config_doors, choice);
}

Async<> run_all(Doors* doors, const OperatorOptions* options) {
  CO_TRY(client::ClusterAccess access, co_await find_access(doors, options));
  doors->log.info("Starting",
                  {{"server", access.server.origin()},
                   {"namespace", options->name_space.empty() ? "(all)" : options->name_space}});
  OperatorProcess process(*doors, *options, std::move(access));
  co_return co_await process.run();
}

}  // namespace

Result<> run_operator(const OperatorOptions& options, const Env& env) {
  Doors doors(options, env);
  TRY(doors.faults, make_kill_faults(env.get("DYNAMOD_FAULTS")));
  return run_to_end(doors, run_all(&doors, &options));
}

}  // namespace dynamod::cli
