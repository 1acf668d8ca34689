// The simulated executor and its virtual clock.
#include "testing/sim_loop.h"

#include <utility>

#include <boost/asio/execution.hpp>

namespace dynamod::testing {

namespace {

// The least that net::any_io_executor asks of an executor.
class SimExecutor {
 public:
  explicit SimExecutor(SimLoop& loop) : loop_(&loop) {}

  [[nodiscard]] SimLoop& query(net::execution::context_t) const noexcept { return *loop_; }

  [[nodiscard]] static constexpr net::execution::blocking_t query(
      net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }

  template <class F>
  void execute(F f) const {
    loop_->post(std::move(f));
  }

  friend bool operator==(SimExecutor a, SimExecutor b) noexcept { return a.loop_ == b.loop_; }

 private:
  SimLoop* loop_;
};

}  // namespace

// Work that never ran is destroyed first (it may hold services of this context), then the services.
SimLoop::~SimLoop() {
  places_.clear();
  while (!ready_.empty() || !timers_.empty()) {
    std::exchange(ready_, {}).clear();
    std::exchange(timers_, {}).clear();
  }
  shutdown();
  destroy();
}

Executor SimLoop::executor() {
  return SimExecutor(*this);
}

Clock::TimerId SimLoop::at(SteadyTime when, std::move_only_function<void()> fire) {
  const TimerId id = ++last_id_;
  places_.emplace(id, timers_.emplace(std::pair{when, id}, std::move(fire)).first);
  return id;
}

bool SimLoop::cancel(TimerId id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return false;
  timers_.erase(place->second);
  places_.erase(place);
  return true;
}

void SimLoop::run(std::move_only_function<void()> job, std::move_only_function<void()> done) {
  post([this, work = std::move(job), after = std::move(done)]() mutable {
    work();
    post(std::move(after));
  });
}

bool SimLoop::step() {
  if (ready_.empty()) {
    if (timers_.empty()) return false;
    auto node = timers_.extract(timers_.begin());
    places_.erase(node.key().second);
    now_ = std::max(now_, node.key().first);
    ready_.push_back(std::move(node.mapped()));
  }
  const auto pick = static_cast<std::ptrdiff_t>(rng_.between(0, ready_.size() - 1));
  auto next = std::move(ready_[static_cast<std::size_t>(pick)]);
  ready_.erase(ready_.begin() + pick);
  next();
  return true;
}

void SimLoop::settle() {
  while (!ready_.empty()) step();
}

void SimLoop::run_for(Duration duration) {
  const SteadyTime end = now_ + duration;
  while (!ready_.empty() || (!timers_.empty() && timers_.begin()->first.first <= end)) step();
  now_ = end;
}

bool SimLoop::run_until(const std::function<bool()>& done, Duration limit) {
  const SteadyTime end = now_ + limit;
  while (!done()) {
    if (now_ > end || !step()) return false;
  }
  return true;
}

Task<bool> SimLoop::flagged(Task<> task) {
  co_await std::move(task);
  co_return true;
}

}  // namespace dynamod::testing
