// The loop of a benchmark program and its API server.
#include "bench/program.h"

#include <cstdio>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "client/curl_options.h"
#include "client/kube_config.h"
#include "http/message.h"

namespace dynamod::bench {

namespace {

constexpr Duration kCallLimit = std::chrono::seconds(30);  // as KubeClient's
constexpr std::size_t kAnswerSizeMax = std::size_t{16}
                                       << 20;  // an object of 200 endpoints is 100 kB

http::CurlOptions api_options(const client::ClusterAccess& access) {
  http::CurlOptions options = client::curl_options(access);
  options.user_agent = "dynamod-bench";
  return options;
}

}  // namespace

Program::Program()
    : env(Env::of_process()),
      executor(loop.get_executor()),
      clock(make_real_clock(executor)),
      files(make_real_files()),
      processes(make_real_processes(executor, *clock)),
      stop(make_stop_signal(executor)) {}

int Program::run(Async<> work) {
  int code = 1;
  net::co_spawn(executor, std::move(work), [&](const std::exception_ptr& failure, Result<> result) {
    if (failure) std::rethrow_exception(failure);
    if (result) {
      code = 0;
    } else {
      std::fprintf(stderr, "%s\n", result.error().message.c_str());
    }
    loop.stop();
  });
  loop.run();
  return code;
}

ApiServer::ApiServer(Executor executor, Clock& clock, client::ClusterAccess access)
    : access_(std::move(access)),
      transport_(http::make_curl_transport(std::move(executor), clock, api_options(access_))),
      client_(*transport_, clock, access_) {}

Async<> ApiServer::call(std::string method, std::string target, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers.set("Content-Type", request.method == "PATCH" ? "application/merge-patch+json"
                                                                : "application/json");
  CO_TRY(std::string authorization, co_await access_.credentials->authorization());
  if (!authorization.empty()) request.headers.set("Authorization", std::move(authorization));
  request.body = http::text_body(std::move(body));
  const std::string what = request.method + " " + request.target;
  const http::SendOptions options{.deadline = kCallLimit};
  CO_TRY(http::Response response,
         co_await transport_->send(access_.server, std::move(request), options));
  const int status = response.status;
  CO_TRY(const std::string text, co_await http::read_all(std::move(response.body), kAnswerSizeMax));
  if (status < 300) co_return Result<>{};
  co_return fail(Error::Kind::kInternal, what + ": " + std::to_string(status) + " " + text);
}

Result<> ListedModels::take(std::string_view item) {
  TRY(auto decoded, decode_json_strict(item));
  models.push_back(std::move(decoded.value));
  return {};
}

Async<std::unique_ptr<ApiServer>> connect(Program* program, std::string kubeconfig) {
  const client::ConfigDoors doors{*program->files, *program->processes, *program->clock,
                                  program->env};
  client::KubeConfigChoice choice;
  choice.path = std::move(kubeconfig);
  CO_TRY(client::ClusterAccess access, co_await client::load_kube_config(doors, choice));
  co_return std::make_unique<ApiServer>(program->executor, *program->clock, std::move(access));
}

std::string models_path(const std::string& ns) {
  return "/apis/nvidia.com/v1alpha1/namespaces/" + ns + "/dynamomodels";
}

void print_json(const json::value& value) {
  std::printf("%s\n", encode_json(value).c_str());
  std::fflush(stdout);
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double unix_seconds(WallTime time) {
  return seconds(time.time_since_epoch());
}

}  // namespace dynamod::bench
