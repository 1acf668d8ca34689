// Sleeping on any Clock, and the clock of the machine: one Asio timer armed for the earliest of an
// ordered set.
#include "base/clock.h"

#include <map>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace dynamod::base {

namespace {

// A plain function: custom asynchronous operations are not coroutines.
template <class Token>
auto async_sleep(Clock& clock, SteadyTime when, Token token) {
  auto initiate = [&clock, when](auto handler) {
    auto slot = net::get_associated_cancellation_slot(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    const auto id = clock.at(when, [shared] { std::move (*shared)(boost::system::error_code()); });
    if (!slot.is_connected()) return;
    slot.assign([&clock, id, shared](net::cancellation_type) {
      if (!clock.cancel(id)) return;
      const auto executor = net::get_associated_executor(*shared);
      net::post(executor, [shared] { std::move (*shared)(net::error::operation_aborted); });
    });
  };
  return net::async_initiate<Token, void(boost::system::error_code)>(std::move(initiate), token);
}

class RealClock final : public Clock {
 public:
  explicit RealClock(Executor executor) : timer_(std::move(executor)) {}

  [[nodiscard]] SteadyTime now() const override { return std::chrono::steady_clock::now(); }

  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }

  TimerId at(SteadyTime when, std::move_only_function<void()> fire) override {
    const TimerId id = ++last_id_;
    const auto place = timers_.emplace(std::pair{when, id}, std::move(fire)).first;
    places_.emplace(id, place);
    if (place == timers_.begin()) arm();
    return id;
  }

  bool cancel(TimerId id) override {
    const auto place = places_.find(id);
    if (place == places_.end()) return false;
    timers_.erase(place->second);  // the Asio timer may fire early once: it finds nothing due
    places_.erase(place);
    if (timers_.empty()) timer_.cancel();  // or it would keep the loop from ending
    return true;
  }

 private:
  using Timers = std::map<std::pair<SteadyTime, TimerId>, std::move_only_function<void()>>;

  void arm() {
    timer_.expires_at(timers_.begin()->first.first);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) fire_due();
    });
  }

  void fire_due() {
    const SteadyTime limit = now();
    while (!timers_.empty() && timers_.begin()->first.first <= limit) {
      auto node = timers_.extract(timers_.begin());
      places_.erase(node.key().second);
      node.mapped()();
    }
    if (!timers_.empty()) arm();
  }

  net::steady_timer timer_;
  Timers timers_;
  std::unordered_map<TimerId, Timers::iterator> places_;
  TimerId last_id_ = 0;
};

}  // namespace

Task<> Clock::sleep_until(SteadyTime when) {
  co_await async_sleep(*this, when, net::use_awaitable_t<Executor>());
}

std::unique_ptr<Clock> make_real_clock(Executor executor) {
  return std::make_unique<RealClock>(std::move(executor));
}

}  // namespace dynamod::base
