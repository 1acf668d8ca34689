// The objects of the API server: bytes in memory with a small index, a journal on disk, and the
// history that watches read. Knows nothing of HTTP, kinds or JSON beyond what callers hand it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "kube/metadata.h"
#include "kube/resource.h"

namespace dynamod::apiserver {

// The resourceVersion of the whole server: one counter, never 0, never goes back.
using Revision = std::uint64_t;

// "pods", "dynamomodels.nvidia.com": versions of a resource share one collection.
using Collection = std::string;

// One object as it was at one revision; immutable and shared by readers and watches.
struct StoredObject {
  kube::ObjectKey key = {};
  Revision revision = 0;  // of this state; it stands in `bytes` as metadata.resourceVersion too
  Revision create_revision = 0;  // of the first state of this uid
  std::string uid = {};
  kube::Labels labels = {};
  // What field selectors and indexes read, e.g. {"spec.nodeName", "n1"}; small.
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string bytes = {};  // compact JSON, complete, in the storage version
};

using ObjectPtr = std::shared_ptr<const StoredObject>;

struct Change {
  enum class Type : std::uint8_t { kAdded, kModified, kDeleted };

  Type type = Type::kAdded;
  Revision revision = 0;
  // The new state; for kDeleted the last state, with the revision of its deletion in bytes.
  ObjectPtr object = {};
  // Null for kAdded: a watch with a selector tells from it what its client saw.
  ObjectPtr previous = {};
};

// What to write. Made by a caller in the same step that asked next_revision().
struct Write {
  Collection collection = {};
  StoredObject object = {};  // revision is next_revision(); create_revision is set by the store
  bool remove = false;       // object then is the last state; it must exist
};

class WatchCursor;

class Store {
 public:
  virtual ~Store() = default;

  // --- readers: only what is durable ---
  [[nodiscard]] virtual ObjectPtr find(const Collection& collection,
                                       const kube::ObjectKey& key) const = 0;
  // Sorted by (namespace, name); ns "" is all. The revision of the snapshot is revision().
  [[nodiscard]] virtual std::vector<ObjectPtr> list(const Collection& collection,
                                                    std::string_view ns) const = 0;
  // As it was at `revision`. kGone when history no longer reaches back; kServerTimeout when it is
  // ahead.
  [[nodiscard]] virtual Result<std::vector<ObjectPtr>> list_at(const Collection& collection,
                                                               std::string_view ns,
                                                               Revision revision) const = 0;
  [[nodiscard]] virtual std::size_t count(const Collection& collection) const = 0;
  // Durable head: at least every revision a caller was told of. At least 1.
  [[nodiscard]] virtual Revision revision() const = 0;
  // Completes when revision() >= `revision`; kServerTimeout after `limit`.
  [[nodiscard]] virtual Async<> reached(Revision revision, Duration limit) = 0;

  // --- writers: what is decided, durable or not ---
  [[nodiscard]] virtual ObjectPtr decided(const Collection& collection,
                                          const kube::ObjectKey& key) const = 0;
  [[nodiscard]] virtual Revision next_revision() const = 0;
  // Decides inside the call, before anything is awaited; what it returns completes when the write
  // is durable, with the object as stored. Errors: kUnavailable with the cause when the journal
  // refuses (`decided` drops back and every waiter fails), or after close(); kRateLimited when too
  // much waits for the disk already, and then nothing was decided. A caller that goes away changes
  // nothing.
  [[nodiscard]] virtual Async<ObjectPtr> commit(Write write) = 0;
  // The last write was refused because the disk is full (HTTP 507 instead of 503). Reads go on, and
  // writes do again when there is room.
  [[nodiscard]] virtual bool disk_full() const = 0;

  // --- watches ---
  // Changes of `collection` after `from`, in order, without gap or repetition; ns "" is all. kGone
  // when history no longer reaches back to `from`, kServerTimeout when it is ahead. The store
  // outlives the cursor.
  [[nodiscard]] virtual Result<std::unique_ptr<WatchCursor>> watch(const Collection& collection,
                                                                   std::string_view ns,
                                                                   Revision from) = 0;

  // Refuses new writes (kUnavailable), waits for those decided, and lets go of the data folder.
  [[nodiscard]] virtual Task<> close() = 0;
};

// One reader of the history. Bounded: a reader that falls further behind than history is kept gets
// kGone. One caller of next() at a time.
class WatchCursor {
 public:
  virtual ~WatchCursor() = default;
  // The next changes (at least one, at most kWatchBatchMax), or an empty list when `limit` passed
  // without any. Cancellable.
  [[nodiscard]] virtual Async<std::vector<Change>> next(Duration limit) = 0;
  // The same without waiting: for caches that catch up when they are asked.
  [[nodiscard]] virtual Result<std::vector<Change>> take() = 0;
  // Everything up to here has been given (for bookmarks): grows also by changes of other
  // collections.
  [[nodiscard]] virtual Revision position() const = 0;
};

inline constexpr std::size_t kWatchBatchMax = 256;  // no step of the loop handles more events

// How much is kept; a test sets small numbers.
struct StoreLimits {
  // The watch history: what informers may miss while they are away, beyond the current objects.
  std::size_t history_changes_max = 50'000;
  std::size_t history_bytes_max = std::size_t{32} << 20;  // of states that only history holds
  Duration history_age_max = std::chrono::hours(1);
  // Decided and not durable yet: only a disk that hangs comes near these.
  std::size_t waiting_writes_max = 16'384;
  std::size_t waiting_bytes_max = std::size_t{64} << 20;
};

class Journal;

// A store with what `journal` holds (journal.h); errors are the journal's. `clock` outlives it.
// The store must be gone before the loop is.
[[nodiscard]] Async<std::unique_ptr<Store>> open_store(Executor executor, Clock& clock,
                                                       std::unique_ptr<Journal> journal,
                                                       StoreLimits limits = {});

// A store that starts empty and forgets all: for unit tests. Ready at once; commits still take a
// turn of the loop.
[[nodiscard]] std::unique_ptr<Store> make_memory_store(Executor executor, Clock& clock,
                                                       StoreLimits limits = {});

}  // namespace dynamod::apiserver
