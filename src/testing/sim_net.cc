// Calls, bodies and connections of the simulated network.
#include "testing/sim_net.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/notifier.h"
#include "base/with_timeout.h"

namespace dynamod::testing {

namespace {

using Kind = SimFault::Kind;

constexpr Duration kNoLimit =
    std::chrono::hours(24 * 365 * 100);  // may be added to a time without overflow

std::unexpected<Error> broken() {
  return fail(Error::Kind::kMayHaveArrived, "the connection broke: connection reset by peer");
}

long long ms_of(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

http::Response canned(SimFault::Answer answer) {
  http::Response response =
      http::text_response(answer.status, std::move(answer.body), answer.content_type);
  if (answer.content_type.empty()) response.headers.remove("Content-Type");
  if (!answer.location.empty()) response.headers.set("Location", answer.location);
  return response;
}

}  // namespace

// One exchange. with_timeout() takes its time limit from a Clock: this one can be told to fire at
// once, which is how a connection breaks under an operation that waits.
class SimNet::Connection final : public Clock {
 public:
  Connection(Clock& clock, const http::SendOptions& options)
      : clock_(clock), options_(options), started_(clock.now()) {}

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ~Connection() override { disarm(); }

  [[nodiscard]] SteadyTime now() const override { return clock_.now(); }

  [[nodiscard]] WallTime wall() const override { return clock_.wall(); }

  TimerId at(SteadyTime when, std::move_only_function<void()> fire) override {
    fire_ = std::move(fire);
    arm(broken_ ? now() : when);
    return 0;  // one operation at a time
  }

  bool cancel(TimerId /*id*/) override {
    const bool pending = fire_ != nullptr;
    disarm();
    fire_ = nullptr;
    return pending;
  }

  void snap() {
    broken_ = true;
    if (fire_ == nullptr) return;
    disarm();
    arm(now());
  }

  // `operation` until its end, the limit, or the break of the connection.
  template <class T>
  Async<T> run(Async<T> operation, Duration limit) {
    Result<T> result = co_await with_timeout(*this, limit, "", std::move(operation));
    if (broken_) co_return broken();  // an answer that comes at the same moment is lost too
    const bool is_late = timer_fired_ && !result && result.error().kind == Error::Kind::kTimeout;
    if (!is_late) co_return result;
    co_return fail(Error::Kind::kTimeout,
                   fmt::format("no answer within {} ms", ms_of(now() - started_)));
  }

  [[nodiscard]] Duration left() const {
    if (!options_.deadline) return kNoLimit;
    return std::max(Duration::zero(), *options_.deadline - (now() - started_));
  }

  [[nodiscard]] const http::SendOptions& options() const { return options_; }

 private:
  void arm(SteadyTime when) {
    timer_fired_ = false;
    if (when - now() >= kNoLimit) return;  // a timer would only make an idle loop jump there
    timer_ = clock_.at(when, [this] {
      timer_.reset();
      timer_fired_ = true;
      auto fire = std::exchange(fire_, nullptr);
      if (fire) fire();
    });
  }

  void disarm() {
    if (timer_) clock_.cancel(*timer_);
    timer_.reset();
  }

  Clock& clock_;
  http::SendOptions options_;
  SteadyTime started_;
  std::move_only_function<void()> fire_;
  std::optional<TimerId> timer_;
  bool timer_fired_ = false;
  bool broken_ = false;
};

// The server's body as its client gets it.
class SimNet::ReceivedBody final : public http::Body {
 public:
  enum class End : std::uint8_t { kWhole, kCut };

  ReceivedBody(std::shared_ptr<Connection> connection, std::unique_ptr<http::Body> sent, End end)
      : connection_(std::move(connection)), sent_(std::move(sent)), end_(end) {}

  Async<std::optional<std::string>> next() override {
    if (failure_) co_return std::unexpected(*failure_);
    if (end_ == End::kCut && bytes_ > 0) co_return fail_with(broken().error());
    const Duration limit = connection_->left();
    Result<std::optional<std::string>> piece = co_await connection_->run(sent_->next(), limit);
    if (!piece) {
      const bool ours = piece.error().kind == Error::Kind::kTimeout ||
                        piece.error().kind == Error::Kind::kMayHaveArrived;
      co_return fail_with(ours ? std::move(piece).error() : broken().error());
    }
    if (!*piece) co_return std::nullopt;
    std::string bytes = **std::move(piece);
    bytes_ += bytes.size();
    const std::size_t allowed = connection_->options().response_bytes_max;
    if (bytes_ > allowed) {
      co_return fail_with({Error::Kind::kTooLarge,
                           fmt::format("the answer is larger than the {} bytes allowed", allowed)});
    }
    if (end_ == End::kCut) bytes.resize(bytes.size() / 2);
    if (bytes.empty()) co_return fail_with(broken().error());
    co_return std::move(bytes);
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return sent_->size(); }

 private:
  std::unexpected<Error> fail_with(Error error) {
    failure_ = error;
    return std::unexpected(std::move(error));
  }

  std::shared_ptr<Connection> connection_;
  std::unique_ptr<http::Body> sent_;
  End end_;
  std::size_t bytes_ = 0;
  std::optional<Error> failure_;
};

class SimNet::Client final : public http::Transport {
 public:
  Client(SimNet& net, std::string name) : net_(net), name_(std::move(name)) {}

  Async<http::Response> send(Url peer, http::Request request, http::SendOptions options) override {
    return net_.send_as(name_, std::move(peer), std::move(request), options);
  }

 private:
  SimNet& net_;
  std::string name_;
};

void SimNet::close(const std::string& address) {
  hosts_[address].handler = nullptr;
  break_connections(address);
}

void SimNet::break_connections(const std::string& address) {
  const auto connections = std::exchange(hosts_[address].connections, {});
  for (const auto& weak : connections) {
    if (const auto connection = weak.lock()) connection->snap();
  }
}

void SimNet::set_fault_for(const std::string& client, const std::string& address, SimFault fault) {
  hosts_[address].faults_for[client] = std::move(fault);
}

std::size_t SimNet::calls(const std::string& address) const {
  const auto host = hosts_.find(address);
  return host == hosts_.end() ? 0 : host->second.calls;
}

std::size_t SimNet::open(const std::string& address) const {
  const auto host = hosts_.find(address);
  if (host == hosts_.end()) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      host->second.connections, [](const auto& weak) { return !weak.expired(); }));
}

std::unique_ptr<http::Transport> SimNet::client(std::string name) {
  return std::make_unique<Client>(*this, std::move(name));
}

Async<http::Response> SimNet::send(Url peer, http::Request request, http::SendOptions options) {
  return send_as("", std::move(peer), std::move(request), options);
}

SimFault SimNet::take_fault(Host& host, const std::string& client) {
  const auto own = host.faults_for.find(client);
  const bool has_own = own != host.faults_for.end() && own->second.kind != Kind::kNone;
  SimFault& fault = has_own ? own->second : host.fault;
  SimFault taken = fault;
  if (fault.times && --*fault.times == 0) fault = SimFault{};
  return taken;
}

std::shared_ptr<SimNet::Connection> SimNet::connect(Host& host, const http::SendOptions& options) {
  ++host.calls;
  std::erase_if(host.connections, [](const auto& weak) { return weak.expired(); });
  auto connection = std::make_shared<Connection>(clock_, options);
  host.connections.push_back(connection);
  return connection;
}

Async<http::Response> SimNet::send_as(std::string client, Url peer, http::Request request,
                                      http::SendOptions options) {
  const std::string address = join_host_port(peer.host, peer.port);
  const auto host = hosts_.find(address);
  if (host == hosts_.end()) co_return fail(Error::Kind::kUnavailable, "connect: no route to host");
  const SimFault fault = take_fault(host->second, client);
  if (fault.kind == Kind::kBlackhole) {
    const Duration limit = std::min(options.connect_limit, options.deadline.value_or(kNoLimit));
    co_await clock_.sleep_for(limit);
    co_return fail(Error::Kind::kTimeout,
                   fmt::format("connect: no connection within {} ms", ms_of(limit)));
  }
  if (fault.kind == Kind::kRefuse || host->second.handler == nullptr) {
    co_return fail(Error::Kind::kUnavailable, "connect: connection refused");
  }
  const auto connection = connect(host->second, options);
  request.peer = client.empty() ? "client:0" : client + ":0";
  const Duration limit = std::min(connection->left(), options.head_limit.value_or(kNoLimit));
  CO_TRY(http::Response response,
         co_await connection->run(exchange(address, fault, std::move(request)), limit));
  const auto end =
      fault.kind == Kind::kCutBody ? ReceivedBody::End::kCut : ReceivedBody::End::kWhole;
  if (response.body) {
    response.body = std::make_unique<ReceivedBody>(connection, std::move(response.body), end);
  }
  co_return response;
}

Async<http::Response> SimNet::exchange(std::string address, SimFault fault, http::Request request) {
  const Duration one_way = hosts_[address].latency / 2;
  if (one_way > Duration::zero()) co_await clock_.sleep_for(one_way);
  switch (fault.kind) {
    case Kind::kHang:
      CO_CHECK(co_await never());
      break;
    case Kind::kResetBefore:
      co_return broken();
    case Kind::kNotHttp:
      co_return fail(Error::Kind::kMayHaveArrived, "the answer is not HTTP");
    case Kind::kAnswer:
      co_return canned(std::move(fault.answer));
    default:
      break;
  }
  http::Handler* handler = hosts_[address].handler;
  if (handler == nullptr) co_return broken();  // closed while the request was on its way
  Result<http::Response> response = co_await handler->handle(std::move(request));
  if (one_way > Duration::zero()) co_await clock_.sleep_for(one_way);
  if (fault.kind == Kind::kResetAfter) co_return broken();
  if (response) co_return response;
  co_return http::text_response(500, std::move(response).error().message);
}

// Waits without a timer, until it is cancelled.
Async<> SimNet::never() {
  Notifier silence(co_await net::this_coro::executor);
  co_await silence.wait();
  co_return Result<>{};
}

}  // namespace dynamod::testing
