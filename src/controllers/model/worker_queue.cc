// The books of one worker.
#include "controllers/model/worker_queue.h"

#include <algorithm>
#include <utility>

namespace dynamod::controllers::model {

namespace {

using lora::EndpointReason;

constexpr unsigned kQuietListFailures =
    1;  // one lost answer is no reason to call a thousand models not ready
constexpr unsigned kBackoffDoublingsMax = 5;  // 1, 2, 4, 8, 16, then the full wait
// An unload takes milliseconds, or as long as the requests that use the adapter.
constexpr Duration kUnloadPatience = std::chrono::seconds(5);
constexpr std::size_t kAsideMax = 256;  // sockets of one worker

RunningTask shown(const AdapterOrder& order) {
  return {order.task, order.source};
}

}  // namespace

bool WorkerQueue::update(WorkerIdentity identity) {
  const bool reborn =
      identity.incarnation != identity_.incarnation || identity.address != identity_.address;
  identity_ = std::move(identity);
  if (!reborn) return false;
  ++epoch_;
  adapters_.clear();
  waiting_.clear();
  running_ = 0;
  aside_ = 0;
  unconfirmed_ = 0;
  resident_ = 0;
  listed_once_ = false;
  list_failures_ = 0;
  contact_.reset();
  return true;
}

void WorkerQueue::submit(AdapterOrder order) {
  Adapter& adapter = adapters_[order.name];
  const bool same_runs = adapter.running == order;
  if (adapter.waiting) {
    // What waits is replaced in place, so that nobody loses a turn; if the very thing runs already
    // nothing need wait.
    if (same_runs) {
      std::erase(waiting_, order.name);
      adapter.waiting.reset();
    } else {
      adapter.waiting = std::move(order);
    }
    return;
  }
  if (same_runs) return;
  waiting_.push_back(order.name);
  adapter.waiting = std::move(order);
}

std::optional<StartedOrder> WorkerQueue::start_next(SteadyTime now) {
  const auto free = std::ranges::find_if(
      waiting_, [&](const std::string& name) { return adapters_[name].call == 0; });
  if (free == waiting_.end()) return std::nullopt;
  Adapter& adapter = adapters_[*free];
  waiting_.erase(free);
  if (adapter.running)
    --unconfirmed_;  // ended, not yet confirmed: the next order says what is true
  adapter.running = std::exchange(adapter.waiting, std::nullopt);
  adapter.call = ++calls_;
  adapter.started = now;
  adapter.unloading = adapter.running->task != AdapterTask::kLoad;
  take_place(adapter);
  return StartedOrder{*adapter.running, adapter.call};
}

void WorkerQueue::take_place(Adapter& adapter) {
  adapter.aside = false;
  ++running_;
}

void WorkerQueue::leave_place(Adapter& adapter) {
  --(std::exchange(adapter.aside, false) ? aside_ : running_);
}

// Null when nobody waits for this call any more.
WorkerQueue::Adapter* WorkerQueue::awaited(const StartedOrder& started) {
  const auto place = adapters_.find(started.order.name);
  return place == adapters_.end() || place->second.call != started.number ? nullptr
                                                                          : &place->second;
}

bool WorkerQueue::unloaded(const StartedOrder& started) {
  Adapter* adapter = awaited(started);
  if (adapter == nullptr) return false;
  adapter->unloading = false;
  adapter->unload_may_run = false;
  leave_place(*adapter);
  take_place(*adapter);
  return true;
}

bool WorkerQueue::finish(const StartedOrder& started, const worker::Outcome& outcome,
                         SteadyTime now, Duration load_limit) {
  Adapter* const awaiting = awaited(started);
  if (awaiting == nullptr) return false;
  Adapter& adapter = *awaiting;
  const AdapterOrder& order = started.order;
  leave_place(adapter);
  ++unconfirmed_;
  adapter.call = 0;
  adapter.ended_at_ticket = ticket_;
  using Kind = worker::Outcome::Kind;
  const bool answered = outcome.kind != Kind::kUnknown;
  const bool was_unloading = std::exchange(adapter.unloading, false);
  adapter.unload_may_run = !answered && (was_unloading || adapter.unload_may_run);
  if (order.task != AdapterTask::kUnload && (answered || !was_unloading))
    adapter.load_may_run_until.reset();
  if (answered && (order.task != AdapterTask::kUnload || outcome.kind == Kind::kDone))
    adapter.settled = true;
  switch (outcome.kind) {
    case Kind::kDone:
    case Kind::kAlreadyThere:
    case Kind::kAbsent:
      adapter.source.reset();
      if (order.task != AdapterTask::kUnload && outcome.kind == Kind::kDone)
        adapter.source = order.source;
      adapter.failures = 0;
      adapter.failed.reset();
      return std::exchange(adapter.lost, false) && order.task == AdapterTask::kLoad;
    case Kind::kUnknown:
      if (!was_unloading) adapter.load_may_run_until = now + load_limit;
      [[fallthrough]];
    default:
      // After a broken call nothing we remember of the source is certain: the next list and the
      // annotation decide.
      if (order.task != AdapterTask::kLoad) adapter.source.reset();
      fail(adapter, order, {outcome.reason, outcome.message}, now);
      return false;
  }
}

void WorkerQueue::fail(Adapter& adapter, const AdapterOrder& order, Failure failure,
                       SteadyTime now) {
  Duration wait = retry_.failed;
  // An unload without an answer has waited its whole deadline already.
  if (failure.reason == EndpointReason::kUnreachable || adapter.unload_may_run) {
    wait = std::min(
        wait, retry_.unreachable_first * (1U << std::min(adapter.failures, kBackoffDoublingsMax)));
  }
  ++adapter.failures;
  adapter.failed = FailedTask{order.task, order.source, std::move(failure), now,
                              now + rng_.jitter(wait, retry_.spread)};
}

// A list that began after the call ended is the proof; without it nothing is called done.
void WorkerQueue::confirm(Adapter& adapter, SteadyTime now) {
  --unconfirmed_;
  const AdapterOrder order = *std::exchange(adapter.running, std::nullopt);
  if (adapter.failed) return;
  const bool wanted_there = order.task != AdapterTask::kUnload;
  if (adapter.listed == wanted_there) return;
  const char* message =
      wanted_there ? "the worker said it loaded the adapter, but its list does not name it"
                   : "the worker said it unloaded the adapter, but its list still names it";
  fail(adapter, order, {EndpointReason::kLoadFailed, message}, now);
}

// What one list says of one name; true when that is news.
bool WorkerQueue::take_listing(Adapter& adapter, bool in_list, std::uint64_t ticket,
                               SteadyTime now) {
  const bool confirms = adapter.running && adapter.call == 0 && adapter.ended_at_ticket < ticket;
  const bool differs = adapter.listed != in_list;
  adapter.listed = in_list;
  // While a call is at work the list is a moving picture: only a name that went away by itself
  // loses its source.
  if (!in_list && !adapter.running) adapter.source.reset();
  if (differs && !adapter.running) adapter.lost = !in_list;
  if (!in_list && adapter.ended_at_ticket < ticket) adapter.unload_may_run = false;
  const bool waits_long =
      in_list && adapter.call != 0 && adapter.unloading && now - adapter.started >= kUnloadPatience;
  if (waits_long && !adapter.aside && aside_ < kAsideMax) {
    leave_place(adapter);
    adapter.aside = true;
    ++aside_;
  }
  if (confirms) confirm(adapter, now);
  return differs || confirms;
}

WorkerQueue::ListChange WorkerQueue::listed(std::uint64_t epoch, std::uint64_t ticket,
                                            const std::vector<std::string>& names, SteadyTime now) {
  ListChange change;
  if (epoch != epoch_) return change;
  change.contact = !listed_once_ || contact_;
  listed_once_ = true;
  resident_ = names.size();
  list_failures_ = 0;
  contact_.reset();
  // Both are sorted by name: one pass over the two.
  auto listed_name = names.begin();
  for (auto place = adapters_.begin(); place != adapters_.end() || listed_name != names.end();) {
    if (listed_name != names.end() && (place == adapters_.end() || *listed_name < place->first)) {
      place = adapters_.emplace_hint(place, *listed_name, Adapter{});
    }
    auto& [name, adapter] = *place;
    const bool in_list = listed_name != names.end() && *listed_name == name;
    if (in_list) ++listed_name;
    if (take_listing(adapter, in_list, ticket, now)) change.names.push_back(name);
    const bool forgettable = !adapter.listed && !adapter.running && !adapter.waiting &&
                             !adapter.failed && !adapter.load_may_run_until && !adapter.settled &&
                             !adapter.unload_may_run;
    place = forgettable ? adapters_.erase(place) : std::next(place);
  }
  return change;
}

bool WorkerQueue::list_failed(std::uint64_t epoch, Failure failure) {
  if (epoch != epoch_) return false;
  ++list_failures_;
  const bool quiet = listed_once_ && !contact_ && list_failures_ <= kQuietListFailures;
  if (quiet || contact_ == failure) return false;
  contact_ = std::move(failure);
  give_up_unloads();
  return true;
}

void WorkerQueue::give_up_unloads() {
  for (auto& [name, adapter] : adapters_) {
    if (adapter.call == 0 || !adapter.unloading) continue;
    leave_place(adapter);
    adapter.call = 0;
    adapter.unloading = false;
    adapter.running.reset();
    adapter.source.reset();
    adapter.ended_at_ticket = ticket_;
    adapter.unload_may_run = true;
  }
}

void WorkerQueue::show(EndpointView& view, const std::vector<std::string>& names,
                       SteadyTime now) const {
  view.listed_once = listed_once_;
  view.contact = contact_;
  for (const std::string& name : names) {
    const auto place = adapters_.find(name);
    if (place == adapters_.end()) continue;
    const Adapter& adapter = place->second;
    AdapterView& shown_adapter = view.adapters[name];
    shown_adapter.listed = adapter.listed;
    shown_adapter.source = adapter.source;
    shown_adapter.failed = adapter.failed;
    shown_adapter.settled = adapter.settled;
    shown_adapter.unload_may_run = adapter.unload_may_run;
    shown_adapter.load_may_run = adapter.load_may_run_until && *adapter.load_may_run_until > now;
    // What waits counts too: it will run, and the plan must not ask for it again.
    if (adapter.waiting) {
      shown_adapter.running = shown(*adapter.waiting);
    } else if (adapter.running) {
      shown_adapter.running = shown(*adapter.running);
    }
  }
}

}  // namespace dynamod::controllers::model
