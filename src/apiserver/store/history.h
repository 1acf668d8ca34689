// The latest changes of all collections in the order they happened, bounded by count, bytes and
// age: what watches and lists of the past read. Separate because its bookkeeping (which states on
// disk nobody needs any more) has rules of its own.
#pragma once

#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include "apiserver/store/store.h"

namespace dynamod::apiserver {

class History {
 public:
  // Nothing at or before `floor` is known.
  explicit History(Revision floor) : initial_floor_(floor), floor_(floor) {}

  History(const History&) = delete;
  History& operator=(const History&) = delete;
  History(History&&) = default;
  History& operator=(History&&) = default;
  ~History() = default;

  // `change.revision` follows the last one.
  void add(const Collection& collection, Change change, WallTime decided_at);

  // Drops the oldest changes beyond the limits, and adds to `obsolete` the revisions of states that
  // were kept for them alone. Their order matters: a deletion comes after the states it ended.
  void trim(const StoreLimits& limits, WallTime now, std::deque<Revision>& obsolete);

  // The oldest revision from which every collection can be followed.
  [[nodiscard]] Revision floor() const { return floor_; }

  // A collection that nothing was dropped of can be followed from further back.
  [[nodiscard]] bool reaches(const Collection& collection, Revision from) const;
  // At most `count` changes of `collection` after `from`; reaches(collection, from) is true.
  [[nodiscard]] std::vector<Change> after(const Collection& collection, Revision from,
                                          std::size_t count) const;
  // The last change of `collection`, or 0.
  [[nodiscard]] Revision last_of(const Collection& collection) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] std::size_t retained_bytes() const { return retained_bytes_; }

 private:
  struct Track {
    std::deque<Revision> revisions = {};
    Revision dropped = 0;  // the last one that is not in `revisions` any more
  };

  struct Entry {
    Track* track = nullptr;
    Change change = {};
    WallTime decided_at = {};
  };

  void drop_oldest(std::deque<Revision>& obsolete);
  [[nodiscard]] const Track* track_of(const Collection& collection) const;

  Revision initial_floor_;
  Revision floor_;  // entries_[i] is revision floor_ + 1 + i
  std::deque<Entry> entries_;
  std::map<Collection, Track, std::less<>> tracks_;
  std::size_t retained_bytes_ = 0;
};

}  // namespace dynamod::apiserver
