// What durability costs beyond SQLite: 16 writers that each wait for their commit, through the
// store of the API server, beside SQLite alone that is given the same rows in groups of 16. Both in
// turns on the same disk; prints the medians and their ratio.
//   store_bench [FOLDER] [OBJECTS] [ROUNDS]
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apiserver/store/sqlite.h"
#include "apiserver/store/sqlite_journal.h"
#include "base/task_group.h"
#include "testing/real_loop.h"

namespace dynamod {
namespace {

namespace fs = std::filesystem;
using namespace apiserver;

constexpr int kWriters = 16;
constexpr std::size_t kObjectBytes = 1'024;

// Number `i` as the API server would store it.
StoredObject object_number(int i, Revision revision) {
  StoredObject object;
  object.key = {"default", fmt::format("object-{}", i)};
  object.revision = revision;
  object.uid = fmt::format("00000000-0000-4000-8000-{:012}", i);
  object.bytes = fmt::format(R"({{"metadata":{{"name":"object-{}"}},"data":")", i);
  object.bytes.append(kObjectBytes - object.bytes.size() - 2, 'x').append("\"}");
  return object;
}

double seconds_since(SteadyTime begin, const Clock& clock) {
  return std::chrono::duration<double>(clock.now() - begin).count();
}

template <class T, class E>
T must(std::expected<T, E> result, std::string_view what) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return *std::move(result);
    }
  }
  std::cerr << what << " failed\n";
  std::exit(1);
}

Async<> write_one_by_one(Store* store, int* next, int count) {
  while (*next < count) {
    Write write{.collection = "configmaps"};
    write.object = object_number((*next)++, store->next_revision());
    CO_TRY(const ObjectPtr object, co_await store->commit(std::move(write)));
    DYN_ASSERT(object->revision <= store->revision());
  }
  co_return Result<>();
}

// Objects per second.
double through_the_store(const fs::path& folder, int count) {
  testing::RealLoop loop;
  const auto offload = make_thread_offload(loop.executor(), 1);
  auto journal =
      make_sqlite_journal(loop.clock(), *offload, {.path = (folder / "store.db").string()});
  auto store = must(loop.await(open_store(loop.executor(), loop.clock(), std::move(journal))),
                    "opening a store");
  TaskGroup writers(loop.executor(), [](const std::string&, const Error& error) {
    std::cerr << error.message << "\n";
    std::exit(1);
  });
  int next = 0;
  const SteadyTime begin = loop.clock().now();
  for (int i = 0; i < kWriters; ++i)
    writers.spawn("writer", write_one_by_one(store.get(), &next, count));
  loop.await(writers.wait_idle());
  const double took = seconds_since(begin, loop.clock());
  DYN_ASSERT(store->count("configmaps") == static_cast<std::size_t>(count));
  loop.await(store->close());
  return count / took;
}

constexpr auto kTable = R"(
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA synchronous = FULL;
  PRAGMA journal_mode = WAL;
  PRAGMA wal_autocheckpoint = 1000;
  CREATE TABLE change (
    revision INTEGER PRIMARY KEY, collection TEXT NOT NULL, namespace TEXT NOT NULL,
    name TEXT NOT NULL, removed INTEGER NOT NULL, create_revision INTEGER NOT NULL,
    uid TEXT NOT NULL, decided_at INTEGER NOT NULL, labels TEXT, fields TEXT, object BLOB NOT NULL
  ) STRICT;
)";

double through_sqlite_alone(const fs::path& folder, int count) {
  testing::RealLoop loop;  // for its clock
  const std::string path = (folder / "alone.db").string();
  std::ofstream(path).close();
  auto database = must(Sqlite::open(path), "opening a database");
  must(database.execute(kTable), "making the table");
  auto insert =
      must(database.prepare("INSERT INTO change VALUES (?,?,?,?,?,?,?,?,?,?,?)"), "insert");
  auto begin_group = must(database.prepare("BEGIN IMMEDIATE"), "begin");
  auto commit = must(database.prepare("COMMIT"), "commit");
  const SteadyTime begin = loop.clock().now();
  for (int i = 0; i < count; ++i) {
    if (i % kWriters == 0) must(begin_group.run(), "begin");
    const StoredObject object = object_number(i, static_cast<Revision>(i) + 2);
    const auto revision = static_cast<std::int64_t>(object.revision);
    insert.bind(1, revision);
    insert.bind_text(2, "configmaps");
    insert.bind_text(3, object.key.ns);
    insert.bind_text(4, object.key.name);
    insert.bind(5, 0);
    insert.bind(6, revision);
    insert.bind_text(7, object.uid);
    insert.bind(8, 1'767'322'800'000 + i);
    insert.bind_null(9);
    insert.bind_null(10);
    insert.bind_blob(11, object.bytes);
    must(insert.run(), "insert");
    if (i % kWriters == kWriters - 1 || i + 1 == count) must(commit.run(), "commit");
  }
  return count / seconds_since(begin, loop.clock());
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(const fs::path& folder, int count, int rounds) {
  std::vector<double> store;
  std::vector<double> alone;
  for (int round = 0; round < rounds; ++round) {
    const fs::path place = folder / fmt::format("store_bench.{}", round);
    fs::create_directories(place);
    store.push_back(through_the_store(place, count));
    alone.push_back(through_sqlite_alone(place, count));
    fs::remove_all(place);
    std::cout << fmt::format("round {}: store {:.0f}/s, SQLite alone {:.0f}/s\n", round + 1,
                             store.back(), alone.back());
  }
  std::cout << fmt::format(
      "{} writers, {} objects of {} bytes, median of {}: store {:.0f}/s, SQLite alone in groups of "
      "{} {:.0f}/s: {:.0f} %\n",
      kWriters, count, kObjectBytes, rounds, median(store), kWriters, median(alone),
      100 * median(store) / median(alone));
  return 0;
}

}  // namespace
}  // namespace dynamod

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  return dynamod::run(folder, argc > 2 ? std::atoi(argv[2]) : 20'000,
                      argc > 3 ? std::atoi(argv[3]) : 5);
}
