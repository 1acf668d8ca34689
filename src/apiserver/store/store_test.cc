// The store on a simulated disk: what readers and writers see, and what failures leave behind.
#include "apiserver/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apiserver/store/store_fixture.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SimLoop;

class StoreTest : public ::testing::Test {
 protected:
  SimLoop loop;
  SimStore sim{loop};
};

TEST_F(StoreTest, StartsAtRevisionOne) {
  EXPECT_EQ(sim.store->revision(), 1U);
  EXPECT_EQ(sim.store->next_revision(), 2U);
  EXPECT_THAT(sim.store->list("pods", ""), IsEmpty());
}

TEST_F(StoreTest, ReadersSeeAWriteOnlyWhenItIsDurable) {
  const auto pending = sim.begin_put("pods", "a/x", "1");
  EXPECT_EQ(sim.store->find("pods", key_of("a/x")), nullptr);
  EXPECT_EQ(sim.store->decided("pods", key_of("a/x"))->bytes, "1");
  EXPECT_EQ(sim.store->revision(), 1U);
  EXPECT_EQ(sim.store->next_revision(), 3U);
  EXPECT_TRUE(pending->waits());

  loop.run_for(seconds(1));
  EXPECT_TRUE(pending->ok());
  EXPECT_EQ(sim.store->find("pods", key_of("a/x"))->bytes, "1");
  EXPECT_EQ(sim.store->revision(), 2U);
}

TEST_F(StoreTest, AWriteSeesWhatWasDecidedBeforeIt) {
  (void)sim.begin_put("pods", "a/x", "1");
  (void)sim.begin_put("pods", "a/x", "2");
  EXPECT_EQ(sim.store->decided("pods", key_of("a/x"))->bytes, "2");
  (void)sim.begin_remove("pods", "a/x");
  EXPECT_EQ(sim.store->decided("pods", key_of("a/x")), nullptr);
  (void)sim.begin_put("pods", "a/x", "3");
  loop.run_for(seconds(1));
  EXPECT_THAT(texts_of(sim.store->list("pods", "")), ElementsAre("a/x=3"));
  EXPECT_EQ(sim.store->find("pods", key_of("a/x"))->create_revision, 5U);
}

TEST_F(StoreTest, WhatIsDecidedWhileTheDiskWorksGoesIntoOneCommit) {
  sim.disk->latency = milliseconds(10);
  (void)sim.begin_put("pods", "a/first", "1");
  loop.settle();
  for (int i = 0; i < 100; ++i) (void)sim.begin_put("pods", fmt::format("a/{}", i), "1");
  loop.run_for(seconds(1));
  EXPECT_EQ(sim.store->count("pods"), 101U);
  EXPECT_EQ(sim.disk->appends, 2U);
}

TEST_F(StoreTest, ARefusedCommitFailsAllThatWasDecidedOnIt) {
  sim.put("pods", "a/x", "kept");
  sim.disk->full = true;
  const auto first = sim.begin_put("pods", "a/x", "lost");
  loop.settle();
  const auto second = sim.begin_put("pods", "a/x", "lost too");
  const auto third = sim.begin_put("nodes", "n", "lost as well");
  loop.run_for(seconds(1));

  for (const auto& pending : {first, second, third}) {
    ASSERT_FALSE(pending->ok());
    EXPECT_EQ(pending->outcome->error().kind, Error::Kind::kUnavailable);
    EXPECT_THAT(pending->outcome->error().message, HasSubstr("full"));
  }
  EXPECT_TRUE(sim.store->disk_full());
  EXPECT_EQ(sim.store->decided("pods", key_of("a/x"))->bytes, "kept");
  EXPECT_EQ(sim.store->find("pods", key_of("a/x"))->bytes, "kept");
  EXPECT_EQ(sim.store->decided("nodes", key_of("n")), nullptr);
  EXPECT_EQ(sim.store->next_revision(), 3U);
}

TEST_F(StoreTest, WritesGoOnWhenThereIsRoomAgain) {
  sim.disk->full = true;
  (void)sim.begin_put("pods", "a/x", "1");
  loop.run_for(seconds(1));
  sim.disk->full = false;
  sim.put("pods", "a/x", "2");
  EXPECT_FALSE(sim.store->disk_full());
  EXPECT_EQ(sim.store->find("pods", key_of("a/x"))->revision, 2U);
}

TEST_F(StoreTest, ABrokenDiskIsNotAFullOne) {
  sim.disk->broken = Error{Error::Kind::kUnavailable, "input/output error"};
  const auto pending = sim.begin_put("pods", "a/x", "1");
  loop.run_for(seconds(1));
  ASSERT_FALSE(pending->ok());
  EXPECT_THAT(pending->outcome->error().message, HasSubstr("input/output"));
  EXPECT_FALSE(sim.store->disk_full());
}

TEST_F(StoreTest, RefusesWhatTheDiskCannotFollow) {
  sim.limits.waiting_writes_max = 2;
  sim.restart();
  (void)sim.begin_put("pods", "a/x", "1");
  (void)sim.begin_put("pods", "a/y", "1");
  const auto third = sim.begin_put("pods", "a/z", "1");
  EXPECT_EQ(sim.store->decided("pods", key_of("a/z")), nullptr);
  loop.run_for(seconds(1));
  ASSERT_FALSE(third->ok());
  EXPECT_EQ(third->outcome->error().kind, Error::Kind::kRateLimited);
  sim.put("pods", "a/z", "1");
}

TEST_F(StoreTest, ListsByNamespaceInOrder) {
  for (const std::string_view key : {"b/1", "a/2", "ab/0", "a/1", "a-b/3"})
    sim.put("pods", key, "");
  EXPECT_THAT(texts_of(sim.store->list("pods", "")),
              ElementsAre("a/1=", "a/2=", "a-b/3=", "ab/0=", "b/1="));
  EXPECT_THAT(texts_of(sim.store->list("pods", "a")), ElementsAre("a/1=", "a/2="));
  EXPECT_THAT(sim.store->list("pods", "zzz"), IsEmpty());
  EXPECT_THAT(sim.store->list("nodes", ""), IsEmpty());
}

TEST_F(StoreTest, ListsThePast) {
  sim.put("pods", "a/x", "1");  // 2
  sim.put("pods", "a/z", "1");  // 3
  sim.put("pods", "a/x", "2");  // 4
  sim.put("nodes", "n", "1");   // 5
  sim.remove("pods", "a/z");    // 6
  sim.put("pods", "b/y", "1");  // 7
  sim.remove("pods", "a/x");    // 8
  sim.put("pods", "a/x", "3");  // 9

  const struct {
    Revision revision;
    std::vector<std::string> all;
  } rows[] = {
      {1, {}},
      {2, {"a/x=1"}},
      {3, {"a/x=1", "a/z=1"}},
      {4, {"a/x=2", "a/z=1"}},
      {5, {"a/x=2", "a/z=1"}},
      {6, {"a/x=2"}},
      {7, {"a/x=2", "b/y=1"}},
      {8, {"b/y=1"}},
      {9, {"a/x=3", "b/y=1"}},
  };

  for (const auto& row : rows) {
    SCOPED_TRACE(row.revision);
    EXPECT_EQ(texts_of(*sim.store->list_at("pods", "", row.revision)), row.all);
  }
  EXPECT_THAT(texts_of(*sim.store->list_at("pods", "b", 9)), ElementsAre("b/y=1"));
  EXPECT_EQ(sim.store->list_at("pods", "", 10).error().kind, Error::Kind::kServerTimeout);
}

TEST_F(StoreTest, ReachedWaitsForARevision) {
  auto waits = [this](Revision revision) {
    return loop.await(sim.store->reached(revision, seconds(3)));
  };
  EXPECT_TRUE(waits(1));
  (void)sim.begin_put("pods", "a/x", "1");
  EXPECT_TRUE(waits(2));
  const SteadyTime before = loop.now();
  EXPECT_EQ(waits(3).error().kind, Error::Kind::kServerTimeout);
  EXPECT_EQ(loop.now() - before, seconds(3));
}

TEST_F(StoreTest, AKillLosesOnlyWhatWasNotAcknowledged) {
  for (const bool kept : {false, true}) {
    SCOPED_TRACE(kept);
    sim.disk = std::make_shared<testing::SimDisk>();
    sim.disk->keeps_unacknowledged = kept;
    sim.restart();
    sim.put("pods", "a/x", "1");
    (void)sim.begin_put("pods", "a/x", "2");
    loop.settle();
    sim.restart();
    EXPECT_EQ(sim.store->find("pods", key_of("a/x"))->bytes, kept ? "2" : "1");
    EXPECT_EQ(sim.store->revision(), kept ? 3U : 2U);
  }
}

TEST_F(StoreTest, AWatchResumesAfterARestart) {
  sim.put("pods", "a/x", "1");
  sim.put("pods", "a/x", "2");
  sim.remove("pods", "a/x");
  sim.restart();
  sim.put("pods", "a/x", "3");
  const auto cursor = sim.watch("pods", "", 2);
  EXPECT_THAT(sim.next(*cursor),
              ElementsAre("3 MODIFIED a/x 2 (was 1)", "4 DELETED a/x 2 (was 2)", "5 ADDED a/x 3"));
}

TEST_F(StoreTest, CloseWaitsForWhatWasDecidedAndRefusesMore) {
  const auto before = sim.begin_put("pods", "a/x", "1");
  loop.await(sim.store->close());
  const auto after = sim.begin_put("pods", "a/y", "1");
  loop.settle();
  EXPECT_TRUE(before->ok());
  ASSERT_FALSE(after->ok());
  EXPECT_EQ(after->outcome->error().kind, Error::Kind::kUnavailable);
}

TEST_F(StoreTest, AWriterThatWaitsHearsOfTheEnd) {
  const auto pending = sim.begin_put("pods", "a/x", "1");
  loop.step();
  sim.store.reset();
  loop.settle();
  ASSERT_FALSE(pending->waits());
  EXPECT_EQ(pending->outcome->error().kind, Error::Kind::kCancelled);
}

TEST(MemoryStore, NeedsNoDisk) {
  SimLoop loop;
  const auto store = make_memory_store(loop.executor(), loop);
  Write write{.collection = "pods"};
  write.object.key = key_of("a/x");
  write.object.revision = store->next_revision();
  const auto object = loop.await(store->commit(std::move(write)));
  ASSERT_TRUE(object);
  EXPECT_EQ(store->find("pods", key_of("a/x")), *object);
}

// Compaction: what a small history leaves on the disk.

TEST(StoreCompaction, TheDiskKeepsWhatCountsAndNoMore) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_changes_max = 3});
  for (int i = 0; i < 50; ++i) sim.put("pods", "a/x", fmt::format("{}", i));
  sim.put("pods", "a/gone", "1");
  sim.remove("pods", "a/gone");
  for (int i = 0; i < 5; ++i) sim.put("pods", "a/y", fmt::format("{}", i));
  // x, four states of y (three changes and what the first replaced); the last trim comes with the
  // next write.
  EXPECT_LE(sim.disk->entries.size(), 1U + 4U + 2U);
  sim.restart();
  EXPECT_THAT(texts_of(sim.store->list("pods", "")), ElementsAre("a/x=49", "a/y=4"));
  EXPECT_EQ(sim.store->find("pods", key_of("a/y"))->create_revision, 54U);
}

TEST(StoreCompaction, ADeletedObjectStaysDeletedWhereverTheKillComes) {
  for (int writes = 0; writes < 12; ++writes) {
    SCOPED_TRACE(writes);
    SimLoop loop;
    SimStore sim(loop, StoreLimits{.history_changes_max = 2});
    sim.put("pods", "a/x", "1");
    sim.put("pods", "a/x", "2");
    sim.remove("pods", "a/x");
    for (int i = 0; i < writes; ++i) sim.put("pods", "a/y", "1");
    sim.restart();
    EXPECT_EQ(sim.store->find("pods", key_of("a/x")), nullptr);
    EXPECT_EQ(sim.store->revision(), 4U + static_cast<Revision>(writes));
  }
}

TEST(StoreCompaction, ARevisionIsNeverUsedTwiceEvenWhenNothingIsLeft) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_age_max = seconds(10)});
  sim.put("pods", "a/x", "1");
  sim.remove("pods", "a/x");
  loop.run_for(seconds(60));
  sim.put("pods", "a/y", "1");
  sim.remove("pods", "a/y");
  loop.run_for(seconds(60));
  sim.restart();
  EXPECT_EQ(sim.store->next_revision(), 6U);
}

TEST(StoreCompaction, ARefusedCommitForgetsNoObsoleteState) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_changes_max = 1});
  for (int i = 0; i < 5; ++i) sim.put("pods", "a/x", "1");
  sim.disk->full = true;
  (void)sim.begin_put("pods", "a/x", "1");
  loop.run_for(seconds(1));
  sim.disk->full = false;
  for (int i = 0; i < 3; ++i) sim.put("pods", "a/x", "1");
  EXPECT_LE(sim.disk->entries.size(), 3U);
}

TEST(StoreCompaction, HistoryIsBoundedByAge) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_age_max = seconds(100)});
  sim.put("pods", "a/x", "1");
  loop.run_for(seconds(101));
  sim.put("pods", "a/x", "2");
  EXPECT_EQ(sim.store->watch("pods", "", 1).error().kind, Error::Kind::kGone);
  EXPECT_TRUE(sim.store->watch("pods", "", 2));
}

TEST(StoreCompaction, HistoryIsBoundedByBytes) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_bytes_max = 2'500});
  for (int i = 0; i < 10; ++i) sim.put("pods", "a/x", std::string(1'000, 'x'));
  EXPECT_EQ(sim.store->list_at("pods", "", 8).error().kind, Error::Kind::kGone);
  EXPECT_TRUE(sim.store->list_at("pods", "", 9));
  EXPECT_TRUE(sim.store->list_at("pods", "", 11));
}

}  // namespace
}  // namespace dynamod::apiserver
