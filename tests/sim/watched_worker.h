// A worker as the simulation sees it: the fake worker, and a look at each request before it is
// answered.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "http/handler.h"
#include "testing/fake_worker.h"

namespace dynamod::sim {

// A load or an unload as it arrives.
struct WorkerAsk {
  std::string method;  // "POST" or "DELETE"
  std::string name;
  std::string uri;        // of a load
  std::string client;     // which operator process sent it
  bool repeated = false;  // the same client still waits for the same call here
};

class WatchedWorker final : public http::Handler {
 public:
  using OnAsk = std::function<void(const WorkerAsk& ask)>;

  WatchedWorker(Executor executor, Clock& clock, testing::FakeWorkerOptions options, OnAsk on_ask)
      : fake_(std::move(executor), clock, std::move(options)), on_ask_(std::move(on_ask)) {}

  [[nodiscard]] Async<http::Response> handle(http::Request request) override;

  [[nodiscard]] testing::FakeWorker& fake() { return fake_; }

  [[nodiscard]] const testing::FakeWorker& fake() const { return fake_; }

 private:
  class Waiting;
  using Key = std::pair<std::string, std::string>;  // client; method and name

  testing::FakeWorker fake_;
  OnAsk on_ask_;
  std::map<Key, std::size_t> waiting_;
};

}  // namespace dynamod::sim
