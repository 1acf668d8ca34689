// The body of one watch of the scripted API: a position in the history, so that nothing is queued.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "base/notifier.h"
#include "http/message.h"
#include "testing/scripted_api.h"

namespace dynamod::testing {

struct ScriptedSelection {
  std::string name_space = {};  // empty: all
  std::string labels = {};
  std::string fields = {};

  [[nodiscard]] Result<bool> matches(const json::value& object) const;
};

class ScriptedWatch final : public http::Body {
 public:
  struct Options {
    ScriptedSelection selection = {};
    std::int64_t position = 0;
    SteadyTime end = {};
    bool bookmarks = false;
  };

  ScriptedWatch(ScriptedApi& api, ScriptedCollection& collection, Options options);
  ~ScriptedWatch() override;

  [[nodiscard]] Async<std::optional<std::string>> next() override;

  void wake() { wake_.notify(); }

  void cut() {
    cut_ = true;
    wake();
  }

  [[nodiscard]] bool is_of(const ScriptedCollection& collection) const {
    return collection_ == &collection;
  }

 private:
  // What the watcher hears of one change: nothing if it never saw the object.
  [[nodiscard]] std::string event_of(const ScriptedChange& change) const;
  [[nodiscard]] std::string bookmark() const;
  Result<std::string> pending();

  ScriptedApi& api_;
  ScriptedCollection* collection_;
  Options options_;
  SteadyTime next_bookmark_;
  Notifier wake_;
  std::string last_event_;
  bool cut_ = false;
  bool failed_ = false;
};

}  // namespace dynamod::testing
