// Waking is a move of the list, so that a waiter that waits again is not woken twice.
#include "base/broadcast.h"

namespace dynamod::base {

Task<> Broadcast::wait() {
  co_await async_wait(net::use_awaitable_t<Executor>());
}

void Broadcast::notify_all() {
  auto waiters = std::exchange(waiters_, {});
  for (auto& [id, wake] : waiters) wake(true);
}

void Broadcast::notify_one() {
  if (waiters_.empty()) return;
  auto longest = waiters_.extract(waiters_.begin());
  longest.mapped()(true);
}

}  // namespace dynamod::base
