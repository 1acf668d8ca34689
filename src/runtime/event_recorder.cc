// Counting events into series, and writing them from a work queue.
#include "runtime/event_recorder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/with_timeout.h"
#include "kube/encode.h"

namespace dynamod::runtime {

namespace {

constexpr unsigned kWriters = 4;       // a burst of a thousand events is over in a second
constexpr unsigned kAttemptsMax = 10;  // with back-off: about three minutes
constexpr Duration kBackoffBase = std::chrono::milliseconds(500);
constexpr Duration kBackoffMax = std::chrono::seconds(30);
constexpr std::size_t kNamePartMax =
    230;  // the name of an object is 253 bytes at most, ours adds a dot and 16 digits

std::string cut(std::string text, std::size_t size_bytes_max) {
  if (text.size() <= size_bytes_max) return text;
  std::size_t end = size_bytes_max - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;  // not inside a character
  text.resize(end);
  return text + "...";
}

// Trying again cannot help.
bool is_final(Error::Kind kind) {
  return kind == Error::Kind::kInvalid || kind == Error::Kind::kBadRequest ||
         kind == Error::Kind::kForbidden || kind == Error::Kind::kNotFound;
}

}  // namespace

struct EventRecorder::Series {
  std::string content;  // the key under which repeats find it
  kube::Event event;
  std::int32_t count = 1;
  std::int32_t written_count = 0;  // 0: the object is not there yet
  SteadyTime seen_at;
  SteadyTime written_at;
  unsigned attempts = 0;
};

EventRecorder::EventRecorder(Services services, EventRecorderOptions options)
    : services_(services),
      options_(std::move(options)),
      queue_(services.clock, services.rng, services.metrics, {"events", kBackoffBase, kBackoffMax}),
      dropped_(services.metrics.counter("dynamod_events_dropped_total",
                                        "Events that were not written.")),
      tasks_(services.executor) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::start() {
  for (unsigned i = 0; i < kWriters; ++i) tasks_.spawn("event writer", work());
}

void EventRecorder::record(kube::ObjectReference regarding, EventType type, std::string reason,
                           std::string note, std::string action) {
  const SteadyTime now = services_.clock.now();
  const kube::MicroTime wall{services_.clock.wall()};
  note = cut(std::move(note), kube::kEventNoteMax);
  const char* type_text = type == EventType::kNormal ? "Normal" : "Warning";
  std::string content = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", regarding.kind, regarding.ns,
                                    regarding.name, regarding.uid, type_text, reason, note);
  if (const auto known = by_content_.find(content);
      known != by_content_.end() && now - known->second->seen_at < options_.series_end) {
    Series& series = *known->second;
    ++series.count;
    series.seen_at = now;
    series.event.series = kube::EventSeries{series.count, wall};
    const Duration since = now - series.written_at;
    queue_.add_after(series.event.metadata.key(),
                     std::max(options_.series_interval - since, Duration::zero()));
    return;
  }
  forget_old();
  if (by_content_.size() >= kEventSeriesMax) {
    dropped_.add();
    return;
  }
  auto series = std::make_shared<Series>();
  series->content = content;
  series->seen_at = now;
  series->written_at = now - options_.series_interval;
  series->event.event_time = wall;
  series->event.reporting_controller = options_.controller;
  series->event.reporting_instance = options_.instance;
  series->event.action = std::move(action);
  series->event.reason = cut(std::move(reason), kube::kEventReasonMax);
  series->event.regarding = std::move(regarding);
  series->event.note = std::move(note);
  series->event.type = type_text;
  name_anew(*series);
  by_name_[series->event.metadata.key()] = series;
  queue_.add(series->event.metadata.key());
  by_content_[std::move(content)] = std::move(series);
}

void EventRecorder::name_anew(Series& series) {
  const kube::ObjectReference& regarding = series.event.regarding;
  kube::ObjectMeta& metadata = series.event.metadata;
  metadata.ns = regarding.ns.empty() ? "default" : regarding.ns;
  metadata.name =
      fmt::format("{}.{:016x}", regarding.name.substr(0, kNamePartMax), services_.rng.next());
}

void EventRecorder::forget_old() {
  const SteadyTime now = services_.clock.now();
  if (now - cleaned_at_ < options_.series_end / 4 && by_content_.size() < kEventSeriesMax) return;
  cleaned_at_ = now;
  std::erase_if(by_name_, [&](const auto& entry) {
    const Series& series = *entry.second;
    const bool written = series.written_count == series.count;
    return written && now - series.seen_at >= options_.series_end;
  });
  std::erase_if(by_content_, [&](const auto& entry) {
    return !by_name_.contains(entry.second->event.metadata.key());
  });
}

Async<> EventRecorder::work() {
  while (true) {
    auto taken = co_await queue_.take();
    if (!taken) co_return Result<>{};
    const kube::ObjectKey key = *std::move(taken);
    const auto known = by_name_.find(key);
    if (known != by_name_.end()) {
      const SeriesPtr series = known->second;
      const Result<> result = co_await write(series);
      settle(series, result);
    }
    queue_.done(key);
    written_.notify_all();
  }
}

Async<> EventRecorder::write(SeriesPtr series) {
  const std::int32_t count = series->count;
  if (count == series->written_count) co_return Result<>{};
  if (series->written_count > 0) {
    json::value patch = {{"series", kube::to_json(*series->event.series)}};
    auto patched = co_await services_.client.merge_patch(
        kube::Event::kType, series->event.metadata.key(), std::move(patch), client::PatchOptions{});
    if (!patched) co_return std::unexpected(std::move(patched).error());
  } else {
    json::value document = kube::to_json(series->event);
    auto created = co_await services_.client.create(kube::Event::kType, std::move(document));
    // A try whose answer was lost.
    const bool there = created || created.error().kind == Error::Kind::kAlreadyExists;
    if (!there) co_return std::unexpected(std::move(created).error());
  }
  series->written_count = count;
  series->written_at = services_.clock.now();
  co_return Result<>{};
}

void EventRecorder::settle(const SeriesPtr& series, const Result<>& result) {
  const kube::ObjectKey key = series->event.metadata.key();
  if (result) {
    series->attempts = 0;
    queue_.forget(key);
    return;
  }
  const Error& error = result.error();
  if (series->written_count > 0 && error.kind == Error::Kind::kNotFound) {
    // The API server forgot it: the count goes on in a new object.
    by_name_.erase(key);
    series->written_count = 0;
    name_anew(*series);
    by_name_[series->event.metadata.key()] = series;
    queue_.add(series->event.metadata.key());
    return;
  }
  if (!is_final(error.kind) && ++series->attempts < kAttemptsMax) {
    queue_.retry(key, error.retry_after.value_or(Duration::zero()));
    return;
  }
  dropped_.add();
  queue_.forget(key);
  by_name_.erase(key);
  by_content_.erase(series->content);
  services_.log.warning("An event could not be written",
                        {{"object", series->event.regarding.kind + " " + key.text()},
                         {"reason", series->event.reason},
                         {"error", error.message}});
}

Async<> EventRecorder::wait_written() {
  while (queue_.waiting() > 0 || queue_.busy() > 0) co_await written_.wait();
  co_return Result<>{};
}

Task<> EventRecorder::drain(Duration limit) {
  for (const auto& [key, series] : by_name_) {
    if (series->count != series->written_count) queue_.add(key);
  }
  (void)co_await with_timeout(services_.clock, limit, "drain events", wait_written());
}

Task<> EventRecorder::stop() {
  queue_.shut_down();
  co_await tasks_.stop();
}

}  // namespace dynamod::runtime
