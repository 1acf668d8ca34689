// A loop in virtual time from a seed: executor, Clock and Offload of every simulated test. Ready
// work runs in an order drawn from the seed, time jumps to the next timer when nothing is ready,
// and the same seed gives the same run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution_context.hpp>

#include "base/clock.h"
#include "base/offload.h"
#include "base/rng.h"

namespace dynamod::testing {

// Where virtual wall time starts, so that tests may write timestamps down.
inline constexpr WallTime kSimStart =
    WallTime(std::chrono::seconds(1'767'322'800));  // 2026-01-02T03:00:00Z

class SimLoop final : public net::execution_context, public Clock, public Offload {
 public:
  explicit SimLoop(std::uint64_t seed = 1) : rng_(seed) {}

  ~SimLoop() override;

  [[nodiscard]] Executor executor();

  [[nodiscard]] Rng& rng() { return rng_; }

  // Clock
  [[nodiscard]] SteadyTime now() const override { return now_; }

  [[nodiscard]] WallTime wall() const override { return kSimStart + now_.time_since_epoch(); }

  TimerId at(SteadyTime when, std::move_only_function<void()> fire) override;
  bool cancel(TimerId id) override;

  // Offload: a posted step.
  void run(std::move_only_function<void()> job, std::move_only_function<void()> done) override;

  void post(std::move_only_function<void()> step) { ready_.push_back(std::move(step)); }

  // One step; false when nothing is left to do.
  bool step();
  // Steps until nothing is ready now; time stands still.
  void settle();
  // Steps until `duration` of virtual time has passed (timers due at its end have fired).
  void run_for(Duration duration);
  // Steps until `done()`; false if the loop ran dry or `limit` of virtual time passed first.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::hours(1));

  // Runs `task` to its end and gives its result; fails the program if the loop runs dry first.
  template <class T>
  T await(Task<T> task, Duration limit = std::chrono::hours(24)) {
    std::optional<T> result;
    std::exception_ptr failure;
    auto done = [&](std::exception_ptr error, std::optional<T> value) {
      failure = error;
      result = std::move(value);
    };
    net::co_spawn(executor(), boxed(std::move(task)), done);
    const bool ended = run_until([&] { return failure || result.has_value(); }, limit);
    if (failure) std::rethrow_exception(failure);
    DYN_ASSERT(ended && "SimLoop::await: the task never ended");
    return *std::move(result);
  }

  void await(Task<> task, Duration limit = std::chrono::hours(24)) {
    await(flagged(std::move(task)), limit);
  }

 private:
  template <class T>
  static Task<std::optional<T>> boxed(Task<T> task) {
    co_return co_await std::move(task);
  }

  static Task<bool> flagged(Task<> task);
  using Timers = std::map<std::pair<SteadyTime, TimerId>, std::move_only_function<void()>>;

  Rng rng_;
  std::vector<std::move_only_function<void()>> ready_;
  Timers timers_;
  std::unordered_map<TimerId, Timers::iterator> places_;
  SteadyTime now_{};
  TimerId last_id_ = 0;
};

}  // namespace dynamod::testing
