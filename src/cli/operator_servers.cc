// Binding the addresses, and what is checked for /readyz.
#include "cli/operator_servers.h"

#include <utility>

#include "cli/install_names.h"
#include "http/listener.h"
#include "kinds/dynamo_model_admission.h"

namespace dynamod::cli {

namespace {

constexpr Duration kServerGrace = std::chrono::seconds(1);  // for a scrape or a review that runs
constexpr const char* kNotServed = "0";

runtime::WebhookCertificateOptions certificate_options(const std::string& ns) {
  const std::string service = std::string(kWebhookServiceName) + "." + ns;
  return {.secret = {ns, std::string(kWebhookSecretName)},
          .names = {service + ".svc", service + ".svc.cluster.local", service},
          .configuration = std::string(kWebhookConfigurationName)};
}

}  // namespace

OperatorServers::OperatorServers(Services services, const OperatorOptions& options,
                                 std::string operator_namespace)
    : services_(services),
      options_(options),
      observability_(services.metrics),
      plain_server_(services.executor, services.clock, observability_),
      webhooks_(services.clock, services.log, services.metrics),
      webhook_server_(services.executor, services.clock, webhooks_) {
  observability_.add_ready_check("caches", [this]() -> Result<> {
    if (!leader_ready_ || leader_ready_()) return {};
    return fail(Error::Kind::kUnavailable, "the first lists have not ended");
  });
  webhooks_.add(std::string(kModelWebhookPath), "DynamoModel", kinds::admit_dynamo_model);
  if (options.webhook_bind_address == kNotServed) return;
  certificates_ = std::make_unique<runtime::WebhookCertificates>(
      runtime::WebhookCertificates::Services{services.executor, services.clock, services.rng,
                                             services.log, services.metrics, services.client},
      certificate_options(operator_namespace),
      [this](const http::Certificate& leaf) { return use_leaf(leaf); });
  observability_.add_ready_check("webhook", [this] { return certificates_->check(); });
}

Result<> OperatorServers::start() {
  CHECK_OK(
      listen(plain_server_, "--health-probe-bind-address", options_.health_probe_bind_address));
  if (options_.metrics_bind_address != options_.health_probe_bind_address) {
    CHECK_OK(listen(plain_server_, "--metrics-bind-address", options_.metrics_bind_address));
  }
  if (certificates_) certificates_->start();
  return {};
}

Result<> OperatorServers::listen(http::Server& server, const std::string& flag,
                                 const std::string& address) {
  if (address == kNotServed) return {};
  auto parsed = split_host_port(address);
  if (!parsed) return std::unexpected(std::move(parsed).error().within(flag + " " + address));
  const auto& [host, port] = *parsed;
  const bool webhook = &server == &webhook_server_;
  auto listener =
      http::make_tcp_listener(services_.executor, host, port, webhook ? webhook_tls_ : nullptr);
  if (!listener) return std::unexpected(std::move(listener).error().within(flag + " " + address));
  services_.log.info("Listening", {{"flag", flag}, {"address", (*listener)->address()}});
  server.listen(*std::move(listener));
  return {};
}

// The first certificate opens the port: before it nobody could be answered.
Result<> OperatorServers::use_leaf(const http::Certificate& leaf) {
  if (webhook_tls_) return webhook_tls_->reload(leaf.certificate_pem, leaf.key_pem);
  TRY(webhook_tls_,
      http::ServerTls::make({.certificate_pem = leaf.certificate_pem, .key_pem = leaf.key_pem}));
  return listen(webhook_server_, "--webhook-bind-address", options_.webhook_bind_address);
}

Task<> OperatorServers::stop() {
  if (certificates_) co_await certificates_->stop();
  co_await plain_server_.stop(kServerGrace);
  co_await webhook_server_.stop(kServerGrace);
}

}  // namespace dynamod::cli
