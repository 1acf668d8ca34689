// Turning history into events, as seen through a selector.
#include "testing/scripted_watch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace dynamod::testing {

namespace {

// The API server sends the last bookmark this long before it ends a watch.
constexpr Duration kLastBookmark = std::chrono::seconds(2);

std::string event(std::string_view type, const json::value& object) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, encode_json(object));
}

}  // namespace

Result<bool> ScriptedSelection::matches(const json::value& object) const {
  if (!name_space.empty() && string_at(object, "metadata.namespace") != name_space) return false;
  TRY(const bool labels_fit, labels_match(labels, object));
  if (!labels_fit) return false;
  return fields_match(fields, object);
}

ScriptedWatch::ScriptedWatch(ScriptedApi& api, ScriptedCollection& collection, Options options)
    : api_(api),
      collection_(&collection),
      options_(std::move(options)),
      next_bookmark_(
          std::min(api.clock_.now() + api.bookmark_interval_, options_.end - kLastBookmark)),
      wake_(api.executor_) {
  api_.watches_.push_back(this);
}

ScriptedWatch::~ScriptedWatch() {
  api_.watches_.remove(this);
}

std::string ScriptedWatch::event_of(const ScriptedChange& change) const {
  const bool saw = change.before && options_.selection.matches(*change.before).value_or(false);
  const bool sees = change.now && options_.selection.matches(*change.now).value_or(false);
  if (saw && sees) return event("MODIFIED", *change.now);
  if (sees) return event("ADDED", *change.now);
  if (!saw) return "";
  // Whoever no longer matches is seen as it was last, with the version of the change.
  json::value last = change.now ? *change.before : *change.last;
  last.get_object()["metadata"].get_object()["resourceVersion"] = std::to_string(change.version);
  return event("DELETED", last);
}

std::string ScriptedWatch::bookmark() const {
  const ScriptedType& type = collection_->type();
  const json::value object = {
      {"kind", type.kind},
      {"apiVersion", type.api_version()},
      {"metadata", {{"resourceVersion", std::to_string(options_.position)}}}};
  return event("BOOKMARK", object);
}

Result<std::string> ScriptedWatch::pending() {
  TRY(const auto changes, collection_->changes_after(options_.position));
  std::string text;
  for (const auto& change : changes) {
    const std::string line = event_of(change);
    options_.position = change.version;
    if (line.empty()) continue;
    text += line;
    if (api_.repeat_events_) text += line + last_event_;
    last_event_ = line;
  }
  options_.position = std::max(options_.position, api_.versions_);
  return text;
}

Async<std::optional<std::string>> ScriptedWatch::next() {
  while (true) {
    if (cut_) co_return fail(Error::Kind::kMayHaveArrived, "the watch was cut");
    if (failed_) co_return std::nullopt;
    auto text = pending();
    if (!text) {
      failed_ = true;
      const json::value status = {{"kind", "Status"},
                                  {"apiVersion", "v1"},
                                  {"metadata", json::object()},
                                  {"status", "Failure"},
                                  {"message", text.error().message},
                                  {"reason", "Expired"},
                                  {"code", 410}};
      co_return event("ERROR", status);
    }
    if (!text->empty()) co_return *std::move(text);
    const SteadyTime now = api_.clock_.now();
    if (now >= options_.end) co_return std::nullopt;
    if (options_.bookmarks && now >= next_bookmark_) {
      const SteadyTime regular = now + api_.bookmark_interval_;
      const SteadyTime last = options_.end - kLastBookmark;
      next_bookmark_ = now < last ? std::min(regular, last) : options_.end;
      co_return bookmark();
    }
    const SteadyTime due =
        options_.bookmarks ? std::min(next_bookmark_, options_.end) : options_.end;
    const auto timer = api_.clock_.at(due, [this] { wake(); });

    // The timer goes with the wait, also when this coroutine is cancelled.
    struct Timer {
      Clock& clock;
      Clock::TimerId id;

      ~Timer() { clock.cancel(id); }
    } const guard{api_.clock_, timer};

    co_await wake_.wait();
  }
}

}  // namespace dynamod::testing
