// The journal of tests that need no disk.
#include <utility>

#include <boost/asio/post.hpp>

#include "apiserver/store/journal.h"

namespace dynamod::apiserver {

namespace {

class NullJournal final : public Journal {
 public:
  explicit NullJournal(Executor executor) : executor_(std::move(executor)) {}

  ~NullJournal() override { *alive_ = false; }

  [[nodiscard]] Async<JournalContents> load() override { co_return JournalContents(); }

  void append(JournalBatch /*batch*/, Done done) override { answer(std::move(done)); }

  [[nodiscard]] bool disk_full() const override { return false; }

  void close(Done done) override { answer(std::move(done)); }

 private:
  void answer(Done done) {
    net::post(executor_, [alive = alive_, after = std::move(done)]() mutable {
      if (*alive) after(Result<>());
    });
  }

  Executor executor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Journal> make_null_journal(Executor executor) {
  return std::make_unique<NullJournal>(std::move(executor));
}

}  // namespace dynamod::apiserver
