// Load for one API server, the same whoever serves it: ConfigMaps of 1 kB through HTTPS.
//   api_load PHASE COUNT [--clients N] [--prefix NAME]
// Phases: create, get, patch, apply (COUNT requests, each client one after the other), list (COUNT
// times everything), watch (100 watchers of COUNT creations). Prints one line of JSON.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/task_group.h"
#include "bench/program.h"
#include "client/curl_options.h"
#include "client/kube_config.h"

namespace dynamod::bench {

namespace {

constexpr std::string_view kPath = "/api/v1/namespaces/default/configmaps";
constexpr Duration kCallLimit = std::chrono::seconds(60);
constexpr std::size_t kAnswerSizeMax = std::size_t{256} << 20;  // a list of 10,000 is 15 MB
constexpr std::size_t kFill = 800;                              // with metadata about 1 kB
constexpr int kWatchers = 100;

struct LoadOptions {
  std::string phase;
  int count = 1;
  int clients = 1;
  std::string prefix = "f";
  std::string kubeconfig;
};

struct Call {
  std::string method = "GET";
  std::string target;
  std::string content_type = {};
  std::string body = {};
};

std::string config_map(const std::string& name, std::string_view data) {
  return fmt::format(
      R"({{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{}"}},"data":{{{}}}}})", name,
      data);
}

Call call_number(const LoadOptions& options, int i) {
  const std::string name = fmt::format("{}-{}", options.prefix, i);
  const std::string one = fmt::format("{}/{}", kPath, name);
  if (options.phase == "create" || options.phase == "watch") {
    return {"POST", std::string(kPath), "application/json",
            config_map(name, fmt::format(R"("fill":"{}")", std::string(kFill, 'x')))};
  }
  if (options.phase == "patch")
    return {"PATCH", one, "application/merge-patch+json",
            fmt::format(R"({{"data":{{"p":"{}"}}}})", i)};
  if (options.phase == "apply") {
    return {"PATCH", one + "?fieldManager=bench&force=true", "application/apply-patch+yaml",
            config_map(name, fmt::format(R"("a":"{}")", i))};
  }
  if (options.phase == "get") return {.target = one};
  return {.target = std::string(kPath)};
}

class Load {
 public:
  Load(Program& program, LoadOptions options) : program_(program), options_(std::move(options)) {}

  Async<> run() {
    CO_CHECK(co_await connect());
    if (options_.phase == "watch") CO_CHECK(co_await begin_watches());
    const SteadyTime begin = now();
    TaskGroup clients(program_.executor, [this](const std::string&, const Error& error) {
      if (!failure_) failure_ = error;
    });
    for (int i = 0; i < options_.clients; ++i) clients.spawn("client", be_client());
    co_await clients.wait_idle();
    while (watchers_ &&
           received_ < std::size_t{kWatchers} * static_cast<unsigned>(options_.count) && !failure_)
      co_await program_.clock->sleep_for(std::chrono::milliseconds(2));
    const double took = seconds(now() - begin);
    if (watchers_) co_await watchers_->stop();
    if (failure_) co_return std::unexpected(*failure_);
    print(took);
    co_return Result<>();
  }

 private:
  [[nodiscard]] SteadyTime now() const { return program_.clock->now(); }

  Async<> connect() {
    const client::ConfigDoors doors{*program_.files, *program_.processes, *program_.clock,
                                    program_.env};
    client::KubeConfigChoice choice;
    choice.path = options_.kubeconfig;
    CO_TRY(access_, co_await client::load_kube_config(doors, choice));
    http::CurlOptions options = client::curl_options(access_);
    options.user_agent = "dynamod-bench";
    options.max_connections = static_cast<std::size_t>(options_.clients);
    transport_ = http::make_curl_transport(program_.executor, *program_.clock, options);
    CO_TRY(authorization_, co_await access_.credentials->authorization());
    co_return Result<>();
  }

  Async<http::Response> send(Call call, http::SendOptions limits) {
    http::Request request{.method = std::move(call.method), .target = std::move(call.target)};
    if (!authorization_.empty()) request.headers.set("Authorization", authorization_);
    if (!call.body.empty()) {
      request.headers.set("Content-Type", std::move(call.content_type));
      request.body = http::text_body(std::move(call.body));
    }
    CO_TRY(http::Response response,
           co_await transport_->send(access_.server, std::move(request), limits));
    if (response.status < 300) co_return response;
    const int status = response.status;
    CO_TRY(const std::string text,
           co_await http::read_all(std::move(response.body), kAnswerSizeMax));
    co_return fail(Error::Kind::kInternal, fmt::format("{} {}", status, text));
  }

  Async<> be_client() {
    while (next_ < options_.count && !failure_) {
      const int number = next_++;
      Call call = call_number(options_, number);
      const SteadyTime begin = now();
      if (watchers_) sent_[number] = begin;
      const http::SendOptions limits{.deadline = kCallLimit, .response_bytes_max = kAnswerSizeMax};
      CO_TRY(http::Response response, co_await send(std::move(call), limits));
      CO_TRY(const std::string text,
             co_await http::read_all(std::move(response.body), kAnswerSizeMax));
      bytes_ = text.size();
      if (!watchers_) latencies_.push_back(seconds(now() - begin));
    }
    co_return Result<>();
  }

  // All stand at the head when this returns.
  Async<> begin_watches() {
    watchers_.emplace(program_.executor, [this](const std::string&, const Error& error) {
      if (!failure_) failure_ = error;
    });
    Call head{.target = fmt::format("{}?limit=1", kPath)};
    const http::SendOptions limits{.deadline = kCallLimit};
    CO_TRY(http::Response response, co_await send(std::move(head), limits));
    CO_TRY(const std::string text,
           co_await http::read_all(std::move(response.body), kAnswerSizeMax));
    CO_TRY(const json::value list, decode_json(text));
    const std::string revision = string_at(list, "metadata.resourceVersion");
    for (int i = 0; i < kWatchers; ++i) watchers_->spawn("watcher", watch(revision));
    while (watching_ < kWatchers && !failure_)
      co_await program_.clock->sleep_for(std::chrono::milliseconds(5));
    co_return Result<>();
  }

  Async<> watch(std::string revision) {
    Call call{.target = fmt::format("{}?watch=1&resourceVersion={}", kPath, revision)};
    const http::SendOptions limits{.head_limit = kCallLimit, .response_bytes_max = SIZE_MAX};
    CO_TRY(http::Response response, co_await send(std::move(call), limits));
    ++watching_;
    std::string rest;
    while (true) {
      CO_TRY(auto piece, co_await response.body->next());
      if (!piece) co_return fail(Error::Kind::kInternal, "a watch ended");
      rest += *piece;
      std::size_t start = 0;
      for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
        note_event(std::string_view(rest).substr(start, end - start));
        start = end + 1;
      }
      rest.erase(0, start);
    }
  }

  void note_event(std::string_view line) {
    const std::string mark = fmt::format(R"("name":"{}-)", options_.prefix);
    const auto place = line.find(mark);
    if (place == std::string_view::npos) return;
    const auto sent = sent_.find(std::atoi(line.data() + place + mark.size()));
    if (sent == sent_.end()) return;
    ++received_;
    latencies_.push_back(seconds(now() - sent->second));
  }

  void print(double took) {
    std::ranges::sort(latencies_);
    const auto at = [this](double part) {
      const auto last = static_cast<double>(latencies_.size() - 1);
      return 1e3 * latencies_[static_cast<std::size_t>(part * last)];
    };
    const auto done = static_cast<double>(latencies_.size());
    print_json(json::object{{"per_second", done / took},
                            {"p50_ms", at(0.5)},
                            {"p99_ms", at(0.99)},
                            {"last_answer_bytes", bytes_}});
  }

  Program& program_;
  LoadOptions options_;
  client::ClusterAccess access_;
  std::string authorization_;
  std::unique_ptr<http::CurlTransport> transport_;
  std::vector<double> latencies_;
  std::map<int, SteadyTime> sent_;
  std::optional<Error> failure_;
  int next_ = 0;
  int watching_ = 0;
  std::size_t received_ = 0;
  std::size_t bytes_ = 0;
  std::optional<TaskGroup> watchers_;
};

int run(int argc, const char* const* argv) {
  LoadOptions options;
  CLI::App app("Load for one API server.", "api_load");
  app.add_option("phase", options.phase)
      ->required()
      ->check(CLI::IsMember({"create", "get", "patch", "apply", "list", "watch"}));
  app.add_option("count", options.count)->required()->check(CLI::PositiveNumber);
  app.add_option("--clients", options.clients)->check(CLI::PositiveNumber);
  app.add_option("--prefix", options.prefix);
  app.add_option("--kubeconfig", options.kubeconfig);
  CLI11_PARSE(app, argc, argv);
  Program program;
  Load load(program, options);
  return program.run(load.run());
}

}  // namespace

}  // namespace dynamod::bench

int main(int argc, char** argv) {
  return dynamod::bench::run(argc, argv);
}
