// Reading the history from a position onwards.
#include "apiserver/store/live_cursor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace dynamod::apiserver {

LiveCursor::LiveCursor(Executor executor, LiveStore& store, Position position)
    : store_(store),
      collection_(std::move(position.collection)),
      ns_(std::move(position.ns)),
      given_(position.from),
      wake_(std::make_shared<Notifier>(std::move(executor))) {
  store_.add_cursor(collection_, *wake_);
}

LiveCursor::~LiveCursor() {
  store_.remove_cursor(collection_, *wake_);
}

Async<std::vector<Change>> LiveCursor::next(Duration limit) {
  CO_TRY(std::vector<Change> changes, take());
  if (!changes.empty() || limit <= Duration::zero()) co_return changes;
  const SteadyTime deadline = store_.clock().now() + limit;
  const Alarm alarm(store_.clock(), deadline, wake_);
  while (changes.empty() && store_.clock().now() < deadline) {
    co_await wake_->wait();
    CO_TRY(changes, take());
  }
  co_return changes;
}

// Skips what happens in other namespaces; gives up the turn only with something in hand or at the
// end of the history.
Result<std::vector<Change>> LiveCursor::take() {
  while (true) {
    if (!store_.history().reaches(collection_, given_)) {
      return fail(
          Error::Kind::kGone,
          fmt::format("the watch of {} fell behind: revision {} is no longer in the history",
                      collection_, given_));
    }
    std::vector<Change> changes = store_.history().after(collection_, given_, kWatchBatchMax);
    if (changes.empty()) return changes;
    given_ = changes.back().revision;
    if (!ns_.empty()) {
      std::erase_if(changes, [this](const Change& change) { return change.object->key.ns != ns_; });
    }
    if (!changes.empty()) return changes;
  }
}

// With nothing of its own collection left to give, it stands at the head.
Revision LiveCursor::position() const {
  const bool at_end = store_.history().last_of(collection_) <= given_;
  return at_end ? std::max(given_, store_.revision()) : given_;
}

}  // namespace dynamod::apiserver
