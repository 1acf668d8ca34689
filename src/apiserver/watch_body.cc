// A selector turns changes into what its client sees: an object that begins to match is ADDED, one
// that ceases to is DELETED.
#include "apiserver/watch_body.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "apiserver/object_codec.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

constexpr Duration kBookmarkPeriod = std::chrono::minutes(1);
// Of the initial state that is told in one piece: more would hold up the loop.
constexpr std::size_t kPieceBytesMax = std::size_t{64} * 1024;
constexpr std::string_view kInitialEnd = "k8s.io/initial-events-end";

class WatchBody final : public http::Body {
 public:
  WatchBody(const Core& core, Renderer renderer, WatchPlan plan)
      : core_(core),
        renderer_(std::move(renderer)),
        plan_(std::move(plan)),
        deadline_(core.clock.now() + plan_.limit),
        bookmark_at_(core.clock.now() + kBookmarkPeriod) {}

  Async<std::optional<std::string>> next() override {
    if (told_ < plan_.start.objects.size()) co_return tell_start();
    if (std::exchange(plan_.start.tells_end, false))
      co_return bookmark(plan_.start.revision, /*ends_start=*/true);
    while (!ended_) {
      const SteadyTime now = core_.clock.now();
      if (now >= deadline_) break;
      const bool bookmarks = plan_.options.bookmarks;
      if (bookmarks && now >= bookmark_at_) {
        bookmark_at_ = now + kBookmarkPeriod;
        co_return bookmark(plan_.cursor->position(), /*ends_start=*/false);
      }
      const Duration limit = (bookmarks ? std::min(deadline_, bookmark_at_) : deadline_) - now;
      const auto changes = co_await plan_.cursor->next(limit);
      std::string text = changes ? lines_of(*changes) : error_line(changes.error());
      ended_ = !changes;
      if (!text.empty()) co_return text;
    }
    co_return std::nullopt;
  }

 private:
  Result<std::optional<std::string>> tell_start() {
    std::string text;
    const auto& objects = plan_.start.objects;
    while (told_ < objects.size() && text.size() < kPieceBytesMax)
      append(text, "ADDED", renderer_.event_object(*objects[told_++]));
    if (told_ == objects.size()) {
      plan_.start.objects.clear();
      told_ = 0;
    }
    return text;
  }

  std::string lines_of(const std::vector<Change>& changes) {
    std::string text;
    for (const Change& change : changes) {
      const bool matches = change.type != Change::Type::kDeleted && selects(*change.object);
      const bool matched = change.previous && selects(*change.previous);
      if (matches)
        append(text, matched ? "MODIFIED" : "ADDED", renderer_.event_object(*change.object));
      else if (matched)
        append(text, "DELETED", last_seen(change));
    }
    return text;
  }

  // What the client saw last, at the revision at which it ceased to.
  Result<std::string> last_seen(const Change& change) {
    if (change.type == Change::Type::kDeleted) return renderer_.event_object(*change.object);
    TRY(json::object object, read_object(renderer_.resource(), *change.previous));
    metadata_of(object)["resourceVersion"] = std::to_string(change.revision);
    return renderer_.event_object(std::move(object));
  }

  [[nodiscard]] bool selects(const StoredObject& object) const {
    return plan_.options.labels.matches(object.labels) && plan_.options.fields.matches(object);
  }

  std::string bookmark(Revision revision, bool ends_start) {
    json::object object = renderer_.empty_object();
    json::object& metadata = metadata_of(object);
    metadata["resourceVersion"] = std::to_string(revision);
    if (ends_start) metadata["annotations"] = json::object{{kInitialEnd, "true"}};
    std::string text;
    append(text, "BOOKMARK", renderer_.event_object(std::move(object)));
    return text;
  }

  static void append(std::string& text, std::string_view type, const Result<std::string>& object) {
    if (!object) {
      text += error_line(object.error());
      return;
    }
    text.append(R"({"type":")").append(type).append(R"(","object":)").append(*object).append("}\n");
  }

  // Never silence: a client that is behind must list again.
  static std::string error_line(const Error& error) {
    const Refusal refusal =
        error.kind == Error::Kind::kGone
            ? expired(fmt::format("too old resource version: {}", error.message)).error()
            : Refusal(error);
    return fmt::format(R"({{"type":"ERROR","object":{}}})", encode_json(refusal.status)) + "\n";
  }

  const Core& core_;
  Renderer renderer_;
  WatchPlan plan_;
  SteadyTime deadline_;
  SteadyTime bookmark_at_;
  std::size_t told_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<http::Body> make_watch_body(const Core& core, Renderer renderer, WatchPlan plan) {
  return std::make_unique<WatchBody>(core, std::move(renderer), std::move(plan));
}

}  // namespace dynamod::apiserver
