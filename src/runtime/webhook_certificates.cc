// Reading or making the authority, installing it, and renewing the leaf, in that order: a leaf is
// shown only after its authority is trusted.
#include "runtime/webhook_certificates.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/timestamp.h"
#include "kube/secret.h"

namespace dynamod::runtime {

namespace {

constexpr Duration kRetry = std::chrono::seconds(3);
constexpr double kJitter = 0.3;
constexpr const char* kAuthorityName = "dynamod-webhook-ca";
constexpr kube::ResourceType kConfigurations{"admissionregistration.k8s.io", "v1",
                                             "validatingwebhookconfigurations",
                                             "ValidatingWebhookConfiguration", false};

// A certificate that is still good at `now`.
std::optional<http::Certificate> usable(const std::string& certificate_pem,
                                        const std::string& key_pem, WallTime now) {
  auto certificate = http::parse_certificate(certificate_pem, key_pem);
  if (!certificate || !certificate->is_authority || now >= certificate->not_after)
    return std::nullopt;
  return *std::move(certificate);
}

}  // namespace

WebhookCertificates::WebhookCertificates(Services services, WebhookCertificateOptions options,
                                         UseLeaf use_leaf)
    : services_(services),
      options_(std::move(options)),
      use_leaf_(std::move(use_leaf)),
      expires_(services.metrics.gauge("dynamod_webhook_certificate_expires_seconds",
                                      "When the webhook's certificate expires, as Unix time.")),
      tasks_(services.executor) {}

void WebhookCertificates::start() {
  tasks_.spawn("webhook certificates", run());
}

Task<> WebhookCertificates::stop() {
  return tasks_.stop();
}

Result<> WebhookCertificates::check() const {
  if (leaf_ && installed_) return {};
  if (last_error_) return std::unexpected(*last_error_);
  return fail(Error::Kind::kUnavailable, "the webhook's certificate is being made");
}

Async<> WebhookCertificates::run() {
  while (true) {
    auto ensured = co_await ensure();
    if (ensured) {
      last_error_.reset();
      co_await services_.clock.sleep_for(services_.rng.jitter(options_.check_interval, kJitter));
      continue;
    }
    // Another replica was faster: what it wrote is read at once.
    const bool raced = ensured.error().kind == Error::Kind::kConflict ||
                       ensured.error().kind == Error::Kind::kAlreadyExists;
    if (!raced && (!last_error_ || last_error_->message != ensured.error().message)) {
      services_.log.warning("The webhook's certificates could not be kept, will try again",
                            {{"error", ensured.error().message}});
    }
    last_error_ = std::move(ensured).error();
    const Duration pause = std::max(kRetry, last_error_->retry_after.value_or(Duration::zero()));
    co_await services_.clock.sleep_for(services_.rng.jitter(raced ? kRetry / 10 : pause, kJitter));
  }
}

Async<> WebhookCertificates::ensure() {
  CO_TRY(const Authority authority, co_await read_authority());
  const auto installed = co_await install(authority.bundle());
  // The first leaf does not wait for the configuration, which may be installed after us; a renewal
  // under a new authority does, for the old leaf is still trusted.
  const bool issued_by_another = leaf_ && !http::is_issued_by(*leaf_, authority.current);
  const bool due = !leaf_ || issued_by_another || services_.clock.wall() >= leaf_->renew_at();
  if (due && (installed || !issued_by_another)) CO_CHECK(renew_leaf(authority.current));
  co_return installed;
}

Async<WebhookCertificates::Authority> WebhookCertificates::read_authority() {
  auto secret = co_await services_.client.get<kube::Secret>(options_.secret);
  if (!secret && secret.error().kind == Error::Kind::kNotFound) {
    CO_CHECK(co_await create_authority());
    secret = co_await services_.client.get<kube::Secret>(options_.secret);
  }
  if (!secret) co_return std::unexpected(std::move(secret).error());
  const WallTime now = services_.clock.wall();
  const auto value = [&](const char* key) { return kube::secret_value(*secret, key).value_or(""); };
  auto current = usable(value("ca.crt"), value("ca.key"), now);
  if (!current || now >= current->renew_at()) {
    CO_CHECK(co_await replace_authority(secret->metadata.resource_version, current));
    co_return fail(Error::Kind::kConflict,
                   "the authority was replaced");  // and is read like one of another replica
  }
  const auto trusted_until = parse_time(value("previous-ca.until"));
  const bool trusted = trusted_until && now < *trusted_until;
  co_return Authority{*std::move(current), trusted ? value("previous-ca.crt") : std::string()};
}

Async<> WebhookCertificates::create_authority() {
  CO_TRY(const auto authority,
         http::make_authority(kAuthorityName, services_.clock.wall(), options_.authority_lifetime));
  kube::Secret secret;
  secret.metadata.ns = options_.secret.ns;
  secret.metadata.name = options_.secret.name;
  secret.type = "Opaque";
  kube::set_secret_value(secret, "ca.crt", authority.certificate_pem);
  kube::set_secret_value(secret, "ca.key", authority.key_pem);
  const auto created = co_await services_.client.create(std::move(secret));
  if (!created && created.error().kind != Error::Kind::kAlreadyExists)
    co_return std::unexpected(created.error());
  if (created)
    services_.log.info("Made the webhook's authority", {{"secret", options_.secret.text()}});
  co_return Result<>{};
}

Async<> WebhookCertificates::replace_authority(std::string resource_version,
                                               std::optional<http::Certificate> previous) {
  CO_TRY(const auto authority,
         http::make_authority(kAuthorityName, services_.clock.wall(), options_.authority_lifetime));
  json::object data = {{"ca.crt", encode_base64(authority.certificate_pem)},
                       {"ca.key", encode_base64(authority.key_pem)},
                       {"previous-ca.crt", nullptr},
                       {"previous-ca.until", nullptr}};
  if (previous) {
    data["previous-ca.crt"] = encode_base64(previous->certificate_pem);
    data["previous-ca.until"] = encode_base64(format_time(previous->not_after));
  }
  json::value patch = {{"data", std::move(data)}};
  const client::PatchOptions options{.resource_version = std::move(resource_version)};
  CO_CHECK(co_await services_.client.merge_patch(kube::Secret::kType, options_.secret,
                                                 std::move(patch), options));
  services_.log.info("Replaced the webhook's authority", {{"secret", options_.secret.text()}});
  co_return Result<>{};
}

Async<> WebhookCertificates::install(std::string bundle) {
  const kube::ObjectKey key{"", options_.configuration};
  CO_TRY(const json::value live, co_await services_.client.get(kConfigurations, key));
  const json::value* webhooks = find_json(live, "webhooks");
  const std::string encoded = encode_base64(bundle);
  json::array wanted;
  bool differs = false;
  if (webhooks != nullptr && webhooks->is_array()) {
    for (const auto& webhook : webhooks->get_array()) {
      differs = differs || string_at(webhook, "clientConfig.caBundle") != encoded;
      wanted.push_back(
          {{"name", string_at(webhook, "name")}, {"clientConfig", {{"caBundle", encoded}}}});
    }
  }
  if (differs) {
    installed_ = false;
    json::value document = {{"apiVersion", kConfigurations.api_version()},
                            {"kind", kConfigurations.kind},
                            {"metadata", {{"name", options_.configuration}}},
                            {"webhooks", std::move(wanted)}};
    const client::ApplyOptions options{.field_manager = options_.field_manager};
    CO_CHECK(co_await services_.client.apply(kConfigurations, std::move(document), options));
    services_.log.info("Installed the webhook's authority",
                       {{"configuration", options_.configuration}});
  }
  installed_ = true;
  co_return Result<>{};
}

Result<> WebhookCertificates::renew_leaf(const http::Certificate& authority) {
  const http::CertificateRequest request{
      .usage = http::CertificateUsage::kServer,
      .common_name = options_.names.empty() ? "" : options_.names.front(),
      .names = options_.names,
      .lifetime = options_.leaf_lifetime};
  TRY(http::Certificate leaf, http::issue_certificate(authority, request, services_.clock.wall()));
  CHECK_OK(use_leaf_(leaf));
  const std::chrono::duration<double> expires = leaf.not_after.time_since_epoch();
  expires_.set(expires.count());
  services_.log.info("Took a webhook certificate into use",
                     {{"expires", format_time(leaf.not_after)}});
  leaf_ = std::move(leaf);
  return {};
}

}  // namespace dynamod::runtime
