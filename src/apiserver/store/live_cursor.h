// A watch as a position in the history: nothing is queued per reader, so a slow one costs nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apiserver/store/live_store.h"

namespace dynamod::apiserver {

class LiveCursor final : public WatchCursor {
 public:
  struct Position {
    Collection collection = {};
    std::string ns = {};  // "" is all
    Revision from = 0;
  };

  LiveCursor(Executor executor, LiveStore& store, Position position);
  ~LiveCursor() override;

  [[nodiscard]] Async<std::vector<Change>> next(Duration limit) override;
  [[nodiscard]] Result<std::vector<Change>> take() override;
  [[nodiscard]] Revision position() const override;

 private:
  LiveStore& store_;
  Collection collection_;
  std::string ns_;
  Revision given_;  // every change up to here was given, or is none of ours
  std::shared_ptr<Notifier> wake_;
};

// Notifies at a time, unless it goes out of scope before.
class Alarm {
 public:
  Alarm(Clock& clock, SteadyTime when, std::shared_ptr<Notifier> wake)
      : clock_(clock), id_(clock.at(when, [wake = std::move(wake)] { wake->notify(); })) {}

  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  ~Alarm() { clock_.cancel(id_); }

 private:
  Clock& clock_;
  Clock::TimerId id_;
};

}  // namespace dynamod::apiserver
