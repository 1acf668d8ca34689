// Opens the folder, serves it, and closes it: the database is let go of before the program ends.
#include "cli/apiserver_command.h"

#include <utility>

#include "apiserver/api_server.h"
#include "apiserver/store/sqlite_journal.h"
#include "base/url.h"
#include "cli/apiserver_folder.h"
#include "cli/process_doors.h"
#include "client/kube_config.h"
#include "http/server.h"
#include "http/tls.h"

namespace dynamod::cli {

namespace {

using apiserver::ApiServer;
using apiserver::ServiceAccountTokens;
using apiserver::Store;
using apiserver::TokenTable;

constexpr unsigned kThreads = 3;  // one for the journal, two for documents
constexpr Duration kServerGrace = std::chrono::seconds(2);
constexpr Duration kRenewalPeriod = std::chrono::hours(1);
// Watches of one informer each; a connection that waits for events costs little.
constexpr std::size_t kConnectionsMax = 8192;
constexpr std::string_view kLoopback = "127.0.0.1";

// Where clients on this machine find a server that listens at `bind_address`.
std::string client_host(const std::string& bind_address) {
  const bool any = bind_address.empty() || bind_address == "0.0.0.0" || bind_address == "::";
  return any ? std::string(kLoopback) : bind_address;
}

struct Doors : ProcessDoors {
  explicit Doors(LogLevel level)
      : ProcessDoors(level), offload(make_thread_offload(executor, kThreads)) {}

  std::unique_ptr<Offload> offload;
};

class ApiServerProcess {
 public:
  ApiServerProcess(Doors& doors, const ApiServerFlags& flags)
      : doors_(doors),
        flags_(flags),
        folder_(*doors.files, flags.data_dir),
        host_(client_host(flags.bind_address)),
        tasks_(doors.executor) {}

  Async<> run() {
    CO_CHECK(make_data_folder(flags_.data_dir));
    CO_CHECK(co_await open());
    const Result<> served = co_await serve();
    if (server_) co_await server_->stop(kServerGrace);
    co_await tasks_.stop();
    if (api_) co_await api_->stop();
    co_await store_->close();
    doors_.log.info("Stopped");
    co_return served;
  }

 private:
  // The database first: whoever holds it owns the folder.
  Async<> open() {
    auto journal = apiserver::make_sqlite_journal(*doors_.clock, *doors_.offload,
                                                  {.path = folder_.file("dynamod.db")});
    CO_TRY(store_,
           co_await apiserver::open_store(doors_.executor, *doors_.clock, std::move(journal)));
    co_return Result<>();
  }

  Async<> serve() {
    CO_TRY(auto tokens, read_tokens());
    CO_TRY(auto accounts, ServiceAccountTokens::open(*doors_.files, folder_.file("sa.key"),
                                                     std::string(apiserver::kDefaultAudience)));
    accounts_ = std::make_unique<ServiceAccountTokens>(std::move(accounts));
    CO_CHECK(prepare_tls());
    auto listener =
        http::make_tcp_listener(doors_.executor, flags_.bind_address, flags_.port, tls_);
    if (!listener)
      co_return std::unexpected(
          std::move(listener).error().within("--port " + std::to_string(flags_.port)));
    api_ = std::make_unique<ApiServer>(
        ApiServer::Doors{doors_.executor, *store_, *doors_.clock, doors_.rng, *doors_.offload,
                         doors_.log, doors_.metrics, *accounts_},
        apiserver::ApiServerOptions{.address = join_host_port(host_, flags_.port),
                                    .port = flags_.port,
                                    .tokens = std::move(tokens),
                                    .service_range = flags_.service_cluster_ip_range,
                                    .client_authorities_pem = client_authorities_});
    CO_CHECK(co_await api_->start());
    const http::ServerOptions limits{.connections_max = kConnectionsMax};
    server_ = std::make_unique<http::Server>(doors_.executor, *doors_.clock, *api_, limits);
    server_->listen(*std::move(listener));
    CO_CHECK(write_kubeconfig());
    tasks_.spawn("renew the certificate", renew_certificate());
    doors_.log.info("Serving", {{"address", join_host_port(host_, flags_.port)},
                                {"kubeconfig", folder_.file("kubeconfig")}});
    co_await doors_.stop->wait();
    doors_.log.info("Stopping: told to");
    co_return Result<>();
  }

  Result<TokenTable> read_tokens() {
    TokenTable tokens;
    if (!flags_.token_auth_file.empty()) {
      TRY(const std::string text, doors_.files->read(flags_.token_auth_file));
      TRY(auto file, apiserver::parse_token_file(text, flags_.token_auth_file));
      for (const std::string& warning : file.warnings) doors_.log.warning(warning);
      tokens = std::move(file.tokens);
    }
    TRY(admin_token_, folder_.admin_token());
    tokens.add(admin_token_,
               {.name = "kubernetes-admin", .groups = {std::string(apiserver::kMastersGroup)}});
    return tokens;
  }

  [[nodiscard]] std::vector<std::string> server_names() const {
    std::vector<std::string> names = {std::string(kLoopback),
                                      "::1",
                                      "localhost",
                                      "kubernetes",
                                      "kubernetes.default",
                                      "kubernetes.default.svc",
                                      "kubernetes.default.svc.cluster.local"};
    if (host_ != kLoopback && host_ != "::1" && host_ != "localhost") names.push_back(host_);
    return names;
  }

  Result<> prepare_tls() {
    TRY(authority_, folder_.authority(doors_.clock->wall()));
    TRY(leaf_, current_leaf());
    client_authorities_ = authority_.certificate_pem;
    if (!flags_.client_ca_file.empty()) {
      TRY(const std::string more, doors_.files->read(flags_.client_ca_file));
      client_authorities_ += more;
    }
    http::ServerTlsOptions options{.certificate_pem = leaf_.certificate_pem,
                                   .key_pem = leaf_.key_pem,
                                   .client_check = http::ClientCheck::kIfGiven,
                                   .client_authorities_pem = client_authorities_};
    TRY(tls_, http::ServerTls::make(std::move(options)));
    return {};
  }

  Result<http::Certificate> current_leaf() {
    if (flags_.tls_cert_file.empty())
      return folder_.server_certificate(authority_, server_names(), doors_.clock->wall());
    TRY(std::string certificate, doors_.files->read(flags_.tls_cert_file));
    TRY(std::string key, doors_.files->read(flags_.tls_private_key_file));
    return http::parse_certificate(std::move(certificate), std::move(key));
  }

  // Ours is made again in time; one of the user's is read again when he has replaced it.
  Async<> renew_certificate() {
    for (;;) {
      co_await doors_.clock->sleep_for(kRenewalPeriod);
      auto leaf = current_leaf();
      if (leaf && leaf->certificate_pem == leaf_.certificate_pem) continue;
      const Result<> used =
          leaf ? tls_->reload(leaf->certificate_pem, leaf->key_pem) : std::unexpected(leaf.error());
      if (!used) {
        doors_.log.error("The certificate was not renewed", {{"error", used.error().message}});
        continue;
      }
      leaf_ = *std::move(leaf);
      doors_.log.info("The certificate was renewed");
    }
  }

  Result<> write_kubeconfig() {
    const bool own = flags_.tls_cert_file.empty();
    return client::write_kube_config(
        *doors_.files, folder_.file("kubeconfig"),
        {.name = "dynamod",
         .server = "https://" + join_host_port(host_, flags_.port),
         .certificate_authority_pem = own ? authority_.certificate_pem : leaf_.certificate_pem,
         .token = admin_token_,
         .default_namespace = "default"});
  }

  Doors& doors_;
  const ApiServerFlags& flags_;
  ApiServerFolder folder_;
  std::string host_;
  std::string admin_token_;
  std::string client_authorities_;
  http::Certificate authority_;
  http::Certificate leaf_;
  std::shared_ptr<http::ServerTls> tls_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ServiceAccountTokens> accounts_;
  std::unique_ptr<ApiServer> api_;
  std::unique_ptr<http::Server> server_;
  TaskGroup tasks_;
};

}  // namespace

Result<> run_apiserver(const ApiServerFlags& flags) {
  Doors doors(flags.log_level);
  ApiServerProcess process(doors, flags);
  return run_to_end(doors, process.run());
}

}  // namespace dynamod::cli
