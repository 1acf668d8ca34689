// A Dynamo worker without an engine: /v1/loras and /health as a stock worker of a chosen version
// answers them, byte for byte (checked against ai-dynamo-runtime 0.9.1, 1.3.1 and 1.6.1). One
// Handler for simulation, tests and the bench farm, so it knows only Clock and TaskGroup.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/task_group.h"
#include "http/handler.h"
#include "testing/fake_worker_text.h"

namespace dynamod::testing {

enum class FakeState : std::uint8_t {
  kReady,
  kStarting,    // /health is 503, the routes say that no handler is registered
  kNoRoutes,    // DYN_LORA_ENABLED is not set: 404 "Route not found"
  kNoHandlers,  // the backend has no LoRA: ready, and no handler is registered
};

struct FakeWorkerOptions {
  FakeVersion version = FakeVersion::k1_6;
  std::string base_model = "tiny";
  Duration load_latency{};
  // A load whose caller has left.
  enum class Abandoned : std::uint8_t { kGoesOn, kStops } abandoned = Abandoned::kGoesOn;
  // A load of a name that is there: stock workers keep the old weights, or swap each time
  // (DYN_LORA_HOTSWAP_ENABLED).
  enum class Repeated : std::uint8_t { kKeeps, kSwaps } repeated = Repeated::kKeeps;
  std::optional<std::size_t> adapters_max;  // stock vLLM workers have no limit
  unsigned rank_max = 16;
  std::size_t calls_kept = 10'000;  // of the log; counts go on
};

// An answer instead of the worker's own.
struct FakeRule {
  std::string method;  // "GET", "POST" or "DELETE" of /v1/loras
  std::string name;    // "": any adapter
  FakeReply reply;
  std::optional<std::size_t> times = 1;  // nothing: until clear_rules()
};

struct FakeCall {
  SteadyTime at;
  std::string method;
  std::string name;  // "" of a list
  std::string uri;   // of a load
};

class FakeWorker final : public http::Handler {
 public:
  // `clock` outlives the worker. stop() it before it is destroyed.
  FakeWorker(Executor executor, Clock& clock, FakeWorkerOptions options = {});
  ~FakeWorker() override;

  [[nodiscard]] Async<http::Response> handle(http::Request request) override;

  // Ends what is at work without an answer.
  Task<> stop() { return tasks_.stop(); }

  // May be changed at any time; counts from the next step of a call.
  [[nodiscard]] FakeWorkerOptions& options() { return options_; }

  void set_state(FakeState state) { state_ = state; }

  // Every URI that a worker of this version can fetch is a good adapter of rank 8, until it is told
  // otherwise.
  void set_source(const std::string& uri, FakeSource source) { sources_[uri] = source; }

  void add_rule(FakeRule rule) { rules_.push_back(std::move(rule)); }

  void clear_rules() { rules_.clear(); }

  // A new process: no adapter, no work under way (its callers get an error), uptime 0.
  void restart();

  // A request with the adapter begins or ends: an unload waits for them (1.6).
  void begin_request(const std::string& name) { ++requests_[name]; }

  void end_request(const std::string& name);

  // Behind the API's back.
  void put(const std::string& name, const std::string& uri);
  void drop(const std::string& name);

  // Name to the URI whose weights are served.
  [[nodiscard]] const std::map<std::string, std::string>& adapters() const { return adapters_; }

  // Since when it serves this name from one URI without a break.
  [[nodiscard]] std::optional<SteadyTime> held_since(const std::string& name) const;

  // Whether a frontend routes the name to these weights: false for a slug twin that came second.
  [[nodiscard]] bool is_published(std::string_view name) const;

  [[nodiscard]] const std::deque<FakeCall>& calls() const { return calls_; }

  using Counts =
      std::map<std::string, std::map<std::string, std::size_t, std::less<>>, std::less<>>;

  // Calls by method and adapter ("" of a list).
  [[nodiscard]] const Counts& counts() const { return counts_; }

  [[nodiscard]] std::size_t count(std::string_view method) const;
  [[nodiscard]] std::size_t count(std::string_view method, std::string_view name) const;
  void clear_calls();

  [[nodiscard]] std::size_t at_work() const { return tasks_.size(); }  // loads and unloads

 private:
  struct Work;
  struct Lane;
  class Presence;
  using WorkPtr = std::shared_ptr<Work>;

  void note(std::string method, std::string name, std::string uri);
  std::optional<FakeReply> ruled(std::string_view method, std::string_view name);
  Async<FakeReply> answer_loras(http::Request request);
  Async<FakeReply> answer_load(http::Request request);
  Async<FakeReply> await_work(std::string method, std::string name, std::string uri);
  Async<> do_work(WorkPtr work);
  Task<FakeReply> load(WorkPtr work);
  Task<FakeReply> unload(WorkPtr work);
  [[nodiscard]] std::optional<FakeReply> refuses_to_publish(const std::string& name) const;
  FakeReply list();
  Task<> wait_turn(WorkPtr work);
  void end_turn(const std::string& name);

  Executor executor_;
  Clock& clock_;
  FakeWorkerOptions options_;
  FakeState state_ = FakeState::kReady;
  SteadyTime started_;
  std::uint64_t life_ = 0;  // grows with each restart

  std::map<std::string, std::string> adapters_;
  std::map<std::string, SteadyTime> since_;
  std::map<std::string, std::string, std::less<>> published_;  // slug to name
  std::map<std::string, FakeSource> sources_;
  std::map<std::string, unsigned> requests_;  // none is 0
  std::map<std::string, Lane> lanes_;         // names with work under way
  std::list<FakeRule> rules_;

  std::deque<FakeCall> calls_;
  Counts counts_;
  TaskGroup tasks_;
};

}  // namespace dynamod::testing
