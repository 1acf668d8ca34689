// The HTTPS server of admission webhooks: a handler, behind certificates that keep themselves.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/listener.h"
#include "http/server.h"
#include "http/tls.h"
#include "runtime/webhook_certificates.h"
#include "runtime/webhook_handler.h"

namespace dynamod::runtime {

struct WebhookServerOptions {
  WebhookCertificateOptions certificates = {};
  // Called once, with the first leaf: where the API server reaches us.
  std::function<Result<std::unique_ptr<http::Listener>>(std::shared_ptr<http::ServerTls>)> listen =
      {};
};

class WebhookServer {
 public:
  // `handler` and what `services` names outlive the server.
  WebhookServer(WebhookCertificates::Services services, WebhookHandler& handler,
                WebhookServerOptions options);

  // Listens as soon as there is a certificate.
  void start();
  // Lets reviews that run end within `grace`.
  Task<> stop(Duration grace);

  // For /readyz: serving, and trusted by the API server.
  [[nodiscard]] Result<> check() const { return certificates_.check(); }

 private:
  Result<> use(const http::Certificate& leaf);

  WebhookServerOptions options_;
  http::Server server_;
  std::shared_ptr<http::ServerTls> tls_;
  WebhookCertificates certificates_;
};

}  // namespace dynamod::runtime
