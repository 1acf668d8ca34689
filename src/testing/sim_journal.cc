// Appends that take virtual time and end as the SimDisk says.
#include "testing/sim_journal.h"

#include <utility>

namespace dynamod::testing {

namespace {

using apiserver::JournalBatch;
using apiserver::JournalContents;

class SimJournal final : public apiserver::Journal {
 public:
  SimJournal(SimLoop& loop, std::shared_ptr<SimDisk> disk) : loop_(loop), disk_(std::move(disk)) {}

  ~SimJournal() override {
    if (timer_) loop_.cancel(*timer_);
    if (in_flight_ && disk_->keeps_unacknowledged) disk_->write(*in_flight_);
  }

  [[nodiscard]] Async<JournalContents> load() override {
    co_await loop_.sleep_for(disk_->latency);
    JournalContents contents;
    contents.floor = disk_->floor;
    for (const auto& [revision, entry] : disk_->entries) contents.entries.push_back(entry);
    co_return contents;
  }

  void append(JournalBatch batch, Done done) override {
    DYN_ASSERT(!timer_ && "one append at a time");
    in_flight_ = std::move(batch);
    const auto most = static_cast<std::uint64_t>(2 * disk_->latency.count());
    const Duration duration(static_cast<Duration::rep>(loop_.rng().between(0, most)));
    timer_ = loop_.at(loop_.now() + duration, [this, after = std::move(done)]() mutable {
      timer_.reset();
      const JournalBatch written = *std::exchange(in_flight_, std::nullopt);
      Result<> outcome = end(written);
      after(std::move(outcome));
    });
  }

  [[nodiscard]] bool disk_full() const override { return disk_full_; }

  void close(Done done) override {
    timer_ = loop_.at(loop_.now(), [this, after = std::move(done)]() mutable {
      timer_.reset();
      after(Result<>());
    });
  }

 private:
  Result<> end(const JournalBatch& batch) {
    disk_full_ = disk_->full;
    if (disk_->full) return fail(Error::Kind::kUnavailable, "the simulated disk is full");
    if (disk_->broken) return std::unexpected(*disk_->broken);
    disk_->write(batch);
    return {};
  }

  SimLoop& loop_;
  std::shared_ptr<SimDisk> disk_;
  std::optional<JournalBatch> in_flight_;
  std::optional<Clock::TimerId> timer_;
  bool disk_full_ = false;
};

}  // namespace

void SimDisk::write(const JournalBatch& batch) {
  ++appends;
  for (const auto& entry : batch.entries) {
    const bool is_new = entries.emplace(entry.object->revision, entry).second;
    DYN_ASSERT(is_new);
  }
  for (const apiserver::Revision revision : batch.obsolete) {
    const bool was_there = entries.erase(revision) == 1;
    DYN_ASSERT(was_there);
  }
  DYN_ASSERT(batch.floor >= floor);
  floor = batch.floor;
}

std::unique_ptr<apiserver::Journal> make_sim_journal(SimLoop& loop, std::shared_ptr<SimDisk> disk) {
  return std::make_unique<SimJournal>(loop, std::move(disk));
}

}  // namespace dynamod::testing
