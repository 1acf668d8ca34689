// WorkerClient against FakeWorker over the simulated network: every state of a worker and every
// fault between.
#include "worker/worker_client.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/task_group.h"
#include "testing/fake_worker.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::worker {
namespace {

using namespace std::chrono_literals;
using dynamod::testing::FakeState;
using dynamod::testing::FakeVersion;
using dynamod::testing::SimFault;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum lora::EndpointReason;
using Kind = Outcome::Kind;

const char kAddress[] = "10.0.1.5:9090";

class WorkerClientTest : public ::testing::Test {
 protected:
  WorkerClientTest() { net.listen(kAddress, worker); }

  ~WorkerClientTest() override { loop.await(worker.stop()); }

  Outcome load(const std::string& name, const std::string& uri = "s3://b/p") {
    return loop.await(client.load(url, name, uri));
  }

  Outcome unload(const std::string& name) { return loop.await(client.unload(url, name)); }

  ListOutcome list() { return loop.await(client.list(url)); }

  dynamod::testing::SimLoop loop;
  dynamod::testing::SimNet net{loop};
  dynamod::testing::FakeWorker worker{loop.executor(), loop};
  WorkerClient client{net};
  Url url{"http", "10.0.1.5", 9090, "/"};
};

TEST_F(WorkerClientTest, LoadsListsAndUnloadsOnEveryVersion) {
  for (const auto version : {FakeVersion::k0_9, FakeVersion::k1_3, FakeVersion::k1_6}) {
    worker.options().version = version;
    EXPECT_THAT(list().names, IsEmpty());
    EXPECT_EQ(load("alpha").kind, Kind::kDone);
    EXPECT_EQ(load("alpha").kind, Kind::kAlreadyThere);
    EXPECT_EQ(load("beta", "http://h/x").kind, Kind::kFailed);
    EXPECT_EQ(load("beta", "http://h/x").reason, kSourceUnavailable);
    EXPECT_THAT(list().names, ElementsAre("alpha"));
    EXPECT_EQ(unload("alpha").kind, Kind::kDone);
    EXPECT_EQ(unload("alpha").kind, Kind::kAbsent);
  }
}

TEST_F(WorkerClientTest, TakesAnyName) {
  const std::string names[] = {
      "org/x", "a b",   "a%2Fb", "/lead",    "a//b",  "trail/", "a/../b", "..",
      ".",     "a?b#c", "it's",  "\xC3\xBC", "x\" y", "%",      "//",     std::string(256, 'n')};
  worker.options().version = FakeVersion::k1_3;  // takes names that later ones cannot publish
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    EXPECT_EQ(load(name).kind, Kind::kDone);
    EXPECT_THAT(list().names, ElementsAre(name));
    EXPECT_EQ(unload(name).kind, Kind::kDone);
  }
}

TEST_F(WorkerClientTest, AsksHealthWhereTheAnswerDoesNotTell) {
  for (const auto version : {FakeVersion::k0_9, FakeVersion::k1_6}) {
    worker.options().version = version;
    worker.set_state(FakeState::kStarting);
    EXPECT_EQ(load("n").reason, kWorkerStarting);
    EXPECT_EQ(list().failure->reason, kWorkerStarting);
    EXPECT_EQ(unload("n").kind, Kind::kFailed);
    worker.set_state(FakeState::kNoHandlers);
    EXPECT_EQ(load("n").reason, kLoraDisabled);
    EXPECT_EQ(list().failure->reason, kLoraDisabled);
    EXPECT_EQ(unload("n").kind, Kind::kAbsent);
    worker.set_state(FakeState::kNoRoutes);
    EXPECT_EQ(load("n").reason, kLoraDisabled);
    EXPECT_EQ(list().failure->reason, kLoraDisabled);
    EXPECT_EQ(unload("n").kind, Kind::kAbsent);
  }
}

TEST_F(WorkerClientTest, ReadsHealth) {
  loop.run_for(90s);
  const HealthOutcome ready = loop.await(client.health(url));
  EXPECT_FALSE(ready.failure);
  EXPECT_TRUE(ready.health.ready);
  EXPECT_EQ(ready.health.uptime, 90s);
  worker.set_state(FakeState::kStarting);
  EXPECT_FALSE(loop.await(client.health(url)).health.ready);
  net.close(kAddress);
  EXPECT_EQ(loop.await(client.health(url)).failure->reason, kUnreachable);
  net.listen(kAddress, worker);
  net.set_fault(kAddress,
                {.kind = SimFault::Kind::kAnswer, .answer = {200, "text/html", "<html>", ""}});
  const HealthOutcome page = loop.await(client.health(url));
  EXPECT_EQ(page.failure->reason, kUnreachable);
  EXPECT_THAT(page.failure->message, HasSubstr("HTTP 200 of /health"));
}

struct FaultRow {
  SimFault fault;
  Kind load;
  lora::EndpointReason reason;
  std::string message;
  bool loaded;  // whether the worker holds it afterwards
};

std::vector<FaultRow> fault_rows() {
  const std::string page = "<!doctype html><html></html>";
  return {
      {{.kind = SimFault::Kind::kRefuse},
       Kind::kFailed,
       kUnreachable,
       "connect: connection refused",
       false},
      {{.kind = SimFault::Kind::kBlackhole},
       Kind::kFailed,
       kUnreachable,
       "connect: no connection within",
       false},
      {{.kind = SimFault::Kind::kHang}, Kind::kUnknown, kTimeout, "no answer within", false},
      {{.kind = SimFault::Kind::kResetBefore},
       Kind::kUnknown,
       kUnreachable,
       "connection reset",
       false},
      {{.kind = SimFault::Kind::kResetAfter},
       Kind::kUnknown,
       kUnreachable,
       "connection reset",
       true},
      {{.kind = SimFault::Kind::kCutBody}, Kind::kUnknown, kUnreachable, "connection reset", true},
      {{.kind = SimFault::Kind::kNotHttp}, Kind::kUnknown, kUnreachable, "not HTTP", false},
      {{.kind = SimFault::Kind::kAnswer, .answer = {200, "text/html", page, ""}},
       Kind::kUnknown,
       kUnreachable,
       "an HTML page",
       false},
      {{.kind = SimFault::Kind::kAnswer, .answer = {302, "", "", "http://elsewhere/"}},
       Kind::kFailed,
       kUnreachable,
       "a redirect",
       false},
      {{.kind = SimFault::Kind::kAnswer,
        .answer = {200, "application/json", R"({"status":"succ)", ""}},
       Kind::kUnknown,
       kUnreachable,
       "no worker's answer",
       false},
      {{.kind = SimFault::Kind::kAnswer,
        .answer = {200, "application/json", std::string(10 << 20, ' '), ""}},
       Kind::kUnknown,
       kUnreachable,
       "larger than",
       false},
      {{.kind = SimFault::Kind::kAnswer,
        .answer = {503, "text/plain", "upstream connect error", ""}},
       Kind::kFailed,
       kUnreachable,
       "HTTP 503",
       false},
  };
}

TEST_F(WorkerClientTest, EveryFaultHasItsMeaning) {
  for (const FaultRow& row : fault_rows()) {
    SCOPED_TRACE(row.message);
    net.set_fault(kAddress, row.fault);
    const Outcome outcome = load("n");
    EXPECT_EQ(to_string(outcome.kind), to_string(row.load));
    EXPECT_EQ(outcome.reason, row.reason);
    EXPECT_THAT(outcome.message, HasSubstr(row.message));
    EXPECT_EQ(worker.adapters().contains("n"), row.loaded);
    const ListOutcome seen = list();
    ASSERT_TRUE(seen.failure);
    EXPECT_EQ(seen.failure->kind, Kind::kFailed);
    EXPECT_EQ(seen.failure->reason, row.reason);
    EXPECT_THAT(seen.failure->message, HasSubstr(row.message));
    net.set_fault(kAddress, {});
    worker.drop("n");
  }
}

Async<> load_into(WorkerClient* client, Url worker, Outcome* outcome) {
  *outcome = co_await client->load(std::move(worker), "n", "s3://b/p");
  co_return Result<>{};
}

TEST_F(WorkerClientTest, HealthThatDoesNotAnswerIsUnreachable) {
  worker.set_state(FakeState::kStarting);
  net.set_latency(kAddress, 4s);
  Outcome outcome;
  TaskGroup tasks(loop.executor());
  tasks.spawn("load", load_into(&client, url, &outcome));
  loop.run_for(3s);
  net.set_fault(kAddress, {.kind = SimFault::Kind::kRefuse});  // before the second call
  loop.await(tasks.wait_idle());
  EXPECT_EQ(outcome.reason, kUnreachable);
  EXPECT_THAT(outcome.message, HasSubstr("connection refused"));
}

TEST_F(WorkerClientTest, EachCallHasItsDeadline) {
  const SteadyTime start = loop.now();
  net.set_fault(kAddress, {.kind = SimFault::Kind::kHang});
  list();
  EXPECT_EQ(loop.now() - start, 5s);
  unload("n");
  EXPECT_EQ(loop.now() - start, 5s + 1min);
  load("n");
  EXPECT_EQ(loop.now() - start, 5s + 1min + 1h);
}

TEST_F(WorkerClientTest, ALoadPastItsDeadlineGoesOnAtTheWorker) {
  worker.options().load_latency = 2h;
  EXPECT_EQ(load("n").kind, Kind::kUnknown);
  EXPECT_THAT(list().names, IsEmpty());
  loop.run_for(1h);
  EXPECT_THAT(list().names, ElementsAre("n"));
}

TEST_F(WorkerClientTest, ADrainMayOutlastTheDeadline) {
  worker.put("n", "s3://b/p");
  worker.begin_request("n");
  const Outcome outcome = unload("n");
  EXPECT_EQ(outcome.kind, Kind::kUnknown);
  EXPECT_EQ(outcome.reason, kTimeout);
  EXPECT_THAT(list().names, ElementsAre("n"));
  worker.end_request("n");
  loop.run_for(Duration{});
  EXPECT_THAT(list().names, IsEmpty());
}

TEST_F(WorkerClientTest, AWorkerThatDiesDuringALoadMayHaveLoaded) {
  worker.options().load_latency = 1min;
  Outcome outcome;
  TaskGroup tasks(loop.executor());
  tasks.spawn("load", load_into(&client, url, &outcome));
  loop.run_for(1s);
  net.close(kAddress);
  worker.restart();
  loop.await(tasks.wait_idle());
  EXPECT_EQ(outcome.kind, Kind::kUnknown);
  EXPECT_EQ(outcome.reason, kUnreachable);
}

}  // namespace
}  // namespace dynamod::worker
