// What the tests of the store share: objects from short texts, and a store on a simulated disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apiserver/store/store.h"
#include "base/task_group.h"
#include "testing/sim_journal.h"

namespace dynamod::apiserver {

inline kube::ObjectKey key_of(std::string_view text) {
  return *kube::parse_object_key(text);
}

// One line for a change: "3 MODIFIED a/x new (was old)".
inline std::string text_of(const Change& change) {
  static constexpr std::string_view kWords[] = {"ADDED", "MODIFIED", "DELETED"};
  std::string line =
      fmt::format("{} {} {} {}", change.revision, kWords[static_cast<int>(change.type)],
                  change.object->key.text(), change.object->bytes);
  if (change.previous) line += fmt::format(" (was {})", change.previous->bytes);
  return line;
}

inline std::vector<std::string> texts_of(const std::vector<Change>& changes) {
  std::vector<std::string> lines;
  for (const Change& change : changes) lines.push_back(text_of(change));
  return lines;
}

// "a/x=1": the key and the bytes.
inline std::vector<std::string> texts_of(const std::vector<ObjectPtr>& objects) {
  std::vector<std::string> lines;
  for (const ObjectPtr& object : objects)
    lines.push_back(fmt::format("{}={}", object->key.text(), object->bytes));
  return lines;
}

// What a caller of commit() will hear.
struct Pending {
  std::optional<Result<ObjectPtr>> outcome = {};

  [[nodiscard]] bool waits() const { return !outcome; }

  [[nodiscard]] bool ok() const { return outcome && outcome->has_value(); }
};

struct SimStore {
  explicit SimStore(testing::SimLoop& loop_, StoreLimits limits_ = {})
      : loop(loop_), limits(limits_) {
    open();
  }

  ~SimStore() { kill(); }

  SimStore(const SimStore&) = delete;
  SimStore& operator=(const SimStore&) = delete;

  void open() {
    tasks.emplace(loop.executor());
    auto opened = loop.await(
        open_store(loop.executor(), loop, testing::make_sim_journal(loop, disk), limits));
    store = *std::move(opened);
  }

  // The process dies: what it did not acknowledge may be gone.
  void kill() {
    store.reset();
    loop.await(tasks->stop());
  }

  void restart() {
    kill();
    open();
  }

  static Async<> follow(Async<ObjectPtr> commit, std::shared_ptr<Pending> pending) {
    pending->outcome = co_await std::move(commit);
    co_return Result<>();
  }

  std::shared_ptr<Pending> commit(Write write) {
    auto pending = std::make_shared<Pending>();
    tasks->spawn("commit", follow(store->commit(std::move(write)), pending));
    return pending;
  }

  // Decides; the disk has yet to answer.
  std::shared_ptr<Pending> begin_put(const Collection& collection, std::string_view key,
                                     std::string bytes) {
    Write write{.collection = collection};
    write.object.key = key_of(key);
    write.object.revision = store->next_revision();
    write.object.uid = fmt::format("uid-{}", key);
    write.object.bytes = std::move(bytes);
    return commit(std::move(write));
  }

  std::shared_ptr<Pending> begin_remove(const Collection& collection, std::string_view key) {
    Write write{.collection = collection, .object = *store->decided(collection, key_of(key))};
    write.object.revision = store->next_revision();
    write.remove = true;
    return commit(std::move(write));
  }

  // Durable when it returns.
  void put(const Collection& collection, std::string_view key, std::string bytes) {
    const auto pending = begin_put(collection, key, std::move(bytes));
    DYN_ASSERT(loop.run_until([&] { return !pending->waits(); }) && pending->ok());
  }

  void remove(const Collection& collection, std::string_view key) {
    const auto pending = begin_remove(collection, key);
    DYN_ASSERT(loop.run_until([&] { return !pending->waits(); }) && pending->ok());
  }

  std::unique_ptr<WatchCursor> watch(const Collection& collection, std::string_view ns,
                                     Revision from) {
    return *store->watch(collection, ns, from);
  }

  std::vector<std::string> next(WatchCursor& cursor, Duration limit = Duration::zero()) {
    return texts_of(*loop.await(cursor.next(limit)));
  }

  testing::SimLoop& loop;
  StoreLimits limits;
  std::shared_ptr<testing::SimDisk> disk = std::make_shared<testing::SimDisk>();
  std::unique_ptr<Store> store;
  std::optional<TaskGroup> tasks;  // one for each run: a stopped group takes no more
};

}  // namespace dynamod::apiserver
