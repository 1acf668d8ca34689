// One worker: what it was seen to hold, what is being done there, and how the last try for each
// adapter ended. Pure bookkeeping in memory; worker_pool.h makes the calls and feeds the results
// in.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "base/url.h"
#include "controllers/model/world.h"
#include "worker/meaning.h"

namespace dynamod::controllers::model {

struct RetryTimes {
  Duration failed =
      std::chrono::seconds(30);  // the page: "automatically retries loading every 30 seconds"
  Duration unreachable_first = std::chrono::seconds(1);  // then doubled up to `failed`
  double spread = 0.1;  // so that workers that failed together do not retry together
};

// The pod behind a worker. A new incarnation (another container, or a restart of it) has forgotten
// every adapter.
struct WorkerIdentity {
  std::string name_space;
  std::string pod_name;
  std::string pod_uid;
  std::string incarnation;  // container id and restart count
  Url address;
  bool callable = false;  // its containers are ready

  friend bool operator==(const WorkerIdentity&, const WorkerIdentity&) = default;
};

// What is asked of a worker for one adapter name.
struct AdapterOrder {
  AdapterTask task = AdapterTask::kLoad;
  std::string name;
  std::string uri;
  std::string source;
  std::string model;  // "<namespace>/<object>" that wants it, for log lines

  friend bool operator==(const AdapterOrder&, const AdapterOrder&) = default;
};

class WorkerQueue {
 public:
  WorkerQueue(WorkerIdentity identity, RetryTimes retry, Rng& rng)
      : identity_(std::move(identity)), retry_(retry), rng_(rng) {}

  [[nodiscard]] const WorkerIdentity& identity() const { return identity_; }

  // True when this is a new incarnation: everything known before is forgotten, results still to
  // come are dropped.
  bool update(WorkerIdentity identity);

  // Names this incarnation; results are accepted only with the number that was current when their
  // call began.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  // The order waits for its turn. The same order again changes nothing; another one for the name
  // replaces what still waits and follows what runs.
  void submit(AdapterOrder order);
  // The next order whose name is free, which then runs; nothing when none can start.
  std::optional<AdapterOrder> start_next();
  // How a started order ended. It counts as running until a list that began later confirms what it
  // did.
  // True when a load put back an adapter that had gone from the list by itself.
  bool finish(std::uint64_t epoch, const AdapterOrder& order, const worker::Outcome& outcome,
              SteadyTime now, Duration load_limit);

  // A list begins; its result is fed in with the ticket.
  [[nodiscard]] std::uint64_t begin_list() { return ++ticket_; }

  struct ListChange {
    bool contact =
        false;  // it answers now and did not before, as models saw it: concerns all of them
    std::vector<std::string> names;  // whose state changed
  };

  ListChange listed(std::uint64_t epoch, std::uint64_t ticket, const std::set<std::string>& names,
                    SteadyTime now);
  // True when the contact's state, as seen by models, changed. The first failure of a worker that
  // answered before is kept quiet until the next try fails too.
  bool list_failed(std::uint64_t epoch, Failure failure);

  [[nodiscard]] bool answers() const { return listed_once_ && list_failures_ == 0; }

  [[nodiscard]] unsigned list_failures() const { return list_failures_; }

  [[nodiscard]] bool unconfirmed() const {
    return unconfirmed_ > 0;
  }  // something ended, no list has shown it yet

  [[nodiscard]] std::size_t running() const { return running_; }

  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }

  [[nodiscard]] std::size_t resident() const { return resident_; }  // adapters in the last list

  // Fills listed_once, contact and the adapters of `names`.
  void show(EndpointView& view, const std::vector<std::string>& names, SteadyTime now) const;

 private:
  struct Adapter {
    bool listed = false;
    std::optional<std::string> source;
    std::optional<AdapterOrder> waiting;
    std::optional<AdapterOrder> running;
    bool in_flight = false;             // of `running`: the call has not returned
    std::uint64_t ended_at_ticket = 0;  // of `running`: lists after this one confirm it
    std::optional<FailedTask> failed;
    unsigned failures = 0;
    std::optional<SteadyTime> load_may_run_until;
    bool lost = false;     // it went from the list by itself
    bool settled = false;  // an answer of this incarnation says how the last load ended
  };

  void fail(Adapter& adapter, const AdapterOrder& order, Failure failure, SteadyTime now);
  void confirm(Adapter& adapter, SteadyTime now);
  bool take_listing(Adapter& adapter, bool in_list, std::uint64_t ticket, SteadyTime now);

  WorkerIdentity identity_;
  RetryTimes retry_;
  Rng& rng_;
  std::uint64_t epoch_ = 1;
  std::uint64_t ticket_ = 0;
  std::map<std::string, Adapter> adapters_;
  std::deque<std::string> waiting_;
  std::size_t running_ = 0;      // calls in flight
  std::size_t unconfirmed_ = 0;  // calls that returned and that no list has confirmed
  std::size_t resident_ = 0;
  bool listed_once_ = false;
  unsigned list_failures_ = 0;
  std::optional<Failure> contact_;
};

}  // namespace dynamod::controllers::model
