// The store beside the simplest thing that could be right, a list of all writes: under random
// writes, failures of the disk, kills and compaction; and killed at every single step.
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "apiserver/store/store_fixture.h"

namespace dynamod::apiserver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::SimLoop;

constexpr std::size_t kHistory = 12;
constexpr std::string_view kCollections[] = {"pods", "nodes"};
constexpr std::string_view kKeys[] = {"a/x", "a/y", "ab/x", "b/x", "b/y"};

// What was decided, by revision; a prefix of it is durable.
class Model {
 public:
  struct Entry {
    std::string collection = {};
    std::string key = {};
    std::string bytes = {};
    bool removed = false;
  };

  using Objects = std::map<kube::ObjectKey, std::string>;

  void add(Revision revision, Entry entry) {
    RC_ASSERT(revision == last() + 1);
    entries_.push_back(std::move(entry));
  }

  [[nodiscard]] Revision last() const { return entries_.size() + 1; }

  // Later writes did not happen.
  void cut(Revision last) {
    RC_ASSERT(last >= 1 && last <= entries_.size() + 1);
    entries_.resize(last - 1);
  }

  [[nodiscard]] Objects at(std::string_view collection, Revision revision) const {
    Objects objects;
    for (Revision r = 2; r <= revision; ++r) {
      const Entry& entry = entries_[r - 2];
      if (entry.collection != collection) continue;
      objects.erase(key_of(entry.key));
      if (!entry.removed) objects[key_of(entry.key)] = entry.bytes;
    }
    return objects;
  }

 private:
  std::vector<Entry> entries_;  // the first is revision 2
};

Model::Objects objects_of(const std::vector<ObjectPtr>& list) {
  Model::Objects objects;
  for (const ObjectPtr& object : list) objects[object->key] = object->bytes;
  RC_ASSERT(objects.size() == list.size());
  return objects;
}

class Workload {
 public:
  explicit Workload(std::uint64_t seed)
      : loop_(seed), sim_(loop_, StoreLimits{.history_changes_max = kHistory}) {}

  void step(std::uint32_t choice) {
    const std::uint32_t what = choice % 16;
    const std::uint32_t detail = choice / 16;
    if (what == 0) {
      restart(detail % 2 == 0);
    } else if (what == 1) {
      sim_.disk->full = !sim_.disk->full;
    } else if (what <= 4) {
      loop_.run_for(milliseconds(detail % 7));
    } else {
      write(detail, what <= 6);
    }
    check(detail);
  }

  void finish() {
    sim_.disk->full = false;
    loop_.run_for(seconds(1));
    check(0);
    RC_ASSERT(sim_.store->revision() == model_.last());
    // Compaction keeps up: one more write takes along what the last ones made obsolete.
    write(0, false);
    loop_.run_for(seconds(1));
    write(0, false);
    loop_.run_for(seconds(1));
    std::size_t live = 0;
    for (const std::string_view collection : kCollections)
      live += sim_.store->count(std::string(collection));
    RC_ASSERT(sim_.disk->entries.size() <= live + 2 * kHistory + 4);
    restart(false);
    check(1);
  }

 private:
  void write(std::uint32_t detail, bool remove) {
    const std::string collection(kCollections[detail % 2]);
    const std::string key(kKeys[detail / 2 % std::size(kKeys)]);
    if (remove && !sim_.store->decided(collection, key_of(key))) return;
    const Revision revision = sim_.store->next_revision();
    model_.cut(revision - 1);
    std::string bytes = fmt::format("{}", ++counter_);
    model_.add(revision, {collection, key, bytes, remove});
    auto pending = remove ? sim_.begin_remove(collection, key)
                          : sim_.begin_put(collection, key, std::move(bytes));
    waiting_.push_back(std::move(pending));
  }

  void check(std::uint32_t detail) {
    note_acknowledged();
    const Revision durable = sim_.store->revision();
    const Revision decided = sim_.store->next_revision() - 1;
    RC_ASSERT(durable >= acknowledged_);
    RC_ASSERT(decided >= durable);
    model_.cut(decided);
    for (const std::string_view name : kCollections) {
      const Collection collection(name);
      const Model::Objects objects = model_.at(collection, durable);
      RC_ASSERT(objects_of(sim_.store->list(collection, "")) == objects);
      RC_ASSERT(sim_.store->count(collection) == objects.size());
      check_namespace(collection, objects);
      check_decided(collection, model_.at(collection, decided));
    }
    check_past(Collection(kCollections[detail % 2]), 1 + detail / 2 % durable);
  }

  void check_namespace(const Collection& collection, Model::Objects objects) {
    std::erase_if(objects, [](const auto& object) { return object.first.ns != "a"; });
    RC_ASSERT(objects_of(sim_.store->list(collection, "a")) == objects);
  }

  void check_decided(const Collection& collection, const Model::Objects& objects) {
    for (const std::string_view key : kKeys) {
      const ObjectPtr object = sim_.store->decided(collection, key_of(key));
      const auto expected = objects.find(key_of(key));
      RC_ASSERT((object != nullptr) == (expected != objects.end()));
      if (object) RC_ASSERT(object->bytes == expected->second);
    }
  }

  void check_past(const Collection& collection, Revision revision) {
    const auto list = sim_.store->list_at(collection, "", revision);
    if (list) {
      RC_ASSERT(objects_of(*list) == model_.at(collection, revision));
    } else {
      RC_ASSERT(list.error().kind == Error::Kind::kGone);
      RC_ASSERT(revision + kHistory < sim_.store->revision());
    }
  }

  void note_acknowledged() {
    for (const auto& pending : waiting_)
      if (pending->ok()) acknowledged_ = std::max(acknowledged_, (**pending->outcome)->revision);
    std::erase_if(waiting_, [](const auto& pending) { return !pending->waits(); });
  }

  void restart(bool keep) {
    note_acknowledged();
    sim_.disk->keeps_unacknowledged = keep;
    sim_.restart();
    waiting_.clear();
    RC_ASSERT(sim_.store->revision() >= acknowledged_);
    RC_ASSERT(sim_.store->revision() <= model_.last());
    model_.cut(sim_.store->revision());
  }

  SimLoop loop_;
  SimStore sim_;
  Model model_;
  std::vector<std::shared_ptr<Pending>> waiting_;
  Revision acknowledged_ = 1;
  std::uint64_t counter_ = 0;
};

RC_GTEST_PROP(StoreModel, BothHeadsAndThePastAreWhatWasWritten,
              (std::uint64_t seed, const std::vector<std::uint32_t>& choices)) {
  Workload workload(seed);
  for (int round = 0; round < 3; ++round)
    for (const std::uint32_t choice : choices) workload.step(choice);
  workload.finish();
}

// --- killed at every step ---

// Writers that each write one key, one value after the other.
struct Writers {
  static constexpr int kCount = 4;

  explicit Writers(SimStore& sim) : sim_(sim) { next_.resize(kCount); }

  void go_on() {
    for (int i = 0; i < kCount; ++i) {
      auto& [value, pending] = next_[static_cast<std::size_t>(i)];
      if (pending && pending->waits()) continue;
      if (pending && pending->ok()) ++value;
      pending = sim_.begin_put("pods", key(i), fmt::format("{}", value + 1));
    }
  }

  // The last acknowledged value is there, or the one that was under way.
  void check_after_kill() {
    for (int i = 0; i < kCount; ++i) {
      const auto& [value, pending] = next_[static_cast<std::size_t>(i)];
      const int least = value + (pending && pending->ok() ? 1 : 0);
      const ObjectPtr object = sim_.store->find("pods", key_of(key(i)));
      const int found = object ? std::stoi(object->bytes) : 0;
      EXPECT_GE(found, least) << key(i);
      EXPECT_LE(found, value + 1) << key(i);
    }
  }

 private:
  static std::string key(int number) { return fmt::format("a/{}", number); }

  SimStore& sim_;
  std::vector<std::pair<int, std::shared_ptr<Pending>>> next_;
};

TEST(StoreKill, AtAnyStepLosesNothingAcknowledged) {
  constexpr int kSteps = 150;
  std::set<Revision> ends;
  for (int steps = 0; steps < kSteps; ++steps) {
    for (const bool kept : {false, true}) {
      SCOPED_TRACE(fmt::format("{} steps, kept: {}", steps, kept));
      SimLoop loop(7);
      SimStore sim(loop, StoreLimits{.history_changes_max = 6});
      sim.disk->keeps_unacknowledged = kept;
      Writers writers(sim);
      writers.go_on();
      for (int i = 0; i < steps; ++i) {
        loop.step();
        writers.go_on();
      }
      const Revision before = sim.store->revision();
      sim.restart();
      writers.check_after_kill();
      EXPECT_GE(sim.store->revision(), before);
      ends.insert(sim.store->revision());
    }
  }
  EXPECT_GT(ends.size(), 10U) << "the kills came at different times";
}

}  // namespace
}  // namespace dynamod::apiserver
