// What a stock worker does with a call: one piece of work at a time for each name, in the order the
// calls came.
#include "testing/fake_worker.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/notifier.h"
#include "lora/discovery_slug.h"

namespace dynamod::testing {

namespace {

constexpr std::size_t kRequestBodyMax = std::size_t{2} << 20;  // the framework's own limit

http::Response to_response(FakeReply reply) {
  http::Response response =
      http::text_response(reply.status, std::move(reply.body), reply.content_type);
  if (reply.content_type.empty()) response.headers.remove("Content-Type");
  return response;
}

FakeReply no_route() {
  return plain_reply(404, "Route not found");
}

FakeReply wrong_method() {
  return {405, "", ""};
}

std::string_view handler_of(std::string_view method) {
  if (method == "POST") return "load_lora";
  return method == "DELETE" ? "unload_lora" : "list_loras";
}

}  // namespace

// A load or unload: it belongs to the worker, not to its caller.
struct FakeWorker::Work {
  Work(const Executor& executor, std::uint64_t life_now)
      : turn(executor), done(executor), life(life_now) {}

  std::string method;
  std::string name;
  std::string uri;
  Notifier turn;  // it may be its turn now, or a request with its adapter has ended
  Notifier done;
  std::uint64_t life;
  std::optional<FakeReply> reply;
  bool caller_left = false;
};

struct FakeWorker::Lane {
  std::deque<WorkPtr> work;  // the first runs
};

// While it lives the caller waits.
class FakeWorker::Presence {
 public:
  explicit Presence(WorkPtr work) : work_(std::move(work)) {}

  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

  ~Presence() { work_->caller_left = true; }

 private:
  WorkPtr work_;
};

FakeWorker::FakeWorker(Executor executor, Clock& clock, FakeWorkerOptions options)
    : executor_(executor),
      clock_(clock),
      options_(std::move(options)),
      started_(clock.now()),
      tasks_(std::move(executor)) {}

FakeWorker::~FakeWorker() = default;

Async<http::Response> FakeWorker::handle(http::Request request) {
  const std::string path(request.path());
  if (path == worker::kHealthPath || path == "/live") {
    FakeHealth health = FakeHealth::kReady;
    if (state_ == FakeState::kStarting) health = FakeHealth::kStarting;
    if (state_ == FakeState::kNoHandlers) health = FakeHealth::kReadyWithoutLora;
    co_return to_response(health_reply(health, clock_.now() - started_));
  }
  const bool is_loras =
      path == worker::kLorasPath || worker::name_of_unload_target(path).has_value();
  if (!is_loras) co_return to_response(no_route());
  CO_TRY(FakeReply reply, co_await answer_loras(std::move(request)));
  co_return to_response(std::move(reply));
}

Async<FakeReply> FakeWorker::answer_loras(http::Request request) {
  const auto name = worker::name_of_unload_target(request.path());
  if (request.method == "POST" && !name) co_return co_await answer_load(std::move(request));
  if (request.method == "DELETE" && name) co_return co_await await_work("DELETE", *name, "");
  if (state_ == FakeState::kNoRoutes) co_return no_route();
  if (request.method != "GET" || name) co_return wrong_method();
  note("GET", "", "");
  if (auto reply = ruled("GET", "")) co_return *std::move(reply);
  co_return list();
}

FakeReply FakeWorker::list() {
  if (state_ != FakeState::kReady) {
    return no_handler_reply(options_.version, handler_of("GET"), std::nullopt);
  }
  return list_reply(adapters_);
}

Async<FakeReply> FakeWorker::answer_load(http::Request request) {
  const std::string type = request.headers.get("Content-Type");
  CO_TRY(const std::string body, co_await http::read_all(std::move(request.body), kRequestBodyMax));
  auto load = read_load_body(type, body);
  if (!load && state_ == FakeState::kNoRoutes) co_return no_route();
  if (!load) co_return std::move(load).error();
  Result<FakeReply> reply =
      co_await await_work("POST", std::move(load->name), std::move(load->uri));
  co_return reply;
}

Async<FakeReply> FakeWorker::await_work(std::string method, std::string name, std::string uri) {
  note(method, name, uri);
  if (auto reply = ruled(method, name)) co_return *std::move(reply);
  if (state_ == FakeState::kNoRoutes) co_return no_route();
  if (state_ != FakeState::kReady) {
    co_return no_handler_reply(options_.version, handler_of(method), name);
  }
  const auto work = std::make_shared<Work>(executor_, life_);
  work->method = std::move(method);
  work->name = std::move(name);
  work->uri = std::move(uri);
  const Presence presence(work);
  lanes_[work->name].work.push_back(work);
  tasks_.spawn(work->method + " " + work->name, do_work(work));
  co_await work->done.wait();
  if (work->reply) co_return *std::move(work->reply);
  co_return fail(Error::Kind::kUnavailable, "the worker was restarted");
}

Async<> FakeWorker::do_work(WorkPtr work) {
  co_await wait_turn(work);
  if (work->life != life_) co_return Result<>{};
  FakeReply reply;
  if (work->method == "POST") {
    reply = co_await load(work);
  } else {
    reply = co_await unload(work);
  }
  if (work->life != life_) co_return Result<>{};
  end_turn(work->name);
  work->reply = std::move(reply);
  work->done.notify();
  co_return Result<>{};
}

Task<FakeReply> FakeWorker::load(WorkPtr work) {
  const std::string& name = work->name;
  if (name.empty()) {
    co_return error_reply(options_.version, "'lora_name' is required and must be a string");
  }
  const bool known = adapters_.contains(name);
  if (known && options_.repeated == FakeWorkerOptions::Repeated::kKeeps) {
    co_return success_reply(fmt::format("LoRA adapter '{}' already loaded", name), name);
  }
  if (!known && options_.adapters_max && adapters_.size() >= *options_.adapters_max) {
    co_return error_reply(options_.version,
                          fmt::format("LoRA capacity exceeded: at most {} adapter(s) may be loaded",
                                      *options_.adapters_max),
                          name);
  }
  if (options_.load_latency > Duration::zero()) co_await clock_.sleep_for(options_.load_latency);
  const bool stops =
      work->caller_left && options_.abandoned == FakeWorkerOptions::Abandoned::kStops;
  if (work->life != life_ || stops) co_return FakeReply{};  // nobody reads it
  const auto source = sources_.find(work->uri);
  const FakeSource content = source == sources_.end() ? FakeSource{} : source->second;
  const worker::LoadRequest request{name, work->uri};
  if (auto failure = source_failure(options_.version, request, content, options_.rank_max)) {
    co_return *std::move(failure);
  }
  if (!known) {
    if (auto refusal = refuses_to_publish(name)) co_return *std::move(refusal);
  }
  put(name, work->uri);
  co_return success_reply(
      fmt::format("LoRA adapter '{}' {} successfully", name, known ? "hot-swapped" : "loaded"),
      name);
}

Task<FakeReply> FakeWorker::unload(WorkPtr work) {
  const std::string& name = work->name;
  if (!adapters_.contains(name)) co_return not_found_reply(options_.version, name, adapters_);
  while (options_.version == FakeVersion::k1_6 && requests_.contains(name)) {
    co_await work->turn.wait();
    if (work->life != life_) co_return FakeReply{};
  }
  drop(name);
  co_return success_reply(fmt::format("LoRA adapter '{}' unloaded successfully", name), name);
}

// Before 1.5 discovery takes everything, and serves the first of two twins.
std::optional<FakeReply> FakeWorker::refuses_to_publish(const std::string& name) const {
  if (options_.version != FakeVersion::k1_6) return std::nullopt;
  const auto refusal = [&](std::string_view why) {
    return error_reply(
        options_.version,
        fmt::format("Failed to register LoRA '{}' in discovery registry: {}", name, why), name);
  };
  if (name == options_.base_model) {
    return refusal(fmt::format(
        "Cannot register model '{0}' on endpoint 'dynamo/backend/generate': a different model "
        "'{0}' is already registered there",
        name));
  }
  const std::string slug = lora::discovery_slug(name);
  if (slug.empty()) return refusal("model update cannot change discovery identity");
  if (published_.contains(slug)) {
    return refusal("model update can only change runtime_config.taints");
  }
  return std::nullopt;
}

void FakeWorker::put(const std::string& name, const std::string& uri) {
  std::string& served = adapters_[name];
  if (served != uri || !since_.contains(name)) since_[name] = clock_.now();
  served = uri;
  const std::string slug = lora::discovery_slug(name);
  if (!slug.empty()) published_.emplace(slug, name);
}

void FakeWorker::drop(const std::string& name) {
  adapters_.erase(name);
  since_.erase(name);
  published_.erase(lora::discovery_slug(name));
}

std::optional<SteadyTime> FakeWorker::held_since(const std::string& name) const {
  const auto place = since_.find(name);
  return place == since_.end() ? std::nullopt : std::optional(place->second);
}

bool FakeWorker::is_published(std::string_view name) const {
  const auto place = published_.find(lora::discovery_slug(name));
  return place != published_.end() && place->second == name;
}

void FakeWorker::end_request(const std::string& name) {
  const auto place = requests_.find(name);
  if (place == requests_.end() || --place->second > 0) return;
  requests_.erase(place);
  const auto lane = lanes_.find(name);
  if (lane != lanes_.end()) lane->second.work.front()->turn.notify();
}

void FakeWorker::restart() {
  ++life_;
  adapters_.clear();
  since_.clear();
  published_.clear();
  requests_.clear();
  started_ = clock_.now();
  for (auto& [name, lane] : std::exchange(lanes_, {})) {
    for (const auto& work : lane.work) {
      work->turn.notify();
      work->done.notify();
    }
  }
}

Task<> FakeWorker::wait_turn(WorkPtr work) {
  while (work->life == life_ && lanes_[work->name].work.front() != work) co_await work->turn.wait();
}

void FakeWorker::end_turn(const std::string& name) {
  const auto place = lanes_.find(name);
  auto& work = place->second.work;
  work.pop_front();
  if (work.empty()) {
    lanes_.erase(place);
  } else {
    work.front()->turn.notify();
  }
}

void FakeWorker::note(std::string method, std::string name, std::string uri) {
  ++counts_[method][name];
  calls_.push_back({clock_.now(), std::move(method), std::move(name), std::move(uri)});
  if (calls_.size() > options_.calls_kept) calls_.pop_front();
}

std::optional<FakeReply> FakeWorker::ruled(std::string_view method, std::string_view name) {
  const auto rule = std::ranges::find_if(rules_, [&](const FakeRule& candidate) {
    return candidate.method == method && (candidate.name.empty() || candidate.name == name);
  });
  if (rule == rules_.end()) return std::nullopt;
  FakeReply reply = rule->reply;
  if (rule->times && --*rule->times == 0) rules_.erase(rule);
  return reply;
}

std::size_t FakeWorker::count(std::string_view method) const {
  const auto names = counts_.find(method);
  if (names == counts_.end()) return 0;
  std::size_t sum = 0;
  for (const auto& [name, calls] : names->second) sum += calls;
  return sum;
}

std::size_t FakeWorker::count(std::string_view method, std::string_view name) const {
  const auto names = counts_.find(method);
  if (names == counts_.end()) return 0;
  const auto place = names->second.find(name);
  return place == names->second.end() ? 0 : place->second;
}

void FakeWorker::clear_calls() {
  calls_.clear();
  counts_.clear();
}

}  // namespace dynamod::testing
