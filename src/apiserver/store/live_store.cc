// Reading the objects, and restoring them from the journal. Writing: live_store_writer.cc.
#include "apiserver/store/live_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apiserver/store/live_cursor.h"

namespace dynamod::apiserver {

namespace {

// The objects of one namespace ("": all) in the sorted map.
template <class Objects>
auto range_of(const Objects& objects, std::string_view ns) {
  if (ns.empty()) return std::pair(objects.begin(), objects.end());
  const auto first = objects.lower_bound(kube::ObjectKey{std::string(ns), ""});
  auto last = objects.end();
  // "x" and everything below it sort before "x\0".
  std::string past(ns);
  past.push_back('\0');
  if (first != objects.end()) last = objects.lower_bound(kube::ObjectKey{std::move(past), ""});
  return std::pair(first, last);
}

std::unexpected<Error> gone(Revision revision, const Collection& collection) {
  return fail(Error::Kind::kGone,
              fmt::format("revision {} of {} is no longer in the history", revision, collection));
}

std::unexpected<Error> ahead(Revision revision, Revision current) {
  return fail(Error::Kind::kServerTimeout,
              fmt::format("Too large resource version: {}, current: {}", revision, current));
}

// `current`, sorted, with the states of `past` put back; null means it was not there.
std::vector<ObjectPtr> with_past(std::vector<ObjectPtr> current,
                                 std::map<kube::ObjectKey, ObjectPtr> past) {
  std::vector<ObjectPtr> result;
  result.reserve(current.size() + past.size());
  auto before = past.begin();
  auto put = [&result](ObjectPtr object) {
    if (object) result.push_back(std::move(object));
  };
  for (ObjectPtr& object : current) {
    while (before != past.end() && before->first < object->key) put((before++)->second);
    const bool changed = before != past.end() && before->first == object->key;
    put(changed ? (before++)->second : std::move(object));
  }
  for (; before != past.end(); ++before) put(before->second);
  return result;
}

}  // namespace

LiveStore::LiveStore(Executor executor, Clock& clock, std::unique_ptr<Journal> journal,
                     StoreLimits limits)
    : executor_(std::move(executor)),
      clock_(clock),
      limits_(limits),
      history_(durable_),
      journal_(std::move(journal)) {}

const LiveStore::Shelf* LiveStore::shelf_of(const Collection& collection) const {
  const auto place = shelves_.find(collection);
  return place == shelves_.end() ? nullptr : &place->second;
}

ObjectPtr LiveStore::find(const Collection& collection, const kube::ObjectKey& key) const {
  const Shelf* shelf = shelf_of(collection);
  if (!shelf) return nullptr;
  const auto place = shelf->objects.find(key);
  return place == shelf->objects.end() ? nullptr : place->second;
}

ObjectPtr LiveStore::decided(const Collection& collection, const kube::ObjectKey& key) const {
  const Shelf* shelf = shelf_of(collection);
  if (!shelf) return nullptr;
  const auto decision = shelf->decisions.find(key);
  if (decision != shelf->decisions.end()) return decision->second.object;
  const auto place = shelf->objects.find(key);
  return place == shelf->objects.end() ? nullptr : place->second;
}

std::vector<ObjectPtr> LiveStore::list(const Collection& collection, std::string_view ns) const {
  std::vector<ObjectPtr> result;
  const Shelf* shelf = shelf_of(collection);
  if (!shelf) return result;
  const auto [first, last] = range_of(shelf->objects, ns);
  if (ns.empty()) result.reserve(shelf->objects.size());
  for (auto place = first; place != last; ++place) result.push_back(place->second);
  return result;
}

Result<std::vector<ObjectPtr>> LiveStore::list_at(const Collection& collection, std::string_view ns,
                                                  Revision revision) const {
  if (revision > durable_) return ahead(revision, durable_);
  if (!history_.reaches(collection, revision)) return gone(revision, collection);
  std::map<kube::ObjectKey, ObjectPtr> past;
  // The first change of a key after `revision` knows what it was then: later ones do not replace
  // it.
  for (Change& change : history_.after(collection, revision, history_.size())) {
    if (ns.empty() || change.object->key.ns == ns)
      past.try_emplace(change.object->key, std::move(change.previous));
  }
  return with_past(list(collection, ns), std::move(past));
}

std::size_t LiveStore::count(const Collection& collection) const {
  const Shelf* shelf = shelf_of(collection);
  return shelf ? shelf->objects.size() : 0;
}

Async<> LiveStore::reached(Revision revision, Duration limit) {
  if (durable_ >= revision) co_return Result<>();
  const auto wake = std::make_shared<Notifier>(executor_);
  const auto place = reached_waiters_.emplace(revision, wake.get());
  auto leave = [this, place](void*) { reached_waiters_.erase(place); };
  const std::unique_ptr<void, decltype(leave)> registered(this, leave);
  const SteadyTime deadline = clock_.now() + limit;
  const Alarm alarm(clock_, deadline, wake);
  while (durable_ < revision && clock_.now() < deadline) co_await wake->wait();
  if (durable_ < revision) co_return ahead(revision, durable_);
  co_return Result<>();
}

Result<std::unique_ptr<WatchCursor>> LiveStore::watch(const Collection& collection,
                                                      std::string_view ns, Revision from) {
  if (from > durable_) return ahead(from, durable_);
  if (!history_.reaches(collection, from)) return gone(from, collection);
  LiveCursor::Position position{collection, std::string(ns), from};
  return std::make_unique<LiveCursor>(executor_, *this, std::move(position));
}

void LiveStore::add_cursor(const Collection& collection, Notifier& wake) {
  shelves_[collection].cursors.insert(&wake);
}

void LiveStore::remove_cursor(const Collection& collection, Notifier& wake) {
  shelves_[collection].cursors.erase(&wake);
}

Async<std::unique_ptr<Store>> open_store(Executor executor, Clock& clock,
                                         std::unique_ptr<Journal> journal, StoreLimits limits) {
  CO_TRY(JournalContents contents, co_await journal->load());
  auto store = std::make_unique<LiveStore>(std::move(executor), clock, std::move(journal), limits);
  CO_CHECK(store->restore(std::move(contents)));
  co_return store;
}

std::unique_ptr<Store> make_memory_store(Executor executor, Clock& clock, StoreLimits limits) {
  auto journal = make_null_journal(executor);
  return std::make_unique<LiveStore>(std::move(executor), clock, std::move(journal), limits);
}

}  // namespace dynamod::apiserver
