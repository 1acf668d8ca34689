// One coroutine's wake-up call, on an Asio channel of capacity one.
#include "base/notifier.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/system/system_error.hpp>

namespace dynamod::base {

void Notifier::notify() { channel_.try_send(boost::system::error_code()); }

// The channel has a code of its own for cancellation; everywhere else it is operation_aborted.
Task<> Notifier::wait() {
  const auto token = net::as_tuple(net::use_awaitable_t<Executor>());
  const auto [error] = co_await channel_.async_receive(token);
  if (error) throw boost::system::system_error(net::error::operation_aborted);
}

}  // namespace dynamod::base
