// The door to chance: jitter and uids. Keys and tokens never come from here (they come from OpenSSL, behind Secrets).
#pragma once

#include <cstdint>
#include <random>

#include "base/result.h"

namespace dynamod::base {

class Rng {
 public:
  explicit Rng(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] std::uint64_t next() { return engine_(); }
  // Evenly in [low, high].
  [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>(low, high)(engine_);
  }
  // `base` times an even draw from [1 - spread, 1 + spread].
  [[nodiscard]] Duration jitter(Duration base, double spread) {
    const double factor = std::uniform_real_distribution<double>(1.0 - spread, 1.0 + spread)(engine_);
    return Duration(static_cast<Duration::rep>(static_cast<double>(base.count()) * factor));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dynamod::base
