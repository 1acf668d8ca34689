// Calls to workers: one request each (and a look at /health where the answer alone does not say
// what it means), with deadlines and size limits. Never fails in another way than by its outcome;
// nothing here retries.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/url.h"
#include "http/transport.h"
#include "worker/meaning.h"

namespace dynamod::worker {

struct WorkerLimits {
  Duration load = std::chrono::hours(1);  // adapters of 10 GB over slow links
  // 1.6 answers when the last stream with the adapter ends. Nothing is lost by asking again: a
  // worker does one thing at a time for a name, and the second unload finds nothing.
  Duration unload = std::chrono::minutes(1);
  Duration list = std::chrono::seconds(5);  // /health too
  std::size_t answer_bytes_max = kAnswerSizeMax;
};

struct ListOutcome {
  std::optional<Outcome> failure;
  std::vector<std::string> names;  // sorted, each once
};

struct HealthOutcome {
  std::optional<Outcome> failure;
  Health health;
};

// `worker` is its origin ("http://10.0.1.5:9090"). Cancelling abandons the call: the worker may go
// on with it.
class WorkerClient {
 public:
  // `transport` outlives the client, the client its calls.
  explicit WorkerClient(http::Transport& transport, WorkerLimits limits = {})
      : transport_(transport), limits_(limits) {}

  [[nodiscard]] Task<Outcome> load(Url worker, std::string name, std::string uri);
  [[nodiscard]] Task<Outcome> unload(Url worker, std::string name);
  [[nodiscard]] Task<ListOutcome> list(Url worker);
  [[nodiscard]] Task<HealthOutcome> health(Url worker);

 private:
  Async<Answer> call(Url worker, http::Request request, Duration limit);
  Async<Health> ask_health(Url worker);
  Task<Outcome> outcome_of(Url worker, Question question, Result<Answer> answer);

  http::Transport& transport_;
  WorkerLimits limits_;
};

}  // namespace dynamod::worker
