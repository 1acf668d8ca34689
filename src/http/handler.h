// Every server of the program is a Handler; a socket server (http/server.h) and the simulated
// network drive the same.
#pragma once

#include "http/message.h"

namespace dynamod::http {

class Handler {
 public:
  virtual ~Handler() = default;
  // An Error becomes a 500 with its text. Cancelled when the caller goes away. The Handler outlives
  // the call.
  [[nodiscard]] virtual Async<Response> handle(Request request) = 0;
};

}  // namespace dynamod::http
