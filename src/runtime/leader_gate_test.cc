// The gate closes by the clock, and takes with it what is in flight.
#include "runtime/leader_gate.h"

#include "base/task_group.h"
#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class LeaderGateTest : public RuntimeTest {
 protected:
  Async<> send_into(std::optional<Result<http::Response>>* answer) {
    http::Request request;
    request.target = "/apis/test.dev/v1/widgets?watch=true&resourceVersion=1000&timeoutSeconds=600";
    *answer = co_await gated.send(scripted_access().server, std::move(request), {});
    co_return Result<>{};
  }

  Async<> read_into(http::Body* body, std::optional<Result<std::optional<std::string>>>* piece) {
    *piece = co_await body->next();
    co_return Result<>{};
  }

  LeaderGate gate{loop};
  GatedTransport gated{*peer.transport, gate};
  TaskGroup tasks{loop.executor()};
};

TEST_F(LeaderGateTest, ClosesByItself) {
  EXPECT_FALSE(gate.open());
  gate.open_until(loop.now() + 10s);
  loop.run_for(9999ms);
  EXPECT_TRUE(gate.open());
  loop.run_for(1ms);
  EXPECT_FALSE(gate.open());
}

TEST_F(LeaderGateTest, StaysOpenWhenItIsRenewed) {
  gate.open_until(loop.now() + 10s);
  loop.run_for(8s);
  gate.open_until(loop.now() + 10s);
  const auto term = gate.term();
  loop.run_for(9s);
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(gate.term(), term);
}

TEST_F(LeaderGateTest, WakesThoseWhoWaitForIt) {
  loop.at(loop.now() + 3s, [this] { gate.open_until(loop.now() + 4s); });
  loop.await(gate.wait_open());
  EXPECT_EQ(loop.now().time_since_epoch(), 3s);
  loop.await(gate.wait_closed());
  EXPECT_EQ(loop.now().time_since_epoch(), 7s);
}

TEST_F(LeaderGateTest, LetsNoRequestPassWhileClosed) {
  std::optional<Result<http::Response>> answer;
  tasks.spawn("send", send_into(&answer));
  loop.settle();
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().kind, Error::Kind::kCancelled);
  EXPECT_THAT(answer->error().message, HasSubstr("not the leader"));
  EXPECT_EQ(net.calls(kApiAddress), 0u);
}

TEST_F(LeaderGateTest, AbandonsARequestInFlightWhenItCloses) {
  peer.set_fault(Fault::kHang);
  gate.open_until(loop.now() + 10s);
  std::optional<Result<http::Response>> answer;
  tasks.spawn("send", send_into(&answer));
  loop.run_for(9s);
  EXPECT_FALSE(answer);
  loop.run_for(1s);
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().kind, Error::Kind::kCancelled);
  EXPECT_THAT(answer->error().message, HasSubstr("may have arrived"));
}

TEST_F(LeaderGateTest, AbandonsTheBodyOfAnAnswerWhenItCloses) {
  gate.open_until(loop.now() + 10s);
  std::optional<Result<http::Response>> answer;
  tasks.spawn("send", send_into(&answer));
  loop.settle();
  ASSERT_TRUE(answer && *answer);
  std::optional<Result<std::optional<std::string>>> piece;
  tasks.spawn("read", read_into((*answer)->body.get(), &piece));
  loop.run_for(10s);
  ASSERT_TRUE(piece && !*piece);
  EXPECT_EQ(piece->error().kind, Error::Kind::kCancelled);
}

TEST_F(LeaderGateTest, ABodyOfAnEarlierTermStaysDead) {
  gate.open_until(loop.now() + 10s);
  std::optional<Result<http::Response>> answer;
  tasks.spawn("send", send_into(&answer));
  loop.settle();
  gate.close();
  gate.open_until(loop.now() + 10s);
  api.put(widget("a", "red"));
  std::optional<Result<std::optional<std::string>>> piece;
  tasks.spawn("read", read_into((*answer)->body.get(), &piece));
  loop.settle();
  ASSERT_TRUE(piece && !*piece);
  EXPECT_EQ(piece->error().kind, Error::Kind::kCancelled);
}

TEST_F(LeaderGateTest, CancellingTheCallerCancelsTheRequest) {
  peer.set_fault(Fault::kHang);
  gate.open_for_good();
  std::optional<Result<http::Response>> answer;
  tasks.spawn("send", send_into(&answer));
  loop.run_for(1s);
  loop.await(tasks.stop());
  EXPECT_FALSE(answer);
}

// A process that was stopped (SIGSTOP) beyond the deadline: no timer has run yet, and still nothing
// passes.
TEST_F(LeaderGateTest, ComparesWithTheClockBeforeAnyTimerRuns) {
  gate.open_until(loop.now() - 1ns);
  EXPECT_FALSE(gate.open());
}

}  // namespace
}  // namespace dynamod::runtime
