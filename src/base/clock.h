// The door to time. RealClock is the machine's; the simulation has its own (testing/sim_loop.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/async.h"

namespace dynamod::base {

using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;  // deadlines
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;    // timestamps, leases, signatures

class Clock {
 public:
  using TimerId = std::uint64_t;

  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;

  // Runs `fire` on the core thread at `when`, from the loop (never from inside this call).
  virtual TimerId at(SteadyTime when, std::move_only_function<void()> fire) = 0;
  // True if the timer had not fired and now will not.
  virtual bool cancel(TimerId id) = 0;

  // Throws operation_aborted when the waiting coroutine is cancelled.
  Task<> sleep_until(SteadyTime when);
  Task<> sleep_for(Duration duration) { return sleep_until(now() + duration); }
};

// `executor` must outlive the clock and run on one thread.
[[nodiscard]] std::unique_ptr<Clock> make_real_clock(Executor executor);

}  // namespace dynamod::base
