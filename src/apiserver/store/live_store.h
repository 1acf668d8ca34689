// The Store: all objects in memory, two heads (decided and durable), and a writer that gives the
// journal everything that was decided while its previous commit ran.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/store/history.h"
#include "apiserver/store/journal.h"
#include "apiserver/store/store.h"
#include "base/broadcast.h"
#include "base/notifier.h"

namespace dynamod::apiserver {

class LiveStore final : public Store {
 public:
  LiveStore(Executor executor, Clock& clock, std::unique_ptr<Journal> journal, StoreLimits limits);
  ~LiveStore() override;

  // Takes over what the journal holds; called once, before anything else.
  [[nodiscard]] Result<> restore(JournalContents contents);

  [[nodiscard]] ObjectPtr find(const Collection& collection,
                               const kube::ObjectKey& key) const override;
  [[nodiscard]] std::vector<ObjectPtr> list(const Collection& collection,
                                            std::string_view ns) const override;
  [[nodiscard]] Result<std::vector<ObjectPtr>> list_at(const Collection& collection,
                                                       std::string_view ns,
                                                       Revision revision) const override;
  [[nodiscard]] std::size_t count(const Collection& collection) const override;

  [[nodiscard]] Revision revision() const override { return durable_; }

  [[nodiscard]] Async<> reached(Revision revision, Duration limit) override;

  [[nodiscard]] ObjectPtr decided(const Collection& collection,
                                  const kube::ObjectKey& key) const override;

  [[nodiscard]] Revision next_revision() const override { return decided_ + 1; }

  [[nodiscard]] Async<ObjectPtr> commit(Write write) override;

  [[nodiscard]] bool disk_full() const override { return journal_->disk_full(); }

  [[nodiscard]] Result<std::unique_ptr<WatchCursor>> watch(const Collection& collection,
                                                           std::string_view ns,
                                                           Revision from) override;
  [[nodiscard]] Task<> close() override;

  // For cursors (live_cursor.h).
  [[nodiscard]] const History& history() const { return history_; }

  [[nodiscard]] Clock& clock() { return clock_; }

  void add_cursor(const Collection& collection, Notifier& wake);
  void remove_cursor(const Collection& collection, Notifier& wake);

 private:
  using Objects = std::map<kube::ObjectKey, ObjectPtr>;

  struct Decision {
    Revision revision = 0;
    ObjectPtr object = {};  // null: removed
  };

  struct Shelf {
    Objects objects = {};
    std::map<kube::ObjectKey, Decision> decisions = {};  // what is decided and not durable
    std::set<Notifier*> cursors = {};
  };

  // Writes that become durable together, and who waits for them.
  struct Batch {
    std::vector<JournalEntry> entries = {};
    std::vector<Revision> obsolete = {};
    std::size_t bytes = 0;
    std::optional<Result<>> outcome = {};
    Broadcast ended = {};
  };

  [[nodiscard]] static Async<ObjectPtr> durable(std::shared_ptr<Batch> batch, ObjectPtr object);
  [[nodiscard]] static Async<ObjectPtr> refused(Error error);
  [[nodiscard]] const Shelf* shelf_of(const Collection& collection) const;
  [[nodiscard]] Result<> admits(const Write& write) const;
  [[nodiscard]] ObjectPtr decide(Write& write);
  void enqueue(JournalEntry entry);
  void start_soon();
  void append_next();
  void ended(std::shared_ptr<Batch> batch, Result<> outcome);
  void publish(const Batch& batch);
  void apply(const JournalEntry& entry);
  void drop_decisions(const Error& error);
  void settle(Batch& batch, Result<> outcome);
  void wake_reached();

  Executor executor_;
  Clock& clock_;
  StoreLimits limits_;
  Revision durable_ = 1;
  Revision decided_ = 1;
  History history_;
  std::map<Collection, Shelf, std::less<>> shelves_;
  std::deque<std::shared_ptr<Batch>> waiting_;  // the last one still takes writes
  std::shared_ptr<Batch> writing_;
  std::size_t waiting_writes_ = 0;  // the batch that is being written counts too
  std::size_t waiting_bytes_ = 0;
  // Not yet handed to the journal; first in, first out, or a state could outlive its deletion.
  std::deque<Revision> obsolete_;
  std::multimap<Revision, Notifier*> reached_waiters_;
  Broadcast idle_;
  bool start_posted_ = false;
  bool closing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what is posted
  std::unique_ptr<Journal> journal_;                            // first to go: it calls back
};

}  // namespace dynamod::apiserver
