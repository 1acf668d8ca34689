// The stream of a watch: events as lines of JSON, made from the store's history as the client
// pulls.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/core.h"
#include "apiserver/options.h"
#include "apiserver/render.h"
#include "http/message.h"

namespace dynamod::apiserver {

// What a watch tells before it follows the history.
struct WatchStart {
  std::vector<ObjectPtr> objects = {};  // told as ADDED
  bool tells_end = false;               // a bookmark ends them (sendInitialEvents)
  Revision revision = 0;                // of `objects`
};

struct WatchPlan {
  WatchStart start = {};
  std::unique_ptr<WatchCursor> cursor = {};
  ListOptions options = {};  // selectors, bookmarks
  Duration limit = {};       // the stream ends after this
};

// `core` outlives the body.
[[nodiscard]] std::unique_ptr<http::Body> make_watch_body(const Core& core, Renderer renderer,
                                                          WatchPlan plan);

}  // namespace dynamod::apiserver
