// The simulated network: what each fault looks like to a caller, and what the server saw.
#include "testing/sim_net.h"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/task_group.h"
#include "testing/sim_loop.h"

namespace dynamod::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Kind = SimFault::Kind;

const char kAddress[] = "10.0.1.5:9090";

// Sends back what it got, after `delay`.
class Echo final : public http::Handler {
 public:
  explicit Echo(Clock& clock) : clock_(clock) {}

  Async<http::Response> handle(http::Request request) override {
    ++begun;
    if (delay > Duration::zero()) co_await clock_.sleep_for(delay);
    CO_TRY(std::string body, co_await http::read_all(std::move(request.body), 1000));
    ++ended;
    if (body == "fail") co_return fail(Error::Kind::kInternal, "broken handler");
    co_return http::text_response(200, request.method + " " + request.target + " " + body);
  }

  Duration delay{};
  int begun = 0;
  int ended = 0;

 private:
  Clock& clock_;
};

// Pieces, one a second.
class SlowBody final : public http::Body {
 public:
  SlowBody(Clock& clock, int pieces) : clock_(clock), left_(pieces) {}

  Async<std::optional<std::string>> next() override {
    if (left_ == 0) co_return std::nullopt;
    --left_;
    co_await clock_.sleep_for(1s);
    co_return "0123456789";
  }

 private:
  Clock& clock_;
  int left_;
};

class Streamer final : public http::Handler {
 public:
  Streamer(Clock& clock, int pieces) : clock_(clock), pieces_(pieces) {}

  Async<http::Response> handle(http::Request /*request*/) override {
    http::Response response;
    response.body = std::make_unique<SlowBody>(clock_, pieces_);
    co_return response;
  }

 private:
  Clock& clock_;
  int pieces_;
};

class SimNetTest : public ::testing::Test {
 protected:
  SimNetTest() { net.listen(kAddress, echo); }

  // The whole exchange: the body, or the error of send() or of the body.
  static Task<Result<std::string>> exchange(http::Transport* transport, std::string host,
                                            http::SendOptions options, std::string body) {
    const Url peer{"http", std::move(host), 9090, "/"};
    http::Request request;
    request.method = "POST";
    request.target = "/x";
    request.body = http::text_body(std::move(body));
    Result<http::Response> response = co_await transport->send(peer, std::move(request), options);
    if (!response) co_return std::unexpected(response.error());
    Result<std::string> text = co_await http::read_all(std::move(response->body), 1 << 20);
    co_return text;
  }

  Result<std::string> call(http::SendOptions options = {}, std::string body = "hi",
                           std::string host = "10.0.1.5") {
    return loop.await(exchange(&net, std::move(host), options, std::move(body)));
  }

  Result<std::string> call_with(SimFault fault, http::SendOptions options = {}) {
    net.set_fault(kAddress, std::move(fault));
    return call(options);
  }

  SimLoop loop;
  Echo echo{loop};
  SimNet net{loop};
};

TEST_F(SimNetTest, DeliversRequestsAndAnswers) {
  EXPECT_EQ(call(), "POST /x hi");
  EXPECT_EQ(net.calls(kAddress), 1U);
  EXPECT_EQ(net.open(kAddress), 0U);
}

TEST_F(SimNetTest, AnErrorOfTheHandlerIsA500) {
  EXPECT_EQ(call({}, "fail"), "broken handler");
}

TEST_F(SimNetTest, EachFaultLooksLikeARealOne) {
  struct Row {
    Kind fault;
    Error::Kind error;
    std::string message;
    int ended;  // handlers
  };

  const Row rows[] = {
      {Kind::kRefuse, Error::Kind::kUnavailable, "connect: connection refused", 0},
      {Kind::kBlackhole, Error::Kind::kTimeout, "connect: no connection within 5000 ms", 0},
      {Kind::kHang, Error::Kind::kTimeout, "no answer within 60000 ms", 0},
      {Kind::kResetBefore, Error::Kind::kMayHaveArrived,
       "the connection broke: connection reset by peer", 0},
      {Kind::kResetAfter, Error::Kind::kMayHaveArrived,
       "the connection broke: connection reset by peer", 1},
      {Kind::kCutBody, Error::Kind::kMayHaveArrived,
       "the connection broke: connection reset by peer", 1},
      {Kind::kNotHttp, Error::Kind::kMayHaveArrived, "the answer is not HTTP", 0},
  };
  http::SendOptions options;
  options.deadline = 60s;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.message);
    echo.ended = 0;
    const auto result = call_with({.kind = row.fault, .times = 1}, options);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Error{row.error, row.message}));
    EXPECT_EQ(echo.ended, row.ended);
    EXPECT_EQ(call(options), "POST /x hi") << "it lasts for one call";
  }
}

TEST_F(SimNetTest, AnUnknownAddressIsUnreachable) {
  const auto result = call({}, "hi", "10.9.9.9");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Error::Kind::kUnavailable);
}

TEST_F(SimNetTest, AnswersInsteadOfTheHandler) {
  const auto result = call_with(
      {.kind = Kind::kAnswer, .answer = {302, "text/html", "<html>", "http://elsewhere/"}});
  EXPECT_EQ(result, "<html>");
  EXPECT_EQ(echo.begun, 0);
}

TEST_F(SimNetTest, LatencyIsPaidBothWays) {
  net.set_latency(kAddress, 40ms);
  const SteadyTime start = loop.now();
  EXPECT_TRUE(call());
  EXPECT_EQ(loop.now() - start, 40ms);
}

TEST_F(SimNetTest, TheDeadlineCancelsTheHandler) {
  echo.delay = 1h;
  http::SendOptions options;
  options.deadline = 10s;
  const auto result = call(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{Error::Kind::kTimeout, "no answer within 10000 ms"}));
  EXPECT_EQ(echo.begun, 1);
  loop.run_for(2h);
  EXPECT_EQ(echo.ended, 0);
}

TEST_F(SimNetTest, TheHeadLimitLeavesTheBodyAlone) {
  Streamer streamer(loop, 5);
  net.listen(kAddress, streamer);
  http::SendOptions options;
  options.head_limit = 1s;
  EXPECT_EQ(call(options)->size(), 50U);
}

TEST_F(SimNetTest, TheDeadlineCoversTheBody) {
  Streamer streamer(loop, 5);
  net.listen(kAddress, streamer);
  http::SendOptions options;
  options.deadline = 3500ms;
  const auto result = call(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Error::Kind::kTimeout);
}

TEST_F(SimNetTest, AnswersHaveASizeLimit) {
  Streamer streamer(loop, 5);
  net.listen(kAddress, streamer);
  http::SendOptions options;
  options.response_bytes_max = 49;
  const auto result = call(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Error::Kind::kTooLarge);
  options.response_bytes_max = 50;
  EXPECT_TRUE(call(options));
}

Async<> record(SimNet* net, std::vector<std::string>* log) {
  const Url peer{"http", "10.0.1.5", 9090, "/"};
  Result<http::Response> response = co_await net->send(peer, {}, {});
  if (!response) {
    log->push_back(response.error().message);
    co_return Result<>{};
  }
  log->emplace_back("head");
  Result<std::string> body = co_await http::read_all(std::move(response->body), 1000);
  log->push_back(body ? "body" : body.error().message);
  co_return Result<>{};
}

TEST_F(SimNetTest, ClosingBreaksWhatIsUnderWay) {
  std::vector<std::string> log;
  TaskGroup tasks(loop.executor());
  echo.delay = 1h;
  tasks.spawn("call", record(&net, &log));
  loop.run_for(1s);
  EXPECT_EQ(net.open(kAddress), 1U);
  net.close(kAddress);
  loop.run_for(Duration{});
  EXPECT_THAT(log, ElementsAre("the connection broke: connection reset by peer"));
  EXPECT_EQ(echo.ended, 0);

  Streamer streamer(loop, 1'000'000);
  net.listen(kAddress, streamer);
  log.clear();
  tasks.spawn("stream", record(&net, &log));
  loop.run_for(10s);
  net.break_connections(kAddress);
  loop.run_for(Duration{});
  EXPECT_THAT(log, ElementsAre("head", "the connection broke: connection reset by peer"));
  EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(SimNetTest, CancellingTheCallerCancelsTheHandler) {
  std::vector<std::string> log;
  TaskGroup tasks(loop.executor());
  echo.delay = 1h;
  tasks.spawn("call", record(&net, &log));
  loop.run_for(1s);
  loop.await(tasks.stop());
  loop.run_for(2h);
  EXPECT_EQ(echo.begun, 1);
  EXPECT_EQ(echo.ended, 0);
  EXPECT_EQ(net.open(kAddress), 0U);
}

TEST_F(SimNetTest, AFaultMayBeOneClientsAlone) {
  const auto cut_off = net.client("operator-1");
  const auto other = net.client("operator-2");
  net.set_fault_for("operator-1", kAddress, {.kind = Kind::kRefuse});
  EXPECT_FALSE(loop.await(exchange(cut_off.get(), "10.0.1.5", {}, "a")));
  EXPECT_TRUE(loop.await(exchange(other.get(), "10.0.1.5", {}, "a")));
  net.set_fault_for("operator-1", kAddress, {});
  EXPECT_TRUE(loop.await(exchange(cut_off.get(), "10.0.1.5", {}, "a")));
}

TEST_F(SimNetTest, AnIdleCallHoldsNoTimer) {
  TaskGroup tasks(loop.executor());
  std::vector<std::string> log;
  net.set_fault(kAddress, {.kind = Kind::kHang});
  tasks.spawn("call", record(&net, &log));
  const SteadyTime start = loop.now();
  while (loop.step()) continue;
  EXPECT_EQ(loop.now(), start);
  loop.await(tasks.stop());
}

}  // namespace
}  // namespace dynamod::testing
