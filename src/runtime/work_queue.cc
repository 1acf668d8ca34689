// Two ordered sets (due, and due later) and one timer for the earliest of the second.
#include "runtime/work_queue.h"

#include <algorithm>
#include <utility>

namespace dynamod::runtime {

namespace {

constexpr double kJitter = 0.2;         // so that what failed together does not return together
constexpr unsigned kDoublingsMax = 20;  // beyond it any base is over any maximum

}  // namespace

WorkQueue::WorkQueue(Clock& clock, Rng& rng, Metrics& metrics, WorkQueueOptions options)
    : clock_(clock),
      rng_(rng),
      options_(std::move(options)),
      depth_(metrics.gauge("dynamod_workqueue_depth", "Keys that are due and wait for a worker.",
                           {{"name", options_.name}})),
      retries_(metrics.counter("dynamod_workqueue_retries_total", "Keys put back after a failure.",
                               {{"name", options_.name}})) {}

WorkQueue::~WorkQueue() {
  if (timer_) clock_.cancel(timer_->second);
}

void WorkQueue::add(const kube::ObjectKey& key) {
  put(key, clock_.now());
}

void WorkQueue::add_after(const kube::ObjectKey& key, Duration delay) {
  put(key, clock_.now() + delay);
}

Duration WorkQueue::retry(const kube::ObjectKey& key, Duration at_least) {
  const unsigned doublings = std::min(failures_[key]++, kDoublingsMax);
  const Duration delay =
      std::min(options_.backoff_max, options_.backoff_base * (std::int64_t{1} << doublings));
  const Duration jittered = std::max(at_least, rng_.jitter(delay, kJitter));
  retries_.add();
  add_after(key, jittered);
  return jittered;
}

void WorkQueue::forget(const kube::ObjectKey& key) {
  failures_.erase(key);
}

void WorkQueue::put(const kube::ObjectKey& key, SteadyTime when) {
  if (shut_down_) return;
  if (busy_.contains(key)) {
    const auto [place, added] = again_.emplace(key, when);
    if (!added) place->second = std::min(place->second, when);
    return;
  }
  if (const auto known = places_.find(key); known != places_.end()) {
    if (known->second.first <= when) return;
    later_.erase(known->second);  // one that is due has no later place to give up
    due_.erase(known->second);
  }
  const Place place{when, ++last_number_};
  places_.insert_or_assign(key, place);
  if (when > clock_.now()) {
    later_.emplace(place, key);
    arm();
    return;
  }
  due_.emplace(place, key);
  show_depth();
  ready_.notify_one();
}

void WorkQueue::promote_due() {
  const SteadyTime now = clock_.now();
  while (!later_.empty() && later_.begin()->first.first <= now) {
    due_.insert(later_.extract(later_.begin()));
    ready_.notify_one();
  }
  show_depth();
}

void WorkQueue::arm() {
  if (later_.empty()) return;
  const SteadyTime earliest = later_.begin()->first.first;
  if (timer_ && timer_->first <= earliest) return;
  if (timer_) clock_.cancel(timer_->second);
  const auto id = clock_.at(earliest, [this] {
    timer_.reset();
    promote_due();
    arm();
  });
  timer_ = std::pair(earliest, id);
}

void WorkQueue::show_depth() {
  depth_.set(static_cast<double>(due_.size()));
}

Task<std::optional<kube::ObjectKey>> WorkQueue::take() {
  while (!shut_down_ && due_.empty()) co_await ready_.wait();
  if (shut_down_) co_return std::nullopt;
  kube::ObjectKey key = std::move(due_.extract(due_.begin()).mapped());
  places_.erase(key);
  busy_.insert(key);
  show_depth();
  co_return key;
}

void WorkQueue::done(const kube::ObjectKey& key) {
  busy_.erase(key);
  const auto node = again_.extract(key);
  if (!node.empty()) put(key, node.mapped());
}

void WorkQueue::shut_down() {
  shut_down_ = true;
  ready_.notify_all();
}

}  // namespace dynamod::runtime
