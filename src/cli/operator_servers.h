// What an operator serves: metrics, health, and the admission webhook under certificates of its
// own. Every replica serves, leading or not.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/rng.h"
#include "cli/operator_options.h"
#include "client/kube_client.h"
#include "http/observability.h"
#include "http/server.h"
#include "http/tls.h"
#include "runtime/webhook_certificates.h"
#include "runtime/webhook_handler.h"

namespace dynamod::cli {

class OperatorServers {
 public:
  // All outlive the servers. `client` does not go through the leader's gate.
  struct Services {
    Executor executor;
    Clock& clock;
    Log& log;
    Metrics& metrics;
    Rng& rng;
    client::KubeClient& client;
  };

  OperatorServers(Services services, const OperatorOptions& options,
                  std::string operator_namespace);

  // Error kInvalid or kUnavailable for an address that cannot be bound; it names the flag.
  [[nodiscard]] Result<> start();
  Task<> stop();

  // While it leads: whether the leader has seen everything once. Empty: it does not lead, and is
  // ready all the same.
  void set_ready(std::function<bool()> leader_ready) { leader_ready_ = std::move(leader_ready); }

 private:
  Result<> listen(http::Server& server, const std::string& flag, const std::string& address);
  Result<> use_leaf(const http::Certificate& leaf);

  Services services_;
  const OperatorOptions& options_;
  std::function<bool()> leader_ready_;
  http::Observability observability_;
  http::Server plain_server_;
  runtime::WebhookHandler webhooks_;
  http::Server webhook_server_;
  std::shared_ptr<http::ServerTls> webhook_tls_;
  std::unique_ptr<runtime::WebhookCertificates> certificates_;
};

}  // namespace dynamod::cli
