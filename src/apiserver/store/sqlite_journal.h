// The journal on disk: sqlite_log.h on an Offload thread, one job at a time, with checkpoints
// between commits and the log truncated when nothing happens.
#pragma once

#include <memory>
#include <string>

#include "apiserver/store/journal.h"
#include "base/offload.h"

namespace dynamod::apiserver {

struct SqliteJournalOptions {
  std::string path;  // of the database file; its folder exists and belongs to us
  // A write-ahead log beyond this is folded into the database after the commit that made it so.
  int wal_pages_max = 2'000;
  // Without a write for so long, the log is emptied and gives its room back.
  Duration idle_after = std::chrono::seconds(5);
};

// `clock` and `offload` outlive the journal; jobs that still run at its end finish by themselves.
[[nodiscard]] std::unique_ptr<Journal> make_sqlite_journal(Clock& clock, Offload& offload,
                                                           SqliteJournalOptions options);

}  // namespace dynamod::apiserver
