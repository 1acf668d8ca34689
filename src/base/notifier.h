// Waking a coroutine that waits for a change: wait() returns after the next notify(), or at once if one came since the
// last wait() ended. So `while (!condition) co_await changed.wait();` never sleeps through a change.
#pragma once

#include <boost/asio/experimental/channel.hpp>

#include "base/async.h"

namespace dynamod::base {

// One waiter at a time; notify() is cheap and may be called from any place on the core thread.
class Notifier {
 public:
  explicit Notifier(Executor executor) : channel_(std::move(executor), 1) {}

  void notify();
  // Throws operation_aborted when the waiting coroutine is cancelled.
  Task<> wait();

 private:
  net::experimental::channel<Executor, void(boost::system::error_code)> channel_;
};

}  // namespace dynamod::base
