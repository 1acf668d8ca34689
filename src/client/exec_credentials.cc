// Running the plugin, once for all who wait.
#include "client/exec_credentials.h"

#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"

namespace dynamod::client {

namespace {

constexpr Duration kPluginLimit = std::chrono::seconds(60);  // some ask a slow identity provider
constexpr Duration kExpiryMargin = std::chrono::seconds(10);
constexpr std::size_t kPluginTextMax = 300;

// The run ends also when the coroutine is cancelled: those who wait must not wait for ever.
class Turn {
 public:
  Turn(bool& running, Broadcast& ended) : running_(running), ended_(ended) { running_ = true; }

  ~Turn() {
    running_ = false;
    ended_.notify_all();
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  bool& running_;
  Broadcast& ended_;
};

}  // namespace

ExecCredentials::ExecCredentials(Processes& processes, Clock& clock, const Env& env,
                                 ExecPlugin plugin)
    : processes_(processes), clock_(clock), plugin_(std::move(plugin)), environment_(env.all()) {
  json::object spec = {{"interactive", false}};
  if (!plugin_.cluster.is_null()) spec["cluster"] = plugin_.cluster;
  const json::value info = {
      {"kind", "ExecCredential"}, {"apiVersion", plugin_.api_version}, {"spec", std::move(spec)}};
  environment_["KUBERNETES_EXEC_INFO"] = encode_json(info);
  for (const auto& [name, value] : plugin_.environment) environment_[name] = value;
}

bool ExecCredentials::fresh() const {
  return known_ && (!expires_ || clock_.wall() + kExpiryMargin < *expires_);
}

Async<std::string> ExecCredentials::authorization() {
  while (!fresh() && running_) co_await ended_.wait();
  if (!fresh()) CO_CHECK(co_await run());
  co_return authorization_;
}

bool ExecCredentials::refused(const std::string& authorization) {
  if (authorization == authorization_) known_ = false;
  return true;
}

Async<> ExecCredentials::run() {
  const Turn turn(running_, ended_);
  const std::string name = plugin_.command.front();
  const Command command{plugin_.command, environment_, kPluginLimit};
  auto exited = co_await processes_.run(command);
  if (!exited) {
    Error error = std::move(exited).error().within("exec plugin " + name);
    if (error.kind == Error::Kind::kNotFound && !plugin_.install_hint.empty()) {
      error.message += ". " + plugin_.install_hint;
    }
    co_return std::unexpected(std::move(error));
  }
  if (exited->code != 0) {
    co_return fail(Error::Kind::kUnauthorized,
                   fmt::format("exec plugin {} ended with {}: {}", name, exited->code,
                               exited->errors.substr(0, kPluginTextMax)));
  }
  if (auto accepted = accept(exited->output); !accepted) {
    co_return std::unexpected(std::move(accepted).error().within("exec plugin " + name));
  }
  co_return Result<>{};
}

// The texts do not repeat the output: it holds the secret.
Result<> ExecCredentials::accept(const std::string& output) {
  const auto decoded = decode_json_strict(output);
  if (!decoded || string_at(decoded->value, "kind") != "ExecCredential") {
    return fail(Error::Kind::kUnauthorized, "it did not print an ExecCredential");
  }
  const json::value& credential = decoded->value;
  if (string_at(credential, "apiVersion") != plugin_.api_version) {
    return fail(Error::Kind::kUnauthorized, "it printed apiVersion " +
                                                string_at(credential, "apiVersion") +
                                                ", the kubeconfig says " + plugin_.api_version);
  }
  const std::string token = string_at(credential, "status.token");
  const std::string certificate = string_at(credential, "status.clientCertificateData");
  const std::string key = string_at(credential, "status.clientKeyData");
  if (token.empty() && certificate.empty()) {
    return fail(Error::Kind::kUnauthorized, "it printed neither a token nor a client certificate");
  }
  if (certificate.empty() != key.empty()) {
    return fail(Error::Kind::kUnauthorized,
                "it printed a client certificate or its key without the other");
  }
  expires_.reset();
  if (const std::string text = string_at(credential, "status.expirationTimestamp"); !text.empty()) {
    TRY(expires_, parse_time(text));
  }
  authorization_ = token.empty() ? "" : "Bearer " + token;
  certificate_pem_ = certificate;
  key_pem_ = key;
  known_ = true;
  return {};
}

}  // namespace dynamod::client
