// Many workers without engines in one process, each on an address of its own, and an address where
// a benchmark sees what they were asked and tells them how to behave:
//   GET  /stats    for each worker: calls by method, most loads of one adapter, adapters held, when
//                  the first call came
//   GET  /calls    {address: {method: {adapter: count}}}
//   POST /behave   {"first": 0, "count": 20, "hang": true, "load_seconds": 0.5}
//   POST /restart  {"first": 0, "count": 1}: as if the container was started again
//   POST /clear    forgets the calls so far
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address_v4.hpp>

#include "base/json.h"
#include "base/notifier.h"
#include "base/url.h"
#include "bench/program.h"
#include "http/listener.h"
#include "http/server.h"
#include "testing/fake_worker.h"

namespace dynamod::bench {

namespace {

constexpr std::size_t kWorkersMax = 32'000;        // addresses in the upper half of 10.200.0.0/16
constexpr std::size_t kCommandSizeMax = 64 << 10;  // a command of the admin address

struct FarmOptions {
  std::string first = "10.200.128.1";
  std::size_t count = 1;
  std::uint16_t port = 9090;
  std::string admin = "127.0.0.1:9400";
};

testing::FakeWorkerOptions fake_options() {
  testing::FakeWorkerOptions options;
  options.calls_kept = 0;  // counts are enough
  return options;
}

class FarmWorker final : public http::Handler {
 public:
  FarmWorker(Executor executor, Clock& clock, std::string address)
      : executor_(executor),
        clock_(clock),
        address_(std::move(address)),
        fake_(executor, clock, fake_options()),
        server_(std::move(executor), clock, *this) {}

  [[nodiscard]] Result<> listen(std::uint16_t port) {
    TRY(auto listener, http::make_tcp_listener(executor_, address_, port));
    server_.listen(std::move(listener));
    return {};
  }

  Async<http::Response> handle(http::Request request) override {
    if (!first_call_) first_call_ = clock_.wall();
    if (!first_load_ && request.method == "POST") first_load_ = clock_.wall();
    if (hangs_) {
      ++unanswered_;
      Notifier never(executor_);
      co_await never.wait();  // ends when the caller goes away
    }
    co_return co_await fake_.handle(std::move(request));
  }

  void clear() {
    fake_.clear_calls();
    first_call_.reset();
    first_load_.reset();
    unanswered_ = 0;
  }

  [[nodiscard]] json::object stats() const {
    std::size_t loads_max = 0;
    json::object calls;
    for (const auto& [method, names] : fake_.counts()) {
      std::size_t sum = 0;
      for (const auto& [name, count] : names) {
        sum += count;
        if (method == "POST") loads_max = std::max(loads_max, count);
      }
      calls[method] = sum;
    }
    const auto time_of = [](const std::optional<WallTime>& time) {
      return time ? json::value(unix_seconds(*time)) : json::value(nullptr);
    };
    return {{"address", address_},
            {"calls", std::move(calls)},
            {"loads_of_one_max", loads_max},
            {"loaded", fake_.adapters().size()},
            {"unanswered", unanswered_},
            {"first_call_at", time_of(first_call_)},
            {"first_load_at", time_of(first_load_)}};
  }

  [[nodiscard]] const std::string& address() const { return address_; }

  [[nodiscard]] testing::FakeWorker& fake() { return fake_; }

  void set_hanging(bool hangs) { hangs_ = hangs; }

  Task<> stop() {
    co_await server_.stop(Duration::zero());
    co_await fake_.stop();
  }

 private:
  Executor executor_;
  Clock& clock_;
  std::string address_;
  bool hangs_ = false;
  std::size_t unanswered_ = 0;
  std::optional<WallTime> first_call_;
  std::optional<WallTime> first_load_;
  testing::FakeWorker fake_;
  http::Server server_;
};

using Farm = std::vector<std::unique_ptr<FarmWorker>>;

// What the admin address does.
class Admin final : public http::Handler {
 public:
  explicit Admin(Farm& farm) : farm_(farm) {}

  Async<http::Response> handle(http::Request request) override {
    const std::string what = request.method + " " + std::string(request.path());
    CO_TRY(const std::string body,
           co_await http::read_all(std::move(request.body), kCommandSizeMax));
    if (what == "GET /stats") co_return http::json_response(200, encode_json(stats()));
    if (what == "GET /calls") co_return http::json_response(200, encode_json(calls()));
    json::object command;
    if (!body.empty()) {
      CO_TRY(const json::value decoded, decode_json(body));
      if (!decoded.is_object()) co_return http::text_response(400, "not a JSON object");
      command = decoded.get_object();
    }
    if (!carry_out(what, command)) co_return http::text_response(404, "no such command");
    co_return http::json_response(200, "{}");
  }

 private:
  [[nodiscard]] json::array stats() const {
    json::array all;
    for (const auto& worker : farm_) all.push_back(worker->stats());
    return all;
  }

  [[nodiscard]] json::object calls() const {
    json::object all;
    for (const auto& worker : farm_) {
      json::object& methods = all[worker->address()].emplace_object();
      for (const auto& [method, names] : worker->fake().counts()) {
        json::object& counts = methods[method].emplace_object();
        for (const auto& [name, count] : names) counts[name] = count;
      }
    }
    return all;
  }

  [[nodiscard]] bool carry_out(const std::string& what, const json::object& command) {
    const std::size_t first = std::min(number_of(command, "first", 0), farm_.size());
    const std::size_t end =
        first + std::min(number_of(command, "count", farm_.size()), farm_.size() - first);
    for (std::size_t i = first; i < end; ++i) {
      FarmWorker& worker = *farm_[i];
      if (what == "POST /behave") {
        behave(worker, command);
      } else if (what == "POST /restart") {
        worker.fake().restart();
      } else if (what == "POST /clear") {
        worker.clear();
      } else {
        return false;
      }
    }
    return true;
  }

  static void behave(FarmWorker& worker, const json::object& command) {
    if (const json::value* hang = command.if_contains("hang"); hang && hang->is_bool()) {
      worker.set_hanging(hang->get_bool());
    }
    const json::value* latency = command.if_contains("load_seconds");
    if (latency && latency->is_number()) {
      const std::chrono::duration<double> exact(latency->to_number<double>());
      worker.fake().options().load_latency = std::chrono::duration_cast<Duration>(exact);
    }
  }

  static std::size_t number_of(const json::object& command, const char* key,
                               std::size_t otherwise) {
    const json::value* value = command.if_contains(key);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return otherwise;
    return static_cast<std::size_t>(value->get_int64());
  }

  Farm& farm_;
};

Result<> start(Program* program, const FarmOptions& options, Farm& farm, http::Server& admin) {
  boost::system::error_code error;
  const auto first = net::ip::make_address_v4(options.first, error);
  if (error) return fail(Error::Kind::kInvalid, "--first: \"" + options.first + "\" is no address");
  for (std::size_t i = 0; i < options.count; ++i) {
    const net::ip::address_v4 address(first.to_uint() + static_cast<std::uint32_t>(i));
    farm.push_back(
        std::make_unique<FarmWorker>(program->executor, *program->clock, address.to_string()));
    CHECK_OK(farm.back()->listen(options.port));
  }
  TRY(const auto place, split_host_port(options.admin));
  TRY(auto listener, http::make_tcp_listener(program->executor, place.first, place.second));
  admin.listen(std::move(listener));
  return {};
}

Async<> serve(Program* program, const FarmOptions* options) {
  Farm farm;
  Admin admin(farm);
  http::Server server(program->executor, *program->clock, admin);
  const Result<> started = start(program, *options, farm, server);
  if (started) {
    print_json({{"workers", farm.size()}});
    co_await program->stop->wait();
  }
  co_await server.stop(Duration::zero());
  for (const auto& worker : farm) co_await worker->stop();
  co_return started;
}

int run_farm(int argc, const char* const* argv) {
  FarmOptions options;
  CLI::App app("Serves many workers without engines.", "worker_farm");
  app.add_option("--first", options.first, "address of the first worker; the others follow it");
  app.add_option("--count", options.count, "how many workers")->check(CLI::Range(kWorkersMax));
  app.add_option("--port", options.port, "their port");
  app.add_option("--admin", options.admin, "HOST:PORT of the admin address");
  CLI11_PARSE(app, argc, argv);
  Program program;
  return program.run(serve(&program, &options));
}

}  // namespace

}  // namespace dynamod::bench

int main(int argc, char** argv) {
  return dynamod::bench::run_farm(argc, argv);
}
