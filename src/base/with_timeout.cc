// What with_timeout says when time is up.
#include "base/with_timeout.h"

#include <chrono>

namespace dynamod::base::detail {

Error timed_out(const std::string& what, Duration limit) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return {Error::Kind::kTimeout, what + ": no answer within " + std::to_string(ms) + " ms"};
}

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == net::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace dynamod::base::detail
