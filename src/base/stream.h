// Bytes both ways: a socket, a TLS connection or a simulated link. HTTP is parsed over this, never over a socket.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async.h"

namespace dynamod::base {

inline constexpr std::size_t kStreamReadMax = std::size_t{16} * 1024;  // what one read gives at most

class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte and at most kStreamReadMax; "" at the end. Errors: kUnavailable (reset and the like).
  [[nodiscard]] virtual Async<std::string> read() = 0;
  // Returns when all of it is with the peer's kernel (so back-pressure is natural).
  [[nodiscard]] virtual Async<> write(std::string bytes) = 0;
  // No more reads or writes; the peer sees the end. Pending ones fail.
  virtual void close() = 0;
  // "10.0.0.1:1234", for logs.
  [[nodiscard]] virtual std::string peer() const = 0;
  // Under TLS and after the first read: the peer's verified certificate first, then its chain; else empty.
  [[nodiscard]] virtual std::vector<std::string> peer_certificates_pem() const { return {}; }
};

}  // namespace dynamod::base
