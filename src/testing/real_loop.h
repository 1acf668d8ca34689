// The machine's own loop and clock, for tests of what touches real sockets and processes.
// Everything else: SimLoop.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"

namespace dynamod::testing {

class RealLoop {
 public:
  RealLoop() : clock_(make_real_clock(io_.get_executor())) {}

  [[nodiscard]] net::io_context& io() { return io_; }

  [[nodiscard]] Executor executor() { return io_.get_executor(); }

  [[nodiscard]] Clock& clock() { return *clock_; }

  // Runs the loop until `done()` is true; one that never becomes true is for the test's own time
  // limit.
  template <class Done>
  void run_until(Done done) {
    while (!done()) io_.run_one();
  }

  // Runs `task` to its end and gives its result.
  template <class T>
  T await(Task<T> task) {
    std::exception_ptr failure;
    std::optional<T> result;
    auto finished = [&](std::exception_ptr error, std::optional<T> value) {
      failure = std::move(error);
      result = std::move(value);
    };
    net::co_spawn(executor(), boxed(std::move(task)), finished);
    run_until([&] { return failure || result; });
    if (failure) std::rethrow_exception(failure);
    return *std::move(result);
  }

  void await(Task<> task) { await(flagged(std::move(task))); }

 private:
  template <class T>
  static Task<std::optional<T>> boxed(Task<T> task) {
    co_return co_await std::move(task);
  }

  static Task<bool> flagged(Task<> task) {
    co_await std::move(task);
    co_return true;
  }

  net::io_context io_{1};
  net::executor_work_guard<net::io_context::executor_type> keep_running_{io_.get_executor()};
  std::unique_ptr<Clock> clock_;
};

}  // namespace dynamod::testing
