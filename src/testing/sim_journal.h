// A journal in virtual time: slow, refusing, full or killed as a test wants. What was not
// acknowledged when it is destroyed is lost, or there as a whole: both happen to real disks.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "apiserver/store/journal.h"
#include "testing/sim_loop.h"

namespace dynamod::testing {

// What outlives a process; the journals of its successive runs share it.
struct SimDisk {
  std::map<apiserver::Revision, apiserver::JournalEntry> entries = {};
  apiserver::Revision floor = 1;

  Duration latency = std::chrono::milliseconds(2);  // an append takes up to twice as long
  bool full = false;                                // appends are refused, and later they are not
  std::optional<Error> broken = {};                 // why appends are refused; not for want of room
  bool keeps_unacknowledged = false;                // what becomes of an append when we die
  std::size_t appends = 0;                          // that succeeded

  void write(const apiserver::JournalBatch& batch);
};

// `loop` outlives the journal.
[[nodiscard]] std::unique_ptr<apiserver::Journal> make_sim_journal(SimLoop& loop,
                                                                   std::shared_ptr<SimDisk> disk);

}  // namespace dynamod::testing
