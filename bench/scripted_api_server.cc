// A Kubernetes API in memory on a socket, with the pods and slices of one base model: what the
// operator costs when its API server costs next to nothing. GET /counts gives the requests so far.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/url.h"
#include "bench/program.h"
#include "http/listener.h"
#include "http/server.h"
#include "kinds/dynamo_model.h"
#include "testing/scripted_api.h"

namespace dynamod::bench {

namespace {

constexpr std::size_t kWorkersMax = 1000;
constexpr std::size_t kSliceSize = 100;  // endpoints, as the slice controller does it

struct ApiOptions {
  std::string listen = "127.0.0.1:6080";
  std::string ns = "bench";
  std::string base = "bench/base";
  std::string first = "10.200.128.1";
  std::size_t workers = 1;
};

class CountingApi final : public http::Handler {
 public:
  explicit CountingApi(testing::ScriptedApi& api) : api_(api) {}

  Async<http::Response> handle(http::Request request) override {
    if (request.path() != "/counts") co_return co_await api_.handle(std::move(request));
    json::object counts;
    for (const auto& [what, count] : api_.counts()) counts[what] = count;
    co_return http::json_response(200, encode_json(counts));
  }

 private:
  testing::ScriptedApi& api_;
};

// What a deployment's operator, the scheduler, the kubelet and the slice controller would make.
class Workers {
 public:
  Workers(testing::ScriptedApi& api, const ApiOptions& options, std::string now)
      : api_(api),
        options_(options),
        now_(std::move(now)),
        hash_(lora::base_model_hash(options.base)),
        service_(lora::base_model_service(options.base)) {}

  void make() {
    api_.put(
        {{"apiVersion", "v1"},
         {"kind", "Service"},
         {"metadata", metadata(service_)},
         {"spec", {{"clusterIP", "None"}, {"selector", {{kinds::kBaseModelHashLabel, hash_}}}}}});
    const std::uint32_t first = net::ip::make_address_v4(options_.first).to_uint();
    json::array endpoints;
    for (std::size_t i = 0; i < options_.workers; ++i) {
      const net::ip::address_v4 address(first + static_cast<std::uint32_t>(i));
      endpoints.push_back(make_pod(fmt::format("base-{}", i), address.to_string()));
      if (endpoints.size() == kSliceSize || i + 1 == options_.workers) {
        make_slice(fmt::format("{}-{}", service_, i / kSliceSize), std::exchange(endpoints, {}));
      }
    }
  }

 private:
  [[nodiscard]] json::value metadata(const std::string& name) const {
    return {
        {"name", name},
        {"namespace", options_.ns},
        {"labels", {{kinds::kBaseModelHashLabel, hash_}, {"kubernetes.io/service-name", service_}}},
        {"annotations", {{kinds::kBaseModelAnnotation, options_.base}}}};
  }

  // Gives its entry of a slice.
  json::value make_pod(const std::string& name, const std::string& address) {
    const auto condition = [&](const char* type) {
      return json::value{{"type", type}, {"status", "True"}, {"lastTransitionTime", now_}};
    };
    const json::value pod = api_.put(
        {{"apiVersion", "v1"},
         {"kind", "Pod"},
         {"metadata", metadata(name)},
         {"spec",
          {{"nodeName", "node-0"},
           {"containers", json::array{json::value{{"name", "main"}, {"image", "worker:test"}}}}}},
         {"status",
          {{"phase", "Running"},
           {"podIP", address},
           {"podIPs", json::array{json::value{{"ip", address}}}},
           {"conditions", json::array{condition("Ready"), condition("ContainersReady")}},
           {"containerStatuses", json::array{json::value{{"name", "main"},
                                                         {"containerID", "containerd://" + name},
                                                         {"ready", true},
                                                         {"restartCount", 0}}}}}}});
    return {{"addresses", json::array{json::value(address)}},
            {"conditions", {{"ready", true}, {"serving", true}, {"terminating", false}}},
            {"targetRef",
             {{"kind", "Pod"},
              {"name", name},
              {"namespace", options_.ns},
              {"uid", string_at(pod, "metadata.uid")}}}};
  }

  void make_slice(const std::string& name, json::array endpoints) {
    api_.put({{"apiVersion", "discovery.k8s.io/v1"},
              {"kind", "EndpointSlice"},
              {"metadata", metadata(name)},
              {"addressType", "IPv4"},
              {"endpoints", std::move(endpoints)},
              {"ports", json::array{json::value{{"name", "system"}, {"port", 9090}}}}});
  }

  testing::ScriptedApi& api_;
  const ApiOptions& options_;
  std::string now_;
  std::string hash_;
  std::string service_;
};

Async<> serve(Program* program, const ApiOptions* options) {
  testing::ScriptedApi api(program->executor, *program->clock);
  api.serve_builtin_types();
  api.serve({.group = std::string(kinds::kGroup),
             .version = std::string(kinds::DynamoModel::kType.version),
             .plural = std::string(kinds::DynamoModel::kType.plural),
             .kind = std::string(kinds::DynamoModel::kType.kind)});
  Workers(api, *options, format_time(program->clock->wall())).make();
  CountingApi counting(api);
  CO_TRY(const auto place, split_host_port(options->listen));
  CO_TRY(auto listener, http::make_tcp_listener(program->executor, place.first, place.second));
  http::Server server(program->executor, *program->clock, counting);
  server.listen(std::move(listener));
  print_json({{"listening", options->listen}});
  co_await program->stop->wait();
  co_await server.stop(Duration::zero());
  co_return Result<>{};
}

int run_api(int argc, const char* const* argv) {
  ApiOptions options;
  CLI::App app("A Kubernetes API in memory.", "scripted_api_server");
  app.add_option("--listen", options.listen, "HOST:PORT");
  app.add_option("--namespace", options.ns, "of the workers");
  app.add_option("--base", options.base, "their base model");
  app.add_option("--first", options.first, "address of the first worker")->check(CLI::ValidIPV4);
  app.add_option("--workers", options.workers)->check(CLI::Range(kWorkersMax));
  CLI11_PARSE(app, argc, argv);
  Program program;
  return program.run(serve(&program, &options));
}

}  // namespace

}  // namespace dynamod::bench

int main(int argc, char** argv) {
  return dynamod::bench::run_api(argc, argv);
}
