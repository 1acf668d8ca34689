// One worker: what it was seen to hold, what is being done there, and how the last try for each
// adapter ended. Pure bookkeeping in memory; worker_pool.h makes the calls and feeds the results
// in.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
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

// An order whose call is out. The number tells its answer from that of a call that was given up.
struct StartedOrder {
  AdapterOrder order;
  std::uint64_t number = 0;

  friend bool operator==(const StartedOrder&, const StartedOrder&) = default;
};

class WorkerQueue {
 public:
  WorkerQueue(WorkerIdentity identity, RetryTimes retry, Rng& rng)
      : identity_(std::move(identity)), retry_(retry), rng_(rng) {}

  [[nodiscard]] const WorkerIdentity& identity() const { return identity_; }

  // True when this is a new incarnation: everything known before is forgotten, results still to
  // come are dropped.
  bool update(WorkerIdentity identity);

  // Names this incarnation; lists are accepted only with the number that was current when their
  // call began.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  // The order waits for its turn. The same order again changes nothing; another one for the name
  // replaces what still waits and follows what runs.
  void submit(AdapterOrder order);
  // The next order whose name is free, which then runs; nothing when none can start.
  std::optional<StartedOrder> start_next(SteadyTime now);
  // The unload of a reload succeeded. False when nobody waits for the rest any more (another
  // incarnation, or given up): then nothing may follow.
  [[nodiscard]] bool unloaded(const StartedOrder& started);
  // How a started order ended. It counts as running until a list that began later confirms what it
  // did. Ignored when nobody waits for it any more.
  // True when a load put back an adapter that had gone from the list by itself.
  bool finish(const StartedOrder& started, const worker::Outcome& outcome, SteadyTime now,
              Duration load_limit);

  // A list begins; its result (sorted, each name once) is fed in with the ticket.
  [[nodiscard]] std::uint64_t begin_list() { return ++ticket_; }

  struct ListChange {
    bool contact =
        false;  // it answers now and did not before, as models saw it: concerns all of them
    std::vector<std::string> names;  // whose state changed
  };

  ListChange listed(std::uint64_t epoch, std::uint64_t ticket,
                    const std::vector<std::string>& names, SteadyTime now);
  // True when the contact's state, as seen by models, changed. The first failure of a worker that
  // answered before is kept quiet until the next try fails too. Then unloads without an answer are
  // given up: they may have been lost with the contact, and are asked for again when it is back.
  bool list_failed(std::uint64_t epoch, Failure failure);

  [[nodiscard]] bool answers() const { return listed_once_ && list_failures_ == 0; }

  [[nodiscard]] unsigned list_failures() const { return list_failures_; }

  [[nodiscard]] bool unconfirmed() const {
    return unconfirmed_ > 0;
  }  // something ended, no list has shown it yet

  // Orders that hold one of the worker's places.
  [[nodiscard]] std::size_t running() const { return running_; }

  // Orders that run and hold none: an unload waits until the last request with its adapter ends,
  // and may be lost; when the worker lists it still after a while, others pass it.
  [[nodiscard]] std::size_t aside() const { return aside_; }

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
    std::uint64_t call = 0;             // of `running`: the number of its call; 0 when it returned
    SteadyTime started{};               // of `call`
    bool unloading = false;             // of `call`: its unload has no answer yet
    bool aside = false;                 // of `call`: it holds no place
    std::uint64_t ended_at_ticket = 0;  // of `running`: lists after this one confirm it
    bool unload_may_run = false;        // an unload that got no answer may still be at work
    std::optional<FailedTask> failed;
    unsigned failures = 0;
    std::optional<SteadyTime> load_may_run_until;
    bool lost = false;     // it went from the list by itself
    bool settled = false;  // an answer of this incarnation says how the last load ended
  };

  [[nodiscard]] Adapter* awaited(const StartedOrder& started);
  void take_place(Adapter& adapter);
  void leave_place(Adapter& adapter);
  void give_up_unloads();
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
  std::uint64_t calls_ = 0;      // so far
  std::size_t running_ = 0;      // calls in flight that hold a place
  std::size_t aside_ = 0;        // calls in flight that hold none
  std::size_t unconfirmed_ = 0;  // calls that returned and that no list has confirmed
  std::size_t resident_ = 0;
  bool listed_once_ = false;
  unsigned list_failures_ = 0;
  std::optional<Failure> contact_;
};

}  // namespace dynamod::controllers::model
