// The door to what a Store leaves on disk: a log of changes that is also the watch history.
// Implementations: SQLite (sqlite_journal.h), simulated (testing/sim_journal.h), none (below).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "apiserver/store/store.h"

namespace dynamod::apiserver {

// One change as it is written down. What it replaced is found from the entries before it.
struct JournalEntry {
  Collection collection = {};
  ObjectPtr object = {};
  bool removed = false;  // the object's last state
  WallTime decided_at = {};
};

// Becomes durable as a whole or not at all.
struct JournalBatch {
  std::vector<JournalEntry> entries = {};  // revisions ascending, without gap
  Revision floor = 0;                      // watches may start here or later
  std::vector<Revision> obsolete = {};     // entries that nobody needs: superseded, below the floor
};

struct JournalContents {
  Revision floor = 0;
  // Ascending. Those above the floor have no gap; below it are only states that still count.
  std::vector<JournalEntry> entries = {};
};

class Journal {
 public:
  using Done = std::move_only_function<void(Result<>)>;

  // Nothing is called back after this.
  virtual ~Journal() = default;

  // Everything that is durable. Called once, first. Errors say what is wrong with the place and
  // what to do: in use by another process, written by a newer version, foreign, damaged.
  [[nodiscard]] virtual Async<JournalContents> load() = 0;

  // Calls `done` from the loop, never inside the call, when the batch is durable, or when it is
  // refused: kUnavailable with the cause. A refused batch is not there, unless the process dies
  // before the next success: then load() may find it, whole. One at a time.
  virtual void append(JournalBatch batch, Done done) = 0;
  // The last append was refused for want of room.
  [[nodiscard]] virtual bool disk_full() const = 0;

  // Lets go of the place, so that another may open it. Nothing may be called afterwards.
  virtual void close(Done done) = 0;
};

// Forgets everything and is durable in the next turn of the loop.
[[nodiscard]] std::unique_ptr<Journal> make_null_journal(Executor executor);

}  // namespace dynamod::apiserver
