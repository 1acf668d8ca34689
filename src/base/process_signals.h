// SIGTERM and SIGINT as something to wait for.
#pragma once

#include <memory>

#include "base/async.h"

namespace dynamod::base {

class StopSignal {
 public:
  virtual ~StopSignal() = default;
  // Returns at the first SIGTERM or SIGINT, and at once if one came already. The second one ends
  // the process the usual way.
  [[nodiscard]] virtual Task<> wait() = 0;
  [[nodiscard]] virtual bool received() const = 0;
};

[[nodiscard]] std::unique_ptr<StopSignal> make_stop_signal(Executor executor);

}  // namespace dynamod::base
