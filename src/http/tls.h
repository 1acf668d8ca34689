// The server's side of TLS: whose certificate it shows, and whose it asks for. The client's side is
// libcurl's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/stream.h"

namespace dynamod::http {

enum class ClientCheck : std::uint8_t {
  kNone,
  kIfGiven,  // a certificate is asked for; one that does not verify ends the connection, none is
             // fine
  kRequire,
};

struct ServerTlsOptions {
  std::string certificate_pem = {};  // with its chain
  std::string key_pem = {};          // a secret
  ClientCheck client_check = ClientCheck::kNone;
  std::string client_authorities_pem = {};  // who may have signed a caller's certificate
};

// TLS 1.2 and 1.3, HTTP/1.1 by ALPN. Shared by listeners, connections and whoever renews the
// certificate.
class ServerTls {
 public:
  // Errors: kInvalid for PEM that does not parse or a key that is not the certificate's; never with
  // key material.
  static Result<std::shared_ptr<ServerTls>> make(ServerTlsOptions options);
  ~ServerTls();

  // New connections get this certificate; those that stand keep theirs. On error nothing changes.
  Result<> reload(std::string certificate_pem, std::string key_pem);

  struct Context;

  [[nodiscard]] std::shared_ptr<Context> context() const { return context_; }

 private:
  explicit ServerTls(ServerTlsOptions options);

  ServerTlsOptions options_;
  std::shared_ptr<Context> context_;
};

}  // namespace dynamod::http
