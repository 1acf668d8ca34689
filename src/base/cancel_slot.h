// A completion handler with a cancellation slot and nothing else. Asio's bind_cancellation_slot also gives the handler an
// associated executor, and then co_spawn *posts* each cancellation with a pointer into the slot: if the coroutine ends
// before that post runs, the pointer dangles. Without the executor the cancellation is delivered in place.
#pragma once

#include <utility>

#include <boost/asio/cancellation_signal.hpp>

#include "base/async.h"

namespace dynamod::base::detail {

template <class Function>
struct SlotHandler {
  using cancellation_slot_type = net::cancellation_slot;  // the name Asio looks for

  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }

  template <class... Arguments>
  void operator()(Arguments&&... arguments) {
    function(std::forward<Arguments>(arguments)...);
  }

  cancellation_slot_type slot;
  Function function;
};

template <class Function>
SlotHandler<Function> with_slot(net::cancellation_slot slot, Function function) {
  return {slot, std::move(function)};
}

}  // namespace dynamod::base::detail
