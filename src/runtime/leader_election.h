// One leader among replicas, on a coordination.k8s.io Lease. Wall clocks are never compared: a
// lease is old when it has not changed for its duration on our own monotonic clock (as client-go
// does it, so both can share a lease).
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "client/kube_client.h"
#include "kube/lease.h"
#include "runtime/leader_gate.h"

namespace dynamod::runtime {

struct LeaderElectionOptions {
  kube::ObjectKey lease = {};
  std::string identity = {};  // unique for each process: "<host name>_<random>"
  Duration lease_duration = std::chrono::seconds(15);
  // Less than the duration: the gate closes this long after the START of the last renewal that
  // succeeded, and so before anybody else may take the lease.
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
};

// kInvalid unless 0 < retry_period < renew_deadline < lease_duration.
[[nodiscard]] Result<> check_options(const LeaderElectionOptions& options);

class LeaderElection {
 public:
  // What it works with; all outlive the election. `client` must not go through the gate.
  struct Services {
    Executor executor;
    Clock& clock;
    Rng& rng;
    Log& log;
    Metrics& metrics;
    client::KubeClient& client;
    LeaderGate& gate;
  };

  LeaderElection(Services services, LeaderElectionOptions options);

  // From now on takes the lease when it is free, renews it, and tries again after losing it; opens
  // and closes the gate.
  void start();
  // Stops and closes the gate, without giving the lease up: as a crash would.
  Task<> stop();
  // Stops, closes the gate and, if it led, writes the lease as free, so that another takes it at
  // its next try. Best effort within the retry period. Call it last: after it nothing acts.
  Task<> release();

  [[nodiscard]] bool leading() const { return services_.gate.open(); }

  [[nodiscard]] const std::string& observed_holder() const { return observed_.holder; }

 private:
  struct Observed {
    std::string holder;
    std::string resource_version;        // empty: there is no lease
    std::optional<WallTime> renew_time;  // only compared with itself
    Duration duration{};
    std::int32_t transitions = 0;
    SteadyTime changed_at;  // when we saw it change last
  };

  Async<> run();
  Async<> tell();
  Async<> attempt();
  Async<> observe();
  Async<> create();
  Async<> take();
  Async<> write_free();
  void note(const kube::Lease& lease);
  void led_since(SteadyTime started);
  [[nodiscard]] bool held_by_another() const;

  Services services_;
  LeaderElectionOptions options_;
  Observed observed_;
  std::string last_error_;
  GaugeMetric leading_metric_;
  TaskGroup tasks_;
};

}  // namespace dynamod::runtime
