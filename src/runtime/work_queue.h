// What is to be reconciled: a queue of keys. A key is in it once, is worked on by one taker at a
// time, and comes back after a delay or after a back-off that doubles with each failure. Due keys
// leave in the order they became due.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/broadcast.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "kube/metadata.h"

namespace dynamod::runtime {

struct WorkQueueOptions {
  std::string name = {};  // label of the metrics
  // a lost race for a resourceVersion is over by then
  Duration backoff_base = std::chrono::milliseconds(50);
  Duration backoff_max = std::chrono::seconds(30);
};

class WorkQueue {
 public:
  // The services outlive the queue.
  WorkQueue(Clock& clock, Rng& rng, Metrics& metrics, WorkQueueOptions options);
  ~WorkQueue();

  // Due now. While the key is worked on, it is due again as soon as that work is done.
  void add(const kube::ObjectKey& key);
  // Due after `delay`, unless it is due earlier already.
  void add_after(const kube::ObjectKey& key, Duration delay);
  // Due after the key's back-off (with jitter), which doubles until forget(), and not before
  // `at_least`. Gives the delay.
  Duration retry(const kube::ObjectKey& key, Duration at_least = Duration::zero());
  // The next retry() starts at the base again.
  void forget(const kube::ObjectKey& key);

  // The next due key, which is then being worked on until done(). Nothing once the queue is shut
  // down. Each key that becomes due wakes one taker.
  Task<std::optional<kube::ObjectKey>> take();
  void done(const kube::ObjectKey& key);

  // take() gives nothing from now on; keys that are worked on may still be done().
  void shut_down();

  [[nodiscard]] std::size_t due() const { return due_.size(); }

  [[nodiscard]] std::size_t waiting() const { return places_.size(); }  // due, or due later

  [[nodiscard]] std::size_t busy() const { return busy_.size(); }

 private:
  using Place = std::pair<SteadyTime, std::uint64_t>;  // the number keeps first in, first out

  void put(const kube::ObjectKey& key, SteadyTime when);
  void promote_due();
  void arm();
  void show_depth();

  Clock& clock_;
  Rng& rng_;
  WorkQueueOptions options_;
  GaugeMetric depth_;
  CounterMetric retries_;
  std::map<Place, kube::ObjectKey> later_;
  std::map<Place, kube::ObjectKey> due_;
  std::map<kube::ObjectKey, Place> places_;
  std::set<kube::ObjectKey> busy_;
  std::map<kube::ObjectKey, SteadyTime> again_;  // wanted while busy
  std::map<kube::ObjectKey, unsigned> failures_;
  std::uint64_t last_number_ = 0;
  std::optional<std::pair<SteadyTime, Clock::TimerId>> timer_;
  Broadcast ready_;
  bool shut_down_ = false;
};

}  // namespace dynamod::runtime
