// A timer that is armed anew and disarmed many times; its owner's end disarms it.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"

namespace dynamod::http {

class Watchdog {
 public:
  // `clock` outlives the watchdog.
  explicit Watchdog(Clock& clock) : clock_(clock) {}

  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  ~Watchdog() { disarm(); }

  // `fire` may destroy the watchdog.
  void arm(Duration limit, std::move_only_function<void()> fire);
  void disarm();

 private:
  Clock& clock_;
  std::optional<Clock::TimerId> timer_;
};

}  // namespace dynamod::http
