// One life of the operator's process, put together as cli does it, and its three ends: told to
// stop, killed, cut off.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/broadcast.h"
#include "base/faults.h"
#include "client/kube_client.h"
#include "controllers/model/model_operator.h"
#include "runtime/leader_election.h"
#include "runtime/leader_gate.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::sim {

inline constexpr const char* kApiAddress = "10.96.0.1:443";

enum class Elect : std::uint8_t { kNo, kYes };

class SimOperator {
 public:
  struct World {
    testing::SimLoop& loop;
    testing::SimNet& net;
    Log& log;
  };

  // `name` is its name in the net ("op-1"), and its identity on the lease.
  SimOperator(World world, std::string name, Elect elect);

  void start();
  // SIGTERM: it has ended when this returns.
  void stop();
  // SIGKILL: from this moment nothing it does has an effect, and what it waited for is abandoned.
  void kill();

  // kill() when the `count`-th place of Faults is passed from now on ("before and after every
  // effect"); the caller calls kill() when dead() says so.
  void kill_at_place(std::size_t count) { faults_.left = count; }

  [[nodiscard]] bool dead() const { return !life_.open(); }

  [[nodiscard]] bool acting() const { return life_.open() && gate_.open(); }

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  class KillingFaults final : public Faults {
   public:
    explicit KillingFaults(runtime::LeaderGate& life) : life_(life) {}

    void at(std::string_view place) override;

    std::size_t left = 0;

   private:
    runtime::LeaderGate& life_;
  };

  Async<> run();
  Task<> lead();
  Async<> follow_gate();
  void end(Duration limit);

  World world_;
  std::string name_;
  Elect elect_;
  Metrics metrics_;
  runtime::LeaderGate life_;  // closed by a kill, never opened again
  runtime::LeaderGate gate_;
  KillingFaults faults_;
  std::unique_ptr<http::Transport> net_;
  runtime::GatedTransport living_;
  runtime::GatedTransport gated_;
  client::KubeClient election_client_;
  client::KubeClient client_;
  worker::WorkerClient workers_;
  runtime::LeaderElection election_;
  Broadcast changed_;
  bool told_to_stop_ = false;
  TaskGroup follower_;
  TaskGroup process_;
};

}  // namespace dynamod::sim
