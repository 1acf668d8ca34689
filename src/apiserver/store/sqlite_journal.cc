// When the database works: appends first, then checkpoints, never two at once.
#include "apiserver/store/sqlite_journal.h"

#include <functional>
#include <optional>
#include <utility>

#include "apiserver/store/sqlite_log.h"

namespace dynamod::apiserver {

namespace {

class SqliteJournal final : public Journal {
 public:
  SqliteJournal(Clock& clock, Offload& offload, SqliteJournalOptions options)
      : clock_(clock),
        offload_(offload),
        options_(std::move(options)),
        wal_pages_due_(options_.wal_pages_max) {}

  ~SqliteJournal() override {
    *alive_ = false;
    if (idle_timer_) clock_.cancel(*idle_timer_);
  }

  [[nodiscard]] Async<JournalContents> load() override;
  void append(JournalBatch batch, Done done) override;

  [[nodiscard]] bool disk_full() const override { return disk_full_; }

  void close(Done done) override;

 private:
  using Log = std::optional<SqliteLog>;

  struct Opened {
    Log log = {};
    JournalContents contents = {};
  };

  struct Outcome {
    SqliteResult<> result = {};
    int wal_pages = 0;
  };

  struct Append {
    JournalBatch batch;
    Done done;
  };

  static Result<Opened> open(const std::string& path);
  void run(std::move_only_function<SqliteResult<>(SqliteLog&)> job,
           std::move_only_function<void(Outcome)> after);
  void run_append(Append append);
  void run_checkpoint(Sqlite::Checkpoint mode);
  void run_close();
  void next();
  void watch_for_idleness();
  void idle_timer_fired();

  Clock& clock_;
  Offload& offload_;
  SqliteJournalOptions options_;
  std::shared_ptr<Log> log_ = std::make_shared<Log>();  // a job in flight outlives the journal
  std::optional<Append> waiting_;
  Done closing_;
  bool running_ = false;
  bool disk_full_ = false;
  int wal_pages_ = 0;
  int wal_pages_due_;         // a checkpoint that failed is not tried again at once
  SteadyTime last_job_ = {};  // when it ended
  bool log_is_empty_ = false;
  std::optional<Clock::TimerId> idle_timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

Async<JournalContents> SqliteJournal::load() {
  auto job = [path = options_.path] { return open(path); };
  CO_TRY(Opened opened, co_await offload(offload_, std::move(job)));
  *log_ = std::move(opened.log);
  last_job_ = clock_.now();
  watch_for_idleness();  // the last process may have left something in its log
  co_return std::move(opened.contents);
}

Result<SqliteJournal::Opened> SqliteJournal::open(const std::string& path) {
  TRY(SqliteLog log, SqliteLog::open(path));
  TRY(JournalContents contents, log.load());
  return Opened{std::move(log), std::move(contents)};
}

void SqliteJournal::append(JournalBatch batch, Done done) {
  DYN_ASSERT(!waiting_ && !closing_ && *log_);
  waiting_.emplace(std::move(batch), std::move(done));
  next();
}

void SqliteJournal::close(Done done) {
  DYN_ASSERT(!closing_);
  closing_ = std::move(done);
  next();
}

// What is next: a commit; else a checkpoint, if one is due; else the end, if it is wanted.
void SqliteJournal::next() {
  if (running_) return;
  if (waiting_) {
    Append append = *std::move(waiting_);
    waiting_.reset();
    run_append(std::move(append));
  } else if (closing_) {
    run_close();
  }
}

void SqliteJournal::run(std::move_only_function<SqliteResult<>(SqliteLog&)> job,
                        std::move_only_function<void(Outcome)> after) {
  running_ = true;
  auto outcome = std::make_shared<Outcome>();
  auto work = [log = log_, outcome, job = std::move(job)]() mutable {
    outcome->result = job(**log);
    outcome->wal_pages = (*log)->wal_pages();
  };
  auto done = [this, alive = alive_, outcome, after = std::move(after)]() mutable {
    if (!*alive) return;
    running_ = false;
    wal_pages_ = outcome->wal_pages;
    last_job_ = clock_.now();
    after(std::move(*outcome));
    if (!*alive) return;
    watch_for_idleness();
    next();
  };
  offload_.run(std::move(work), std::move(done));
}

void SqliteJournal::run_append(Append append) {
  auto job = [batch = std::move(append.batch)](SqliteLog& log) { return log.append(batch); };
  auto after = [this, done = std::move(append.done)](Outcome outcome) mutable {
    disk_full_ = !outcome.result && outcome.result.error().disk_full();
    log_is_empty_ = false;
    // First the checkpoint takes its place behind this commit, then the next commit may ask.
    if (wal_pages_ >= wal_pages_due_) run_checkpoint(Sqlite::Checkpoint::kPassive);
    if (outcome.result) {
      done(Result<>());
    } else {
      done(std::unexpected(sqlite_error(options_.path, outcome.result.error())));
    }
  };
  run(std::move(job), std::move(after));
}

void SqliteJournal::run_checkpoint(Sqlite::Checkpoint mode) {
  auto job = [mode](SqliteLog& log) { return log.checkpoint(mode); };
  auto after = [this, mode](const Outcome& outcome) {
    wal_pages_due_ = options_.wal_pages_max + (outcome.result ? 0 : wal_pages_);
    log_is_empty_ = outcome.result && mode == Sqlite::Checkpoint::kTruncate;
  };
  run(std::move(job), std::move(after));
}

void SqliteJournal::run_close() {
  running_ = true;
  auto work = [log = log_] { log->reset(); };
  auto done = [this, alive = alive_] {
    if (*alive) std::exchange(closing_, {})(Result<>());
  };
  offload_.run(std::move(work), std::move(done));
}

void SqliteJournal::watch_for_idleness() {
  if (idle_timer_ || log_is_empty_ || closing_) return;
  idle_timer_ = clock_.at(last_job_ + options_.idle_after, [this] { idle_timer_fired(); });
}

// One timer for many commits: it looks again when there was one meanwhile.
void SqliteJournal::idle_timer_fired() {
  idle_timer_.reset();
  if (running_) return;  // the end of the job watches again
  if (clock_.now() < last_job_ + options_.idle_after) {
    watch_for_idleness();
  } else {
    run_checkpoint(Sqlite::Checkpoint::kTruncate);
  }
}

}  // namespace

std::unique_ptr<Journal> make_sqlite_journal(Clock& clock, Offload& offload,
                                             SqliteJournalOptions options) {
  return std::make_unique<SqliteJournal>(clock, offload, std::move(options));
}

}  // namespace dynamod::apiserver
