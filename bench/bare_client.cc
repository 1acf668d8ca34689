// The limit: the calls that DynamoModels cost, without an operator's thinking. What the operator
// takes is compared with what these take on the same machine in the same minutes.
//   bare_client act   for each model that appears: patch of finalizer and annotation, loads on all
//                     workers, first status, lists, last status, event
//   bare_client flip  after a line on standard input: one status patch for each model that is there
#include <cstdio>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/task_group.h"
#include "base/timestamp.h"
#include "bench/bare_worker.h"
#include "bench/program.h"
#include "kinds/dynamo_model.h"
#include "kube/encode.h"
#include "kube/event.h"

namespace dynamod::bench {

namespace {

using kinds::DynamoModel;

constexpr Duration kWatchLimit = std::chrono::hours(1);
constexpr std::size_t kWorkersMax = 32'000;
constexpr std::size_t kSpareConnections = 64;  // as the operator

struct BareOptions {
  std::string command;
  std::string kubeconfig;
  std::string ns = "bench";
  std::string first = "10.200.128.1";
  std::size_t workers = 1;
  std::uint16_t port = 9090;
  std::size_t ready = 0;  // of a flip
};

std::vector<Url> worker_urls(const BareOptions& options) {
  const std::uint32_t first = net::ip::make_address_v4(options.first).to_uint();
  std::vector<Url> urls;
  for (std::size_t i = 0; i < options.workers; ++i) {
    const net::ip::address_v4 address(first + static_cast<std::uint32_t>(i));
    urls.push_back({"http", address.to_string(), options.port, "/"});
  }
  return urls;
}

// A status of the size the operator writes.
std::string status_body(const std::vector<Url>& workers, std::size_t ready, WallTime now) {
  kinds::DynamoModelStatus status;
  status.total_endpoints = static_cast<std::int32_t>(workers.size());
  status.ready_endpoints = static_cast<std::int32_t>(ready);
  status.observed_generation = 1;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    kinds::ModelEndpoint endpoint;
    endpoint.address = workers[i].origin();
    endpoint.pod_name = fmt::format("worker-{:05}", i);
    endpoint.ready = i < ready;
    endpoint.reason = i < ready ? "Loaded" : "Loading";
    endpoint.source = i < ready ? "s3://bucket/adapters/m-100" : "";
    endpoint.pod_uid = "6a3f1f0e-9d1b-4b7c-8a41-7f1c2a90d3b5";
    endpoint.container_id = "containerd://" + std::string(64, 'a');
    endpoint.since = now;
    status.endpoints.push_back(std::move(endpoint));
  }
  const bool all = ready == workers.size();
  const std::string message =
      all ? fmt::format("Discovered {} ready endpoints for base model bench/base", ready)
          : fmt::format("Found {} ready endpoint(s) out of {} total: worker-00000: Loading", ready,
                        workers.size());
  const auto main = all ? kube::ConditionStatus::kTrue : kube::ConditionStatus::kFalse;
  const std::string reason = all ? "EndpointsDiscovered" : "NotReady";
  status.conditions = {
      {std::string(kinds::kEndpointsReadyCondition), main, 1, now, reason, message},
      {std::string(kinds::kServicesFoundCondition), kube::ConditionStatus::kTrue, 1, now,
       "ServicesFound", "Found 1 service(s)"},
      {std::string(kinds::kReadyCondition), main, 1, now, reason, message}};
  return encode_json({{"status", kube::to_json(status)}});
}

http::CurlOptions worker_options(std::size_t workers) {
  http::CurlOptions options;
  options.proxy = http::ProxyPolicy::kNone;
  options.max_connections = 0;
  options.idle_connections = workers + kSpareConnections;
  return options;
}

class BareClient {
 public:
  BareClient(Program& program, ApiServer& api, const BareOptions& options)
      : program_(program),
        api_(api),
        options_(options),
        urls_(worker_urls(options)),
        transport_(http::make_curl_transport(program.executor, *program.clock,
                                             worker_options(options.workers))),
        loading_(status_body(urls_, 0, program.clock->wall())),
        loaded_(status_body(urls_, urls_.size(), program.clock->wall())),
        tasks_(program.executor, [](const std::string& task, const Error& error) {
          std::fprintf(stderr, "%s: %s\n", task.c_str(), error.message.c_str());
        }) {}

  // Until SIGTERM.
  Async<> act() {
    for (const Url& url : urls_) {
      workers_.push_back(
          std::make_unique<BareWorker>(program_.executor, *program_.clock, *transport_, url));
    }
    CO_TRY(client::WatchStream stream, co_await begin_watch());
    tasks_.spawn("follow models", follow(std::move(stream)));
    print_json({{"watching", true}});
    co_await program_.stop->wait();
    co_return Result<>{};
  }

  Async<> flip() {
    auto listed = std::make_shared<ListedModels>();
    const client::ListQuery query{.ns = options_.ns};
    CO_CHECK(co_await api_.client().list(DynamoModel::kType, query, listed));
    const std::string body = status_body(urls_, options_.ready, program_.clock->wall());
    print_json({{"models", listed->models.size()}});
    (void)std::getchar();
    for (const json::value& model : listed->models) {
      const std::string name = string_at(model, "metadata.name");
      tasks_.spawn("patch " + name, api_.call("PATCH", path_of(name) + "/status", body));
    }
    co_await tasks_.wait_idle();
    co_return Result<>{};
  }

  Task<> stop() {
    co_await tasks_.stop();
    for (const auto& worker : workers_) co_await worker->stop();
  }

 private:
  Async<> follow(client::WatchStream stream) {
    for (;;) {
      CO_TRY(const std::optional<kube::WatchEvent> event, co_await stream.next());
      if (!event) {  // the API server ends all watches of a type whose CRD it has just taken in
        CO_TRY(stream, co_await begin_watch());
      } else if (event->type == kube::WatchEvent::Type::kAdded) {
        take_up(string_at(event->object, "metadata.name"));
      }
    }
  }

  Async<client::WatchStream> begin_watch() {
    auto listed = std::make_shared<ListedModels>();
    client::WatchQuery watch;
    watch.objects.ns = options_.ns;
    watch.limit = kWatchLimit;
    CO_TRY(watch.resource_version,
           co_await api_.client().list(DynamoModel::kType, watch.objects, listed));
    for (const json::value& model : listed->models) take_up(string_at(model, "metadata.name"));
    co_return co_await api_.client().watch(DynamoModel::kType, std::move(watch));
  }

  void take_up(const std::string& name) {
    if (served_.insert(name).second) tasks_.spawn("serve " + name, serve(name));
  }

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return models_path(options_.ns) + "/" + name;
  }

  Async<> serve(std::string name) {
    const std::string adapter = "adapters/" + name;
    const std::string applied =
        encode_json({{"names", json::array{adapter}}, {"source", std::string(64, 'a')}});
    const std::string intent =
        encode_json({{"metadata",
                      {{"finalizers", json::array{kinds::kFinalizer}},
                       {"annotations", {{kinds::kAppliedAnnotation, applied}}}}}});
    CO_CHECK(co_await api_.call("PATCH", path_of(name), intent));
    const auto load = std::make_shared<BareLoad>(program_.executor, adapter, workers_.size());
    for (const auto& worker : workers_) worker->submit(load);
    CO_CHECK(co_await api_.call("PATCH", path_of(name) + "/status", loading_));
    co_await load->done.wait();
    CO_CHECK(co_await api_.call("PATCH", path_of(name) + "/status", loaded_));
    const std::string event = event_body(name);
    const std::string events = "/apis/events.k8s.io/v1/namespaces/" + options_.ns + "/events";
    CO_CHECK(co_await api_.call("POST", events, event));
    co_return Result<>{};
  }

  [[nodiscard]] std::string event_body(const std::string& name) {
    kube::Event event;
    event.metadata.name =
        fmt::format("{}.{:016x}", name, program_.clock->now().time_since_epoch().count());
    event.metadata.ns = options_.ns;
    event.event_time = kube::MicroTime{program_.clock->wall()};
    event.reporting_controller = "dynamod.dev/bare";
    event.reporting_instance = "bare";
    event.action = "Reconcile";
    event.reason = "EndpointsReady";
    event.regarding = {.api_version = DynamoModel::kType.api_version(),
                       .kind = std::string(DynamoModel::kType.kind),
                       .ns = options_.ns,
                       .name = name};
    event.note =
        fmt::format("Discovered {} ready endpoints for base model bench/base", urls_.size());
    event.type = "Normal";
    return encode_json(kube::to_json(event));
  }

  Program& program_;
  ApiServer& api_;
  const BareOptions& options_;
  std::vector<Url> urls_;
  std::unique_ptr<http::CurlTransport> transport_;
  std::string loading_;  // statuses
  std::string loaded_;
  std::set<std::string> served_;
  std::vector<std::unique_ptr<BareWorker>> workers_;
  TaskGroup tasks_;
};

Async<> carry_out(Program* program, const BareOptions* options) {
  CO_TRY(const auto api, co_await connect(program, options->kubeconfig));
  BareClient client(*program, *api, *options);
  Result<> result = fail(Error::Kind::kInvalid, "act or flip?");
  if (options->command == "act") result = co_await client.act();
  if (options->command == "flip") result = co_await client.flip();
  co_await client.stop();
  co_return result;
}

int run_bare(int argc, const char* const* argv) {
  BareOptions options;
  CLI::App app("Makes the operator's calls without its thinking.", "bare_client");
  app.add_option("command", options.command, "act or flip")->required();
  app.add_option("--kubeconfig", options.kubeconfig, "empty: $KUBECONFIG");
  app.add_option("--namespace", options.ns);
  app.add_option("--first", options.first, "address of the first worker; the others follow it")
      ->check(CLI::ValidIPV4);
  app.add_option("--workers", options.workers)->check(CLI::Range(kWorkersMax));
  app.add_option("--port", options.port);
  app.add_option("--ready", options.ready, "flip: the readyEndpoints to write");
  CLI11_PARSE(app, argc, argv);
  Program program;
  return program.run(carry_out(&program, &options));
}

}  // namespace

}  // namespace dynamod::bench

int main(int argc, char** argv) {
  return dynamod::bench::run_bare(argc, argv);
}
