// Reading a request and passing it on.
#include "sim/watched_worker.h"

#include <optional>

#include "worker/lora_api.h"

namespace dynamod::sim {

namespace {

constexpr std::size_t kBodyMax = std::size_t{1} << 20;  // the operator's loads are far smaller

}  // namespace

// While it lives its client waits for the answer.
class WatchedWorker::Waiting {
 public:
  Waiting(WatchedWorker& worker, Key key) : worker_(worker), key_(std::move(key)) {
    ++worker_.waiting_[key_];
  }

  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  ~Waiting() {
    if (--worker_.waiting_[key_] == 0) worker_.waiting_.erase(key_);
  }

 private:
  WatchedWorker& worker_;
  Key key_;
};

Async<http::Response> WatchedWorker::handle(http::Request request) {
  WorkerAsk ask{.method = request.method, .name = "", .uri = "", .client = request.peer};
  if (request.method == "POST") {
    CO_TRY(std::string body, co_await http::read_all(std::move(request.body), kBodyMax));
    const auto load = testing::read_load_body("application/json", body);
    if (load) ask.name = load->name;
    if (load) ask.uri = load->uri;
    request.body = http::text_body(std::move(body));
  } else if (request.method == "DELETE") {
    ask.name = worker::name_of_unload_target(request.path()).value_or("");
  } else {
    co_return co_await fake_.handle(std::move(request));
  }
  Key key{ask.client, ask.method + " " + ask.name};
  ask.repeated = waiting_.contains(key);
  on_ask_(ask);
  const Waiting waiting(*this, std::move(key));
  Result<http::Response> response = co_await fake_.handle(std::move(request));
  co_return response;
}

}  // namespace dynamod::sim
