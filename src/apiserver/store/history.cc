// The bounded log of changes. A state on disk is needed while it is current, while its own change
// is in the log, or while the change that replaced it is (a watch wants to see the state before).
// So dropping a change frees the state before it, and a deletion frees its own state too.
#include "apiserver/store/history.h"

#include <algorithm>
#include <utility>

namespace dynamod::apiserver {

namespace {

// Memory that only the history holds because of `change`.
std::size_t retained_by(const Change& change) {
  const std::size_t before = change.previous ? change.previous->bytes.size() : 0;
  return before + (change.type == Change::Type::kDeleted ? change.object->bytes.size() : 0);
}

}  // namespace

void History::add(const Collection& collection, Change change, WallTime decided_at) {
  DYN_ASSERT(change.revision == floor_ + entries_.size() + 1);
  auto place = tracks_.find(collection);
  if (place == tracks_.end())
    place = tracks_.emplace(collection, Track{.dropped = initial_floor_}).first;
  place->second.revisions.push_back(change.revision);
  retained_bytes_ += retained_by(change);
  entries_.push_back(Entry{&place->second, std::move(change), decided_at});
}

void History::trim(const StoreLimits& limits, WallTime now, std::deque<Revision>& obsolete) {
  const WallTime oldest = now - limits.history_age_max;
  while (!entries_.empty() &&
         (entries_.size() > limits.history_changes_max ||
          retained_bytes_ > limits.history_bytes_max || entries_.front().decided_at < oldest))
    drop_oldest(obsolete);
}

void History::drop_oldest(std::deque<Revision>& obsolete) {
  const Entry& entry = entries_.front();
  if (entry.change.previous) obsolete.push_back(entry.change.previous->revision);
  if (entry.change.type == Change::Type::kDeleted) obsolete.push_back(entry.change.revision);
  entry.track->revisions.pop_front();
  entry.track->dropped = entry.change.revision;
  retained_bytes_ -= retained_by(entry.change);
  entries_.pop_front();
  ++floor_;
}

const History::Track* History::track_of(const Collection& collection) const {
  const auto place = tracks_.find(collection);
  return place == tracks_.end() ? nullptr : &place->second;
}

bool History::reaches(const Collection& collection, Revision from) const {
  const Track* track = track_of(collection);
  return from >= (track ? track->dropped : initial_floor_);
}

std::vector<Change> History::after(const Collection& collection, Revision from,
                                   std::size_t count) const {
  std::vector<Change> changes;
  const Track* track = track_of(collection);
  if (!track) return changes;
  const auto& revisions = track->revisions;
  auto next = std::upper_bound(revisions.begin(), revisions.end(), from);
  for (; next != revisions.end() && changes.size() < count; ++next)
    changes.push_back(entries_[*next - floor_ - 1].change);
  return changes;
}

Revision History::last_of(const Collection& collection) const {
  const Track* track = track_of(collection);
  return track && !track->revisions.empty() ? track->revisions.back() : 0;
}

}  // namespace dynamod::apiserver
