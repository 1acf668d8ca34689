// The events of one watch, in order, pulled one by one from the body of its answer.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "http/message.h"
#include "kube/item_splitter.h"
#include "kube/watch_event.h"

namespace dynamod::client {

class WatchStream {
 public:
  // `call` names the watch in errors.
  WatchStream(std::string call, std::unique_ptr<http::Body> body)
      : call_(std::move(call)), body_(std::move(body)) {}

  // The next event, never of type kError; nothing when the server ended the watch in order (its
  // time limit). Errors are final: what an ERROR event says (410 is kGone: list again), those of
  // the transport, kTooLarge for an event over kube::kItemBytesMax, kInternal for a line that is no
  // event, kMayHaveArrived for an end in the middle of a line.
  [[nodiscard]] Async<std::optional<kube::WatchEvent>> next();

  // Whether next() has an event without waiting for the server.
  [[nodiscard]] bool buffered() const { return !lines_.empty(); }

 private:
  std::string call_;
  std::unique_ptr<http::Body> body_;
  kube::LineSplitter splitter_;
  std::deque<std::string> lines_;
};

}  // namespace dynamod::client
