// A limit of our own on API requests, off by default: a token bucket on the Clock.
#pragma once

#include "base/clock.h"

namespace dynamod::client {

struct RateLimit {
  double per_second = 50;
  double burst = 100;
};

class RateLimiter {
 public:
  // `clock` outlives the limiter. kInvalid limits (not positive) are treated as one request at a
  // time each second.
  RateLimiter(Clock& clock, RateLimit limit);

  // Waits for this request's turn; turns come in the order of the calls.
  Task<> admit();

 private:
  Clock& clock_;
  RateLimit limit_;
  double tokens_;
  SteadyTime filled_at_;
};

}  // namespace dynamod::client
