// One key once, in due order, with delays and back-off.
#include "runtime/work_queue.h"

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;

const kube::ObjectKey kA{"ns", "a"};
const kube::ObjectKey kB{"ns", "b"};
const kube::ObjectKey kC{"ns", "c"};

class WorkQueueTest : public RuntimeTest {
 protected:
  // The key that is due now; "" for none.
  std::string take_now() {
    if (queue.due() == 0) return "";
    const auto key = loop.await(queue.take());
    return key ? key->name : "<shut down>";
  }

  WorkQueue queue{loop, loop.rng(), metrics, {"test", 100ms, 2s}};
};

TEST_F(WorkQueueTest, GivesAKeyOnceHoweverOftenItIsAdded) {
  queue.add(kA);
  queue.add(kA);
  EXPECT_EQ(take_now(), "a");
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, GivesKeysInTheOrderTheyBecameDue) {
  queue.add_after(kC, 1s);
  queue.add_after(kB, 2s);
  queue.add(kA);
  loop.run_for(3s);
  EXPECT_EQ(take_now(), "a");
  EXPECT_EQ(take_now(), "c");
  EXPECT_EQ(take_now(), "b");
}

TEST_F(WorkQueueTest, KeepsThePlaceOfAKeyThatIsDueAlready) {
  queue.add(kA);
  queue.add(kB);
  queue.add(kA);
  EXPECT_EQ(take_now(), "a");
}

TEST_F(WorkQueueTest, GivesAKeyThatIsWorkedOnToNobodyElseAndAgainAfterwards) {
  queue.add(kA);
  EXPECT_EQ(take_now(), "a");
  queue.add(kA);
  EXPECT_EQ(take_now(), "");
  queue.done(kA);
  EXPECT_EQ(take_now(), "a");
  queue.done(kA);
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, TakesTheEarlierOfTwoDelays) {
  queue.add_after(kA, 5s);
  queue.add_after(kA, 1s);
  queue.add_after(kA, 9s);
  loop.run_for(999ms);
  EXPECT_EQ(queue.due(), 0u);
  loop.run_for(1ms);
  EXPECT_EQ(take_now(), "a");
  loop.run_for(10s);
  EXPECT_EQ(take_now(), "");
}

TEST_F(WorkQueueTest, WakesATakerWhenADelayIsOver) {
  queue.add_after(kA, 7s);
  const auto key = loop.await(queue.take());
  EXPECT_EQ(key, kA);
  EXPECT_EQ(loop.now().time_since_epoch(), 7s);
}

TEST_F(WorkQueueTest, DoublesTheBackOffUpToItsMaximumUntilForgotten) {
  std::vector<Duration> delays;
  for (int i = 0; i < 7; ++i) {
    delays.push_back(queue.retry(kA));
    loop.run_for(3s);
    EXPECT_EQ(take_now(), "a");
    queue.done(kA);
  }
  const std::vector<Duration> bases = {100ms, 200ms, 400ms, 800ms, 1600ms, 2s, 2s};
  for (std::size_t i = 0; i < bases.size(); ++i) {
    EXPECT_GE(delays[i], bases[i] * 8 / 10) << i;
    EXPECT_LE(delays[i], bases[i] * 12 / 10) << i;
  }
  queue.forget(kA);
  EXPECT_LE(queue.retry(kA), 120ms);
}

TEST_F(WorkQueueTest, RetriesNotBeforeTheServerWantsIt) {
  EXPECT_EQ(queue.retry(kA, 10s), 10s);
}

TEST_F(WorkQueueTest, GivesNothingAfterShutDown) {
  queue.add(kA);
  queue.shut_down();
  queue.add(kB);
  EXPECT_EQ(loop.await(queue.take()), std::nullopt);
}

TEST_F(WorkQueueTest, ShutDownWakesTheTakers) {
  loop.at(loop.now() + 1s, [this] { queue.shut_down(); });
  EXPECT_EQ(loop.await(queue.take()), std::nullopt);
}

TEST_F(WorkQueueTest, ShowsHowManyAreDue) {
  queue.add(kA);
  queue.add(kB);
  queue.add_after(kC, 1h);
  EXPECT_THAT(metrics.text(), ::testing::HasSubstr("dynamod_workqueue_depth{name=\"test\"} 2"));
  EXPECT_EQ(queue.waiting(), 3u);
}

}  // namespace
}  // namespace dynamod::runtime
