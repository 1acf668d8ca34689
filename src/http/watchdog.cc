// One Clock timer at a time.
#include "http/watchdog.h"

#include <utility>

namespace dynamod::http {

void Watchdog::arm(Duration limit, std::move_only_function<void()> fire) {
  disarm();
  timer_ = clock_.at(clock_.now() + limit, [this, fire = std::move(fire)]() mutable {
    timer_.reset();
    fire();
  });
}

void Watchdog::disarm() {
  if (timer_) clock_.cancel(*timer_);
  timer_.reset();
}

}  // namespace dynamod::http
