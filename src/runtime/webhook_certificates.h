// The webhook server's own certificates, without cert-manager: one authority in one Secret that all
// replicas share, a leaf that each replica makes for itself and never stores, and the caBundle that
// makes the API server trust it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "client/kube_client.h"
#include "http/certificate.h"
#include "kube/resource.h"

namespace dynamod::runtime {

struct WebhookCertificateOptions {
  kube::ObjectKey secret = {};  // keys ca.crt, ca.key, previous-ca.crt, previous-ca.until
  // what the API server calls us by: "<service>.<namespace>.svc"
  std::vector<std::string> names = {};
  // the ValidatingWebhookConfiguration whose webhooks get the caBundle
  std::string configuration = {};
  std::string field_manager = "dynamod-webhook-ca";  // owns caBundle and nothing else
  Duration authority_lifetime = std::chrono::hours(24 * 365 * 10);
  Duration leaf_lifetime = std::chrono::hours(24 * 90);
  // How often Secret and configuration are looked at: a caBundle that somebody else took away is
  // back after it.
  Duration check_interval = std::chrono::minutes(1);
};

class WebhookCertificates {
 public:
  // All outlive the object. `client` does not go through the leader's gate: every replica serves
  // webhooks, and all of them write the same.
  struct Services {
    Executor executor;
    Clock& clock;
    Rng& rng;
    Log& log;
    Metrics& metrics;
    client::KubeClient& client;
  };

  // Takes a leaf into use: the first one, and each renewal.
  using UseLeaf = std::function<Result<>(const http::Certificate& leaf)>;

  WebhookCertificates(Services services, WebhookCertificateOptions options, UseLeaf use_leaf);

  // Keeps all of it right until stop(); failures are logged and tried again.
  void start();
  Task<> stop();

  // Ready to serve: a leaf is in use and the API server was given its authority. The error says
  // what is missing.
  [[nodiscard]] Result<> check() const;

 private:
  struct Authority {
    http::Certificate current;
    std::string
        previous_pem;  // still trusted, for leaves of replicas that have not renewed; empty: none

    [[nodiscard]] std::string bundle() const { return current.certificate_pem + previous_pem; }
  };

  Async<> run();
  Async<> ensure();
  Async<Authority> read_authority();
  Async<> create_authority();
  Async<> replace_authority(std::string resource_version,
                            std::optional<http::Certificate> previous);
  Async<> install(std::string bundle);
  Result<> renew_leaf(const http::Certificate& authority);

  Services services_;
  WebhookCertificateOptions options_;
  UseLeaf use_leaf_;
  std::optional<http::Certificate> leaf_;
  std::optional<Error> last_error_;
  bool installed_ = false;
  GaugeMetric expires_;
  TaskGroup tasks_;
};

}  // namespace dynamod::runtime
