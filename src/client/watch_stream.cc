// Pieces of a body into lines, lines into events.
#include "client/watch_stream.h"

#include <utility>

#include "kube/api_error.h"

namespace dynamod::client {

Async<std::optional<kube::WatchEvent>> WatchStream::next() {
  while (lines_.empty()) {
    auto piece = co_await body_->next();
    if (!piece) co_return std::unexpected(std::move(piece).error().within(call_));
    if (!*piece) {
      if (!splitter_.inside_line()) co_return std::nullopt;
      co_return fail(Error::Kind::kMayHaveArrived, call_ + ": the answer ended inside an event");
    }
    auto lines = splitter_.feed(**piece);
    if (!lines) co_return std::unexpected(std::move(lines).error().within(call_));
    for (auto& line : *lines) lines_.push_back(std::move(line));
  }
  const std::string line = std::move(lines_.front());
  lines_.pop_front();
  auto event = kube::parse_watch_event(line);
  if (!event) co_return std::unexpected(std::move(event).error().within(call_));
  if (event->type == kube::WatchEvent::Type::kError) {
    co_return std::unexpected(kube::status_error(call_, event->object));
  }
  co_return *std::move(event);
}

}  // namespace dynamod::client
