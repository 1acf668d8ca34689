// The loop of a process.
#include "cli/process_doors.h"

#include <random>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace dynamod::cli {

namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

ProcessDoors::ProcessDoors(LogLevel level)
    : executor(loop.get_executor()),
      clock(make_real_clock(executor)),
      log(*clock, level, stderr_log_sink()),
      rng(random_seed()),
      files(make_real_files()),
      stop(make_stop_signal(executor)) {}

Result<> run_to_end(ProcessDoors& doors, Async<> all) {
  Result<> ended = fail(Error::Kind::kInternal, "the program did not run");
  net::co_spawn(doors.executor, std::move(all),
                [&](const std::exception_ptr& failure, Result<> result) {
                  if (failure) std::rethrow_exception(failure);
                  ended = std::move(result);
                  doors.loop.stop();
                });
  doors.loop.run();
  return ended;
}

}  // namespace dynamod::cli
