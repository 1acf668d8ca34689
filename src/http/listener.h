// The door for HTTP callers: connections as Streams. Sockets here; the simulation has its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/stream.h"

namespace dynamod::http {

class ServerTls;

class Listener {
 public:
  virtual ~Listener() = default;
  // The next connection. kCancelled once closed; any other error (no file descriptors, say) may
  // pass.
  [[nodiscard]] virtual Async<std::unique_ptr<Stream>> accept() = 0;
  // Where it listens: "127.0.0.1:40123".
  [[nodiscard]] virtual std::string address() const = 0;
  virtual void close() = 0;
};

// Listens on `host` ("127.0.0.1", "::1", "localhost"; "" is every address) and `port` (0: one that
// is free). With `tls`, each connection's handshake is part of its first read, so a slow caller
// delays no other. Errors: kInvalid for a host that is no address, kUnavailable when the port
// cannot be had.
[[nodiscard]] Result<std::unique_ptr<Listener>> make_tcp_listener(
    Executor executor, const std::string& host, std::uint16_t port,
    std::shared_ptr<ServerTls> tls = nullptr);

}  // namespace dynamod::http
