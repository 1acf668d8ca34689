// The first leaf opens the port, the next ones are reloaded under it.
#include "runtime/webhook_server.h"

#include <utility>

namespace dynamod::runtime {

namespace {

// Of requests: two objects in one body, and only from the API server.
http::ServerOptions server_options() {
  http::ServerOptions options;
  options.connections_max = 256;
  return options;
}

}  // namespace

WebhookServer::WebhookServer(WebhookCertificates::Services services, WebhookHandler& handler,
                             WebhookServerOptions options)
    : options_(std::move(options)),
      server_(services.executor, services.clock, handler, server_options()),
      certificates_(services, options_.certificates,
                    [this](const http::Certificate& leaf) { return use(leaf); }) {}

void WebhookServer::start() {
  certificates_.start();
}

Result<> WebhookServer::use(const http::Certificate& leaf) {
  if (tls_) return tls_->reload(leaf.certificate_pem, leaf.key_pem);
  TRY(auto tls,
      http::ServerTls::make({.certificate_pem = leaf.certificate_pem, .key_pem = leaf.key_pem}));
  TRY(auto listener, options_.listen(tls));
  server_.listen(std::move(listener));
  tls_ = std::move(tls);
  return {};
}

Task<> WebhookServer::stop(Duration grace) {
  co_await certificates_.stop();
  co_await server_.stop(grace);
}

}  // namespace dynamod::runtime
