// The writing half of LiveStore: decide, group, append, publish. One append runs at a time; what is
// decided meanwhile goes into the next one.
#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "apiserver/store/live_store.h"

namespace dynamod::apiserver {

namespace {

// One transaction stays short enough for everybody's latency, however much waits.
constexpr std::size_t kBatchWritesMax = 2'048;
constexpr std::size_t kBatchBytesMax = std::size_t{8} << 20;
// Compaction rides along: enough to keep up with any load (a write makes two states obsolete at
// most), and a backlog shrinks by this much with each batch.
constexpr std::size_t kCompactionStep = 256;
// What an object costs beside its bytes, roughly.
constexpr std::size_t kEntryOverhead = 256;

std::size_t cost_of(const StoredObject& object) {
  return object.bytes.size() + kEntryOverhead;
}

}  // namespace

LiveStore::~LiveStore() {
  *alive_ = false;
  journal_.reset();
  const Error error{Error::Kind::kCancelled, "the store was closed before the write was durable"};
  if (writing_) settle(*writing_, std::unexpected(error));
  for (const auto& batch : waiting_) settle(*batch, std::unexpected(error));
}

// Entries below the floor are states, not history: of those only the last of each key counts.
Result<> LiveStore::restore(JournalContents contents) {
  DYN_ASSERT(shelves_.empty() && decided_ == durable_);
  const Revision floor = std::max<Revision>(contents.floor, 1);
  durable_ = floor;
  history_ = History(floor);
  Revision last = 0;
  for (JournalEntry& entry : contents.entries) {
    const Revision revision = entry.object->revision;
    const bool in_order = revision > last && (revision <= floor || revision == durable_ + 1);
    if (!in_order) {
      return fail(Error::Kind::kInvalid,
                  fmt::format("the journal is damaged: revision {} follows {}", revision,
                              std::max(last, durable_)));
    }
    last = revision;
    if (revision > floor) {
      durable_ = revision;
      apply(entry);
      continue;
    }
    Objects& objects = shelves_[entry.collection].objects;
    ObjectPtr& place = objects[entry.object->key];
    if (place) obsolete_.push_back(place->revision);
    place = entry.object;
    if (!entry.removed) continue;
    obsolete_.push_back(revision);
    objects.erase(entry.object->key);
  }
  decided_ = durable_;
  history_.trim(limits_, clock_.wall(), obsolete_);
  return {};
}

// A plain function: the decision is made before anybody awaits.
Async<ObjectPtr> LiveStore::commit(Write write) {
  if (const Result<> admitted = admits(write); !admitted) return refused(admitted.error());
  const ObjectPtr object = decide(write);
  enqueue(JournalEntry{std::move(write.collection), object, write.remove, clock_.wall()});
  start_soon();
  return durable(waiting_.back(), object);
}

Result<> LiveStore::admits(const Write& write) const {
  if (closing_) return fail(Error::Kind::kUnavailable, "the server is shutting down");
  const bool room = waiting_writes_ < limits_.waiting_writes_max &&
                    waiting_bytes_ + cost_of(write.object) <= limits_.waiting_bytes_max;
  if (room) return {};
  Error error{Error::Kind::kRateLimited,
              fmt::format("{} writes wait for the disk: try again", waiting_writes_)};
  error.retry_after = std::chrono::seconds(1);
  return std::unexpected(std::move(error));
}

ObjectPtr LiveStore::decide(Write& write) {
  DYN_ASSERT(write.object.revision == next_revision());
  const ObjectPtr before = decided(write.collection, write.object.key);
  DYN_ASSERT((before || !write.remove) && "only what is there can be removed");
  const bool same = before && (before->uid == write.object.uid || write.remove);
  write.object.create_revision = same ? before->create_revision : write.object.revision;
  auto object = std::make_shared<const StoredObject>(std::move(write.object));
  decided_ = object->revision;
  Decision decision{object->revision, write.remove ? nullptr : object};
  shelves_[write.collection].decisions.insert_or_assign(object->key, std::move(decision));
  return object;
}

void LiveStore::enqueue(JournalEntry entry) {
  const bool full = waiting_.empty() || waiting_.back()->entries.size() >= kBatchWritesMax ||
                    waiting_.back()->bytes >= kBatchBytesMax;
  if (full) waiting_.push_back(std::make_shared<Batch>());
  const std::size_t cost = cost_of(*entry.object);
  waiting_.back()->bytes += cost;
  waiting_bytes_ += cost;
  ++waiting_writes_;
  waiting_.back()->entries.push_back(std::move(entry));
}

Async<ObjectPtr> LiveStore::durable(std::shared_ptr<Batch> batch, ObjectPtr object) {
  while (!batch->outcome) co_await batch->ended.wait();
  CO_CHECK(*batch->outcome);
  co_return object;
}

Async<ObjectPtr> LiveStore::refused(Error error) {
  co_return std::unexpected(std::move(error));
}

// In a turn of its own, so that everybody who is ready to write now shares the first commit.
void LiveStore::start_soon() {
  if (writing_ || start_posted_) return;
  start_posted_ = true;
  net::post(executor_, [this, alive = alive_] {
    if (!*alive) return;
    start_posted_ = false;
    append_next();
  });
}

void LiveStore::append_next() {
  if (writing_ || waiting_.empty()) return;
  writing_ = std::move(waiting_.front());
  waiting_.pop_front();
  const std::size_t step =
      std::min(obsolete_.size(), 2 * writing_->entries.size() + kCompactionStep);
  const auto last = obsolete_.begin() + static_cast<std::ptrdiff_t>(step);
  writing_->obsolete.assign(obsolete_.begin(), last);
  obsolete_.erase(obsolete_.begin(), last);
  JournalBatch batch{writing_->entries, history_.floor(), writing_->obsolete};
  journal_->append(std::move(batch),
                   [this](Result<> outcome) { ended(std::move(writing_), std::move(outcome)); });
}

void LiveStore::ended(std::shared_ptr<Batch> batch, Result<> outcome) {
  writing_.reset();
  waiting_writes_ -= batch->entries.size();
  waiting_bytes_ -= batch->bytes;
  if (outcome) {
    publish(*batch);
  } else {
    obsolete_.insert(obsolete_.begin(), batch->obsolete.begin(), batch->obsolete.end());
    drop_decisions(outcome.error());
  }
  settle(*batch, std::move(outcome));
  if (!waiting_.empty()) {
    start_soon();
  } else {
    idle_.notify_all();
  }
}

void LiveStore::publish(const Batch& batch) {
  for (const JournalEntry& entry : batch.entries) {
    durable_ = entry.object->revision;
    apply(entry);
    Shelf& shelf = shelves_[entry.collection];
    const auto decision = shelf.decisions.find(entry.object->key);
    if (decision->second.revision == durable_) shelf.decisions.erase(decision);
    for (Notifier* cursor : shelf.cursors) cursor->notify();
  }
  history_.trim(limits_, clock_.wall(), obsolete_);
  wake_reached();
}

// One durable change: the object, and the history of it.
void LiveStore::apply(const JournalEntry& entry) {
  using Type = Change::Type;
  Objects& objects = shelves_[entry.collection].objects;
  const auto place = objects.find(entry.object->key);
  const bool known = place != objects.end();
  Change change{known ? Type::kModified : Type::kAdded, entry.object->revision, entry.object,
                known ? place->second : nullptr};
  if (entry.removed) {
    change.type = Type::kDeleted;
    if (known) objects.erase(place);
  } else if (known) {
    place->second = entry.object;
  } else {
    objects.emplace(entry.object->key, entry.object);
  }
  history_.add(entry.collection, std::move(change), entry.decided_at);
}

// What was decided later was decided on the refused states: it fails with them.
void LiveStore::drop_decisions(const Error& error) {
  decided_ = durable_;
  for (auto& [collection, shelf] : shelves_) shelf.decisions.clear();
  for (const auto& batch : std::exchange(waiting_, {})) settle(*batch, std::unexpected(error));
  waiting_writes_ = 0;
  waiting_bytes_ = 0;
}

void LiveStore::settle(Batch& batch, Result<> outcome) {
  batch.outcome = std::move(outcome);
  batch.ended.notify_all();
}

void LiveStore::wake_reached() {
  const auto last = reached_waiters_.upper_bound(durable_);
  for (auto place = reached_waiters_.begin(); place != last; ++place) place->second->notify();
}

Task<> LiveStore::close() {
  closing_ = true;
  while (writing_ || !waiting_.empty()) co_await idle_.wait();
  Notifier closed(executor_);
  journal_->close([&closed](const Result<>&) { closed.notify(); });
  co_await closed.wait();
}

}  // namespace dynamod::apiserver
