// Flags of others, and the few of them that mean something here.
#include "cli/envtest_command.h"

#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "base/process_signals.h"
#include "base/url.h"
#include "cli/apiserver_command.h"
#include "cli/apiserver_folder.h"
#include "http/curl_transport.h"
#include "http/server.h"

namespace dynamod::cli {

namespace {

constexpr std::string_view kKubeApiServer = "kube-apiserver";
constexpr std::string_view kEtcd = "etcd";
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr std::size_t kPathMax = 4'096;
constexpr Duration kAskLimit = std::chrono::seconds(10);
constexpr Duration kStopGrace = std::chrono::seconds(1);

void add(CLI::App& command, const std::string& flag, std::string& target, const std::string& help) {
  command.add_option("--" + flag, target, help)->capture_default_str()->type_name("");
}

// Flags may come as lists of URLs; one server is all there is.
std::string first_of(const std::string& list) {
  return list.substr(0, list.find(','));
}

// Runs `work` on a loop of its own.
template <class Work>
Result<> run_loop(Work work) {
  net::io_context loop{1};
  const Executor executor = loop.get_executor();
  const auto clock = make_real_clock(executor);
  Result<> ended = fail(Error::Kind::kInternal, "the loop ended before its work");
  net::co_spawn(executor, work(executor, clock.get()),
                [&](const std::exception_ptr& failure, Result<> result) {
                  if (failure) std::rethrow_exception(failure);
                  ended = std::move(result);
                  loop.stop();
                });
  loop.run();
  return ended;
}

// `data_dir` outlives the call.
Async<> ask_data_dir(Executor executor, Clock* clock, Url etcd, std::string* data_dir) {
  const auto transport =
      http::make_curl_transport(executor, *clock, {.proxy = http::ProxyPolicy::kNone});
  http::Request request{.target = std::string(kDataDirPath)};
  const http::SendOptions limits{.deadline = kAskLimit};
  CO_TRY(http::Response response,
         co_await transport->send(std::move(etcd), std::move(request), limits));
  CO_TRY(*data_dir, co_await read_all(std::move(response.body), kPathMax));
  if (response.status == 200) co_return Result<>();
  co_return fail(Error::Kind::kInvalid,
                 "this is another etcd: dynamod keeps its objects itself, so start dynamod under "
                 "the name etcd beside it");
}

Async<> serve_etcd(Executor executor, Clock* clock, Url address, std::string data_dir) {
  CO_TRY(auto listener, http::make_tcp_listener(executor, address.host, address.port));
  EtcdStandIn handler(std::move(data_dir));
  const auto stop = make_stop_signal(executor);
  http::Server server(executor, *clock, handler);
  server.listen(std::move(listener));
  co_await stop->wait();
  co_await server.stop(kStopGrace);
  co_return Result<>();
}

Result<> run_kube_apiserver(KubeApiServerFlags& flags) {
  auto etcd = parse_url(first_of(flags.etcd_servers));
  if (!etcd) return std::unexpected(std::move(etcd).error().within("--etcd-servers"));
  auto asked = run_loop([&](Executor executor, Clock* clock) {
    return ask_data_dir(std::move(executor), clock, *etcd, &flags.server.data_dir);
  });
  if (!asked)
    return std::unexpected(std::move(asked).error().within("--etcd-servers " + etcd->origin()));
  const std::string& folder = flags.certificate_folder;
  const std::string certificate = folder + "/apiserver.crt";
  const auto files = make_real_files();
  if (flags.server.tls_cert_file.empty() && !folder.empty() && files->exists(certificate)) {
    flags.server.tls_cert_file = certificate;
    flags.server.tls_private_key_file = folder + "/apiserver.key";
  }
  return run_apiserver(flags.server);
}

Result<> run_etcd(const EtcdFlags& flags) {
  auto address = parse_url(first_of(flags.listen_client_urls));
  if (!address) return std::unexpected(std::move(address).error().within("--listen-client-urls"));
  CHECK_OK(make_data_folder(flags.data_dir));
  std::error_code code;
  const std::string data_dir = std::filesystem::absolute(flags.data_dir, code).string();
  if (code) return fail(Error::Kind::kInvalid, "--data-dir: " + code.message());
  return run_loop([&](Executor executor, Clock* clock) {
    return serve_etcd(std::move(executor), clock, *address, data_dir);
  });
}

}  // namespace

Async<http::Response> EtcdStandIn::handle(http::Request request) {
  if (request.path() == "/health")
    co_return http::json_response(200, R"({"health":"true","reason":""})");
  if (request.path() == kDataDirPath) co_return http::text_response(200, data_dir_ + "/dynamod");
  co_return http::text_response(404, "dynamod stands in for etcd here, and stores nothing\n");
}

void add_kube_apiserver_flags(CLI::App& command, KubeApiServerFlags& flags) {
  command.allow_extras();
  ApiServerFlags& server = flags.server;
  add(command, "etcd-servers", flags.etcd_servers, "where dynamod runs under the name etcd");
  add(command, "bind-address", server.bind_address, "address to listen at");
  command.add_option("--secure-port", server.port, "port of the API (HTTPS)")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str()
      ->type_name("");
  add(command, "cert-dir", flags.certificate_folder, "folder of apiserver.crt and apiserver.key");
  add(command, "tls-cert-file", server.tls_cert_file, "the server's certificate");
  add(command, "tls-private-key-file", server.tls_private_key_file, "the key of --tls-cert-file");
  add(command, "client-ca-file", server.client_ca_file, "authorities of client certificates");
  add(command, "token-auth-file", server.token_auth_file,
      "bearer tokens: lines of token,user,uid,\"group1,group2\"");
  add(command, "service-cluster-ip-range", server.service_cluster_ip_range,
      "addresses that Services get");
}

void add_etcd_flags(CLI::App& command, EtcdFlags& flags) {
  command.allow_extras();
  add(command, "data-dir", flags.data_dir, "folder of the objects");
  add(command, "listen-client-urls", flags.listen_client_urls, "where health checks are answered");
}

bool is_envtest_name(std::string_view name) {
  return name == kKubeApiServer || name == kEtcd;
}

int run_as_envtest(std::string_view name, int argc, const char* const* argv) {
  CLI::App app(fmt::format("dynamod under the name {}.", name), std::string(name));
  KubeApiServerFlags server;
  EtcdFlags etcd;
  if (name == kEtcd) {
    add_etcd_flags(app, etcd);
  } else {
    add_kube_apiserver_flags(app, server);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kWrongUsage;
  }
  const std::string prefix(name);
  if (const auto extras = app.remaining(); !extras.empty()) {
    std::fprintf(stderr, "%s: without effect in dynamod: %s\n", prefix.c_str(),
                 fmt::format("{}", fmt::join(extras, " ")).c_str());
  }
  const Result<> ended = name == kEtcd ? run_etcd(etcd) : run_kube_apiserver(server);
  if (ended) return 0;
  std::fprintf(stderr, "%s: %s\n", prefix.c_str(), ended.error().message.c_str());
  return kFailed;
}

}  // namespace dynamod::cli
