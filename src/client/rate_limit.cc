// The bucket may go below zero: a caller who takes a token that is not there yet waits until it
// would be.
#include "client/rate_limit.h"

#include <algorithm>
#include <chrono>

namespace dynamod::client {

namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

RateLimiter::RateLimiter(Clock& clock, RateLimit limit)
    : clock_(clock), limit_(limit), tokens_(0), filled_at_(clock.now()) {
  if (limit_.per_second <= 0) limit_.per_second = 1;
  limit_.burst = std::max(limit_.burst, 1.0);
  tokens_ = limit_.burst;
}

Task<> RateLimiter::admit() {
  const SteadyTime now = clock_.now();
  tokens_ = std::min(limit_.burst, tokens_ + seconds(now - filled_at_) * limit_.per_second);
  filled_at_ = now;
  tokens_ -= 1;
  if (tokens_ >= 0) co_return;
  const std::chrono::duration<double> wait(-tokens_ / limit_.per_second);
  co_await clock_.sleep_for(std::chrono::duration_cast<Duration>(wait));
}

}  // namespace dynamod::client
