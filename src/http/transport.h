// The door to HTTP peers. A request is sent at most once: nothing here retries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/url.h"
#include "http/message.h"

namespace dynamod::http {

struct SendOptions {
  // The whole exchange, body included; a streaming answer (a watch) sets none and limits the wait
  // for its head alone.
  std::optional<Duration> deadline = std::nullopt;
  Duration connect_limit = std::chrono::seconds(5);
  std::optional<Duration> head_limit = std::nullopt;  // until the response's head is there
  std::size_t response_bytes_max =
      std::size_t{64} << 20;  // kTooLarge from the body beyond it; SIZE_MAX for watches
};

// `peer` says where; `request.target` says what (peer.target is not used).
//
// Errors of send() and of the response's body:
//   kUnavailable     nothing was sent (refused, unresolved, no route, TLS failed)
//   kMayHaveArrived  the connection broke after something was sent
//   kTimeout         a limit passed; the request may have arrived unless the message says "connect"
//   kTooLarge        the answer is larger than allowed
// Redirects are answers like any other, never followed.
class Transport {
 public:
  virtual ~Transport() = default;
  // Returns when the head of the answer is there. The Transport outlives the call and the
  // response's body.
  [[nodiscard]] virtual Async<Response> send(Url peer, Request request, SendOptions options) = 0;
};

}  // namespace dynamod::http
