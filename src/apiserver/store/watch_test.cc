// Watches: one by one, and as a property under random writes, failures, kills and slow readers.
#include <algorithm>
#include <map>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "apiserver/store/store_fixture.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SimLoop;

class WatchTest : public ::testing::Test {
 protected:
  SimLoop loop;
  SimStore sim{loop};
};

TEST_F(WatchTest, GivesWhatHappensWhenItHappens) {
  const auto cursor = sim.watch("pods", "", 1);
  (void)sim.begin_put("pods", "a/x", "1");
  EXPECT_THAT(sim.next(*cursor, seconds(10)), ElementsAre("2 ADDED a/x 1"));
  EXPECT_LT(loop.now().time_since_epoch(), seconds(1));
}

TEST_F(WatchTest, GivesNothingWhenTheLimitPasses) {
  const auto cursor = sim.watch("pods", "", 1);
  const SteadyTime before = loop.now();
  EXPECT_THAT(sim.next(*cursor, seconds(10)), IsEmpty());
  EXPECT_EQ(loop.now() - before, seconds(10));
}

TEST_F(WatchTest, SeesOneNamespace) {
  const auto cursor = sim.watch("pods", "b", 1);
  sim.put("pods", "a/x", "1");
  EXPECT_THAT(sim.next(*cursor, seconds(1)), IsEmpty());
  sim.put("pods", "b/x", "1");
  EXPECT_THAT(sim.next(*cursor), ElementsAre("3 ADDED b/x 1"));
}

TEST_F(WatchTest, SeesNothingBeforeItIsDurable) {
  const auto cursor = sim.watch("pods", "", 1);
  sim.disk->full = true;
  (void)sim.begin_put("pods", "a/x", "never");
  EXPECT_THAT(sim.next(*cursor, seconds(1)), IsEmpty());
  sim.disk->full = false;
  sim.put("pods", "a/x", "real");
  EXPECT_THAT(sim.next(*cursor), ElementsAre("2 ADDED a/x real"));
}

TEST_F(WatchTest, ItsPositionGrowsWithOtherCollections) {
  const auto cursor = sim.watch("pods", "", 1);
  sim.put("nodes", "n", "1");
  sim.put("nodes", "n", "2");
  EXPECT_EQ(cursor->position(), 3U);
  sim.put("pods", "a/x", "1");
  sim.put("nodes", "n", "3");
  EXPECT_EQ(cursor->position(), 1U) << "a bookmark must not run ahead of what was not given yet";
  (void)sim.next(*cursor);
  EXPECT_EQ(cursor->position(), 5U);
}

TEST_F(WatchTest, CannotStartInTheFuture) {
  EXPECT_EQ(sim.store->watch("pods", "", 2).error().kind, Error::Kind::kServerTimeout);
}

TEST_F(WatchTest, GivesLargeBacklogsInParts) {
  for (int i = 0; i < 600; ++i) (void)sim.begin_put("pods", fmt::format("a/{}", i), "1");
  loop.run_for(seconds(1));
  const auto cursor = sim.watch("pods", "", 1);
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 4; ++i) sizes.push_back(sim.next(*cursor).size());
  EXPECT_THAT(sizes, ElementsAre(256U, 256U, 88U, 0U));
}

TEST_F(WatchTest, CanBeCancelled) {
  auto cursor = sim.watch("pods", "", 1);
  auto waits = [](WatchCursor* watched) -> Async<> {
    (void)co_await watched->next(seconds(1'000));
    co_return Result<>();
  };
  TaskGroup tasks(loop.executor());
  tasks.spawn("watch", waits(cursor.get()));
  loop.run_for(seconds(1));
  loop.await(tasks.stop());
  EXPECT_LT(loop.now().time_since_epoch(), seconds(2));
  cursor.reset();
  sim.put("pods", "a/x", "1");
}

TEST(SlowWatch, IsToldThatItFellBehind) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_changes_max = 5});
  const auto cursor = sim.watch("pods", "", 1);
  for (int i = 0; i < 10; ++i) sim.put("pods", "a/x", "1");
  EXPECT_EQ(loop.await(cursor->next(Duration::zero())).error().kind, Error::Kind::kGone);
}

TEST(SlowWatch, OfAQuietCollectionKeepsItsPlace) {
  SimLoop loop;
  SimStore sim(loop, StoreLimits{.history_changes_max = 5});
  const auto cursor = sim.watch("nodes", "", 1);
  for (int i = 0; i < 10; ++i) sim.put("pods", "a/x", "1");
  sim.put("nodes", "n", "1");
  EXPECT_THAT(sim.next(*cursor), ElementsAre("12 ADDED n 1"));
}

// --- the property -------------------------------------------------------------------------------

// The truth, kept beside the store: every write that was acknowledged or seen, by revision.
class Truth {
 public:
  void note(Revision revision, const std::string& line) {
    const auto [place, is_new] = lines_.emplace(revision, line);
    RC_ASSERT(is_new || place->second == line);
  }

  [[nodiscard]] std::optional<std::string> at(Revision revision) const {
    const auto place = lines_.find(revision);
    return place == lines_.end() ? std::nullopt : std::optional(place->second);
  }

  // No gap: every acknowledged change of `prefix` in (from, to] is among `given`.
  void check_complete(std::string_view prefix, Revision from, Revision to,
                      const std::vector<Revision>& given) const {
    for (auto place = lines_.upper_bound(from); place != lines_.end() && place->first <= to;
         ++place) {
      if (!place->second.starts_with(prefix)) continue;
      RC_ASSERT(std::ranges::binary_search(given, place->first));
    }
  }

 private:
  std::map<Revision, std::string> lines_;
};

struct Reader {
  Collection collection;
  std::string ns;
  std::unique_ptr<WatchCursor> cursor = {};
  Revision from = 1;
  std::vector<Revision> given = {};

  [[nodiscard]] std::string prefix() const {
    return ns.empty() ? collection + " " : fmt::format("{} {}/", collection, ns);
  }
};

class Workload {
 public:
  explicit Workload(std::uint64_t seed)
      : loop_(seed), sim_(loop_, StoreLimits{.history_changes_max = 20}) {
    for (const std::string_view collection : {"pods", "nodes"})
      for (const std::string_view ns : {"", "a", "b"})
        readers_.push_back(Reader{std::string(collection), std::string(ns)});
    for (Reader& reader : readers_) start(reader, 1);
  }

  void step(unsigned choice) {
    switch (choice % 16) {
      case 0:
        return restart(choice % 32 < 16);
      case 1:
        sim_.disk->full = !sim_.disk->full;
        return;
      case 2:
      case 3:
        return loop_.run_for(milliseconds(choice % 7));
      case 4:
      case 5:
      case 6:
        return read(readers_[choice / 16 % readers_.size()]);
      case 7:
      case 8:
        return write(choice, true);
      default:
        return write(choice, false);
    }
  }

  void finish() {
    sim_.disk->full = false;
    loop_.run_for(seconds(1));
    note_outcomes();
    for (Reader& reader : readers_) {
      while (true) {
        const std::size_t before = reader.given.size();
        read(reader);
        if (reader.given.size() == before) break;
      }
      RC_ASSERT(reader.cursor->position() == sim_.store->revision());
    }
  }

 private:
  struct Outcome {
    std::shared_ptr<Pending> pending;
    Collection collection;
    bool removed = false;
  };

  static std::string line_of(const Collection& collection, const StoredObject& object,
                             bool removed) {
    return fmt::format("{} {}={}{}", collection, object.key.text(), object.bytes,
                       removed ? " removed" : "");
  }

  void write(unsigned choice, bool remove) {
    const Collection collection = choice / 16 % 2 ? "pods" : "nodes";
    const std::string key = fmt::format("{}/{}", choice / 32 % 2 ? "a" : "b", choice / 64 % 3);
    if (remove && !sim_.store->decided(collection, key_of(key))) return;
    auto pending = remove ? sim_.begin_remove(collection, key)
                          : sim_.begin_put(collection, key, fmt::format("{}", ++counter_));
    outcomes_.push_back(Outcome{std::move(pending), collection, remove});
  }

  // Acknowledged writes are true for ever.
  void note_outcomes() {
    for (const Outcome& outcome : outcomes_) {
      if (!outcome.pending->ok()) continue;
      const ObjectPtr& object = **outcome.pending->outcome;
      truth_.note(object->revision, line_of(outcome.collection, *object, outcome.removed));
    }
    std::erase_if(outcomes_, [](const Outcome& outcome) { return !outcome.pending->waits(); });
  }

  void start(Reader& reader, Revision from) {
    auto cursor = sim_.store->watch(reader.collection, reader.ns, from);
    if (!cursor) {
      RC_ASSERT(cursor.error().kind == Error::Kind::kGone);
      from = sim_.store->revision();
      cursor = sim_.store->watch(reader.collection, reader.ns, from);
    }
    reader.cursor = *std::move(cursor);
    reader.from = from;
    reader.given.clear();
  }

  void read(Reader& reader) {
    note_outcomes();
    const auto changes = loop_.await(reader.cursor->next(Duration::zero()));
    if (!changes) {
      RC_ASSERT(changes.error().kind == Error::Kind::kGone);
      return start(reader, sim_.store->revision());
    }
    for (const Change& change : *changes) {
      const Revision last = reader.given.empty() ? reader.from : reader.given.back();
      RC_ASSERT(change.revision > last);
      RC_ASSERT(change.revision == change.object->revision);
      const bool removed = change.type == Change::Type::kDeleted;
      RC_ASSERT(reader.ns.empty() || change.object->key.ns == reader.ns);
      RC_ASSERT((change.type == Change::Type::kAdded) == (change.previous == nullptr));
      truth_.note(change.revision, line_of(reader.collection, *change.object, removed));
      reader.given.push_back(change.revision);
    }
    const Revision to = reader.cursor->position();
    truth_.check_complete(reader.prefix(), reader.from, to, reader.given);
  }

  void restart(bool keep) {
    note_outcomes();
    const Revision before = sim_.store->revision();
    std::vector<Revision> positions;
    for (Reader& reader : readers_) {
      positions.push_back(reader.given.empty() ? reader.from : reader.given.back());
      reader.cursor.reset();
    }
    sim_.disk->keeps_unacknowledged = keep;
    sim_.restart();
    RC_ASSERT(sim_.store->revision() >= before);
    outcomes_.clear();
    for (std::size_t i = 0; i < readers_.size(); ++i) start(readers_[i], positions[i]);
  }

  SimLoop loop_;
  SimStore sim_;
  std::vector<Reader> readers_;
  std::vector<Outcome> outcomes_;
  Truth truth_;
  std::uint64_t counter_ = 0;
};

RC_GTEST_PROP(WatchProperty, NoGapNoRepetitionInOrder,
              (std::uint64_t seed, const std::vector<std::uint16_t>& choices)) {
  Workload workload(seed);
  for (int round = 0; round < 5; ++round)
    for (const std::uint16_t choice : choices) workload.step(choice);
  workload.finish();
}

}  // namespace
}  // namespace dynamod::apiserver
