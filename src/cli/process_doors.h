// What every sub-command that keeps running has: the core thread's loop and the real doors on it.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/async.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process_signals.h"
#include "base/rng.h"

namespace dynamod::cli {

// Lives as long as the process; a sub-command derives from it what it needs besides.
struct ProcessDoors {
  explicit ProcessDoors(LogLevel level);

  net::io_context loop{1};
  Executor executor;
  std::unique_ptr<Clock> clock;
  Log log;
  Metrics metrics;
  Rng rng;
  std::unique_ptr<Files> files;
  std::unique_ptr<StopSignal> stop;
};

// Runs the loop on this thread until `all` has ended.
[[nodiscard]] Result<> run_to_end(ProcessDoors& doors, Async<> all);

}  // namespace dynamod::cli
