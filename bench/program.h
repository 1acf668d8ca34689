// What the benchmark's programs share: the machine's loop and clock, the way to the API server, and
// an end with an exit code. Separate, so that each program holds only what it measures.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "base/json.h"
#include "base/process_signals.h"
#include "base/processes.h"
#include "client/access.h"
#include "client/kube_client.h"
#include "http/curl_transport.h"

namespace dynamod::bench {

// Made once by main(); everything else is given what it needs of it.
struct Program {
  Program();

  // Runs the loop until `work` ends or SIGTERM comes. An error is printed. Gives the exit code.
  int run(Async<> work);

  Env env;
  net::io_context loop{1};
  Executor executor;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Files> files;
  std::unique_ptr<Processes> processes;
  std::unique_ptr<StopSignal> stop;
};

// An API server as the operator reaches it: the same transport with the same limits.
class ApiServer {
 public:
  // `clock` outlives it.
  ApiServer(Executor executor, Clock& clock, client::ClusterAccess access);

  [[nodiscard]] client::KubeClient& client() { return client_; }

  // A call without KubeClient's encoding and decoding. The answer is read and dropped; one that is
  // no success is an error with its text.
  [[nodiscard]] Async<> call(std::string method, std::string target, std::string body);

 private:
  client::ClusterAccess access_;
  std::unique_ptr<http::CurlTransport> transport_;
  client::KubeClient client_;
};

// The models of one list.
class ListedModels final : public client::ListSink {
 public:
  std::vector<json::value> models;

  Result<> take(std::string_view item) override;

  void start_over() override { models.clear(); }
};

// "" is $KUBECONFIG. `program` outlives the call.
[[nodiscard]] Async<std::unique_ptr<ApiServer>> connect(Program* program, std::string kubeconfig);

// Where the models of a benchmark are.
[[nodiscard]] std::string models_path(const std::string& ns);

// One line of JSON to standard output, at once.
void print_json(const json::value& value);

// Seconds as JSON shows them.
[[nodiscard]] double seconds(Duration duration);
[[nodiscard]] double unix_seconds(WallTime time);

}  // namespace dynamod::bench
