// The objects of the API server: bytes in memory with a small index, a journal on disk, and the
// history that watches read. Knows nothing of HTTP, kinds or JSON beyond what callers hand it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.h"
#include "kube/metadata.h"
#include "kube/resource.h"

namespace dynamod::apiserver {

// The resourceVersion of the whole server: one counter, never 0, never goes back.
using Revision = std::uint64_t;

// "pods", "dynamomodels.nvidia.com": versions of a resource share one collection.
using Collection = std::string;

// One object as it was at one revision; immutable and shared by readers and watches.
struct StoredObject {
  kube::ObjectKey key;
  Revision revision = 0;         // of this state; it stands in `bytes` as metadata.resourceVersion too
  Revision create_revision = 0;  // of the first state of this uid
  std::string uid;
  kube::Labels labels;
  // What field selectors and indexes read, e.g. {"spec.nodeName", "n1"}; small.
  std::vector<std::pair<std::string, std::string>> fields;
  std::string bytes;  // compact JSON, complete, in the storage version
};

using ObjectPtr = std::shared_ptr<const StoredObject>;

struct Change {
  enum class Type : std::uint8_t { kAdded, kModified, kDeleted } type = Type::kAdded;
  Revision revision = 0;
  ObjectPtr object;    // the new state; for kDeleted the last state, with the revision of its deletion in bytes
  ObjectPtr previous;  // null for kAdded: a watch with a selector tells from it what its client saw
};

// What to write. Made by a caller in the same step that asked next_revision().
struct Write {
  Collection collection;
  StoredObject object;  // revision is next_revision(); create_revision is set by the store
  bool remove = false;  // object then is the last state
};

class WatchCursor;

class Store {
 public:
  virtual ~Store() = default;

  // --- readers: only what is durable ---
  [[nodiscard]] virtual ObjectPtr find(const Collection& collection, const kube::ObjectKey& key) const = 0;
  // Sorted by (namespace, name); ns "" is all. The revision of the snapshot is revision().
  [[nodiscard]] virtual std::vector<ObjectPtr> list(const Collection& collection, std::string_view ns) const = 0;
  // As it was at `revision`. kGone when history no longer reaches back; kServerTimeout when it is ahead.
  [[nodiscard]] virtual Result<std::vector<ObjectPtr>> list_at(const Collection& collection, std::string_view ns,
                                                               Revision revision) const = 0;
  [[nodiscard]] virtual std::size_t count(const Collection& collection) const = 0;
  // Durable head: at least every revision a caller was told of.
  [[nodiscard]] virtual Revision revision() const = 0;
  // Completes when revision() >= `revision`; kServerTimeout after `limit`.
  [[nodiscard]] virtual Async<> reached(Revision revision, Duration limit) = 0;

  // --- writers: what is decided, durable or not ---
  [[nodiscard]] virtual ObjectPtr decided(const Collection& collection, const kube::ObjectKey& key) const = 0;
  [[nodiscard]] virtual Revision next_revision() const = 0;
  // Decides at once (before the first suspension), completes when durable with the object as stored. When the journal
  // refuses (disk full: kUnavailable with the cause), `decided` drops back and every waiter fails.
  // Not cancellable once decided: a caller that goes away changes nothing.
  [[nodiscard]] virtual Async<ObjectPtr> commit(Write write) = 0;

  // --- watches ---
  // Changes of `collection` after `from`, in order, without gap or repetition; ns "" is all. kGone when history no
  // longer reaches back to `from`. The store outlives the cursor.
  [[nodiscard]] virtual Result<std::unique_ptr<WatchCursor>> watch(const Collection& collection, std::string_view ns,
                                                                   Revision from) = 0;
};

// One reader of the history. Bounded: a reader that falls further behind than history is kept gets kGone.
class WatchCursor {
 public:
  virtual ~WatchCursor() = default;
  // The next changes (at least one), or an empty list when `limit` passed without any. Cancellable.
  [[nodiscard]] virtual Async<std::vector<Change>> next(Duration limit) = 0;
  // Everything up to here has been given (for bookmarks): grows also by changes of other collections.
  [[nodiscard]] virtual Revision position() const = 0;
};

}  // namespace dynamod::apiserver
