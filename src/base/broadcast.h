// Waking any number of coroutines that wait for a change (base/notifier.h has room for one).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include "base/async.h"

namespace dynamod::base {

class Broadcast {
 public:
  Broadcast() = default;
  Broadcast(const Broadcast&) = delete;
  Broadcast& operator=(const Broadcast&) = delete;

  // Wakes all who wait now, from the loop. A later wait() waits for the next call, so test the
  // condition first: `while (!condition) co_await changed.wait();`
  void notify_all();
  // Wakes the one that has waited longest. For waiters of which any will do; all of them are
  // cancelled together, so that the one that is woken does not go and leave the others asleep.
  void notify_one();

  // Throws operation_aborted when the waiting coroutine is cancelled. The Broadcast outlives the
  // wait.
  Task<> wait();

 private:
  // True wakes, false aborts.
  using Waiter = std::move_only_function<void(bool)>;

  template <class Token>
  auto async_wait(Token token) {
    auto initiate = [this](auto handler) {
      auto slot = net::get_associated_cancellation_slot(handler);
      const auto executor = net::get_associated_executor(handler);
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      const std::uint64_t id = ++last_id_;
      waiters_.emplace(id, [executor, shared](bool woken) {
        const auto code = woken ? boost::system::error_code() : net::error::operation_aborted;
        net::post(executor, [shared, code] { std::move (*shared)(code); });
      });
      if (!slot.is_connected()) return;
      slot.assign([this, id](net::cancellation_type) {
        auto node = waiters_.extract(id);
        if (!node.empty()) node.mapped()(false);
      });
    };
    return net::async_initiate<Token, void(boost::system::error_code)>(std::move(initiate), token);
  }

  std::map<std::uint64_t, Waiter> waiters_;
  std::uint64_t last_id_ = 0;
};

}  // namespace dynamod::base
