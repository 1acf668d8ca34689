// One queue in the order of writes: an event that was written again is met at its old place first,
// and passed over because its revision is another.
#include "apiserver/event_expiry.h"

#include <utility>

#include "apiserver/own_request.h"

namespace dynamod::apiserver {

namespace {

const Collection kEvents = "events";
constexpr Duration kPeriod = std::chrono::minutes(1);
// One step of the loop removes no more; the rest has a minute's time.
constexpr std::size_t kForgetMax = 1'000;

}  // namespace

Async<> EventExpiry::follow() {
  for (;;) {
    written_.clear();
    CO_TRY(const auto cursor, core_.store.watch(kEvents, "", core_.store.revision()));
    for (const ObjectPtr& event : core_.store.list(kEvents, "")) note(*event);
    for (;;) {
      const auto changes = co_await cursor->next(kPeriod);
      if (!changes) break;
      for (const Change& change : *changes)
        if (change.type != Change::Type::kDeleted) note(*change.object);
      CO_CHECK(co_await forget_old());
    }
  }
}

void EventExpiry::note(const StoredObject& event) {
  written_.push_back({.when = core_.clock.now(), .key = event.key, .revision = event.revision});
}

Async<> EventExpiry::forget_old() {
  const SteadyTime limit = core_.clock.now() - kEventLifetime;
  for (std::size_t i = 0; i < kForgetMax; ++i) {
    if (written_.empty() || written_.front().when > limit) break;
    const Written oldest = std::move(written_.front());
    written_.pop_front();
    const ObjectPtr found = core_.store.find(kEvents, oldest.key);
    if (!found || found->revision != oldest.revision) continue;
    const ResourcePtr events = core_.registry.find("", "v1", "events");
    const DeleteOptions options;
    const auto removed =
        co_await writes_.remove_object(make_own_request(core_, events, oldest.key), options);
    // A full disk: there is another minute.
    if (!removed && removed.error().code() >= 500) {
      written_.push_front(oldest);
      break;
    }
  }
  co_return Result<>();
}

}  // namespace dynamod::apiserver
