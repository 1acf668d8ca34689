// A time limit for any coroutine, by the Clock that is passed (so it works in virtual time).
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include "base/cancel_slot.h"
#include "base/clock.h"

namespace dynamod::base {

namespace detail {

// Shared by the operation, its timer and the caller's cancellation.
struct TimeLimit {
  net::cancellation_signal cancel;
  std::optional<Clock::TimerId> timer;
  bool started = false;
  bool stopped = false;  // cancelled from outside
  bool timed_out = false;

  void abort() {
    if (started) cancel.emit(net::cancellation_type::terminal);
  }
};

// co_spawn wants a default-constructible value, and a coroutine that is cancelled before its first step throws out of
// the loop: hence the optional and the flags.
template <class T>
Task<std::optional<Result<T>>> limited(std::shared_ptr<TimeLimit> state, Async<T> operation) {
  state->started = true;
  if (state->stopped || state->timed_out) co_return std::nullopt;
  co_return co_await std::move(operation);
}

template <class T, class Token>
auto async_limited(Clock& clock, std::shared_ptr<TimeLimit> state, SteadyTime deadline, Executor executor,
                   Async<T> operation, Token token) {
  auto initiate = [&clock, state, deadline, executor](auto handler, Async<T> body) {
    state->timer = clock.at(deadline, [state] {
      state->timer.reset();
      state->timed_out = true;
      state->abort();
    });
    auto slot = net::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([state](net::cancellation_type) {
        state->stopped = true;
        state->abort();
      });
    }
    auto finish = [&clock, state, handler = std::move(handler)](std::exception_ptr failure,
                                                                std::optional<Result<T>> result) mutable {
      if (state->timer) clock.cancel(*state->timer);
      std::move(handler)(std::move(failure), std::move(result));
    };
    net::co_spawn(executor, limited<T>(state, std::move(body)), with_slot(state->cancel.slot(), std::move(finish)));
  };
  // The exception travels as a value: with_timeout decides whether it was its own cancellation.
  return net::async_initiate<Token, void(std::exception_ptr, std::optional<Result<T>>)>(std::move(initiate), token,
                                                                                        std::move(operation));
}

[[nodiscard]] Error timed_out(const std::string& what, Duration limit);
[[nodiscard]] bool is_cancellation(const std::exception_ptr& failure);

}  // namespace detail

// The result of `operation`, or kTimeout "<what>: no answer within <limit>" after cancelling it and waiting for its
// end. An exception of `operation` passes through. `clock` outlives the call.
template <class T>
Async<T> with_timeout(Clock& clock, Duration limit, std::string what, Async<T> operation) {
  const Executor executor = co_await net::this_coro::executor;
  auto state = std::make_shared<detail::TimeLimit>();
  const SteadyTime deadline = clock.now() + limit;
  std::exception_ptr failure;
  std::optional<Result<T>> result;
  try {
    result = co_await detail::async_limited<T>(clock, state, deadline, executor, std::move(operation),
                                               net::use_awaitable_t<Executor>());
  } catch (...) {
    failure = std::current_exception();
  }
  if (result) co_return *std::move(result);
  if (state->timed_out && (!failure || detail::is_cancellation(failure))) {
    co_return std::unexpected(detail::timed_out(what, limit));
  }
  if (!failure) throw boost::system::system_error(net::error::operation_aborted);
  std::rethrow_exception(failure);
}

}  // namespace dynamod::base
