// List, watch, and what each failure means.
#include "runtime/informer_core.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/with_timeout.h"

namespace dynamod::runtime {

namespace {

constexpr Duration kBackoffBase = std::chrono::milliseconds(100);
constexpr Duration kBackoffMax =
    std::chrono::seconds(5);  // one request in that time harms no server
constexpr unsigned kDoublingsMax = 6;
constexpr double kJitter =
    0.5;  // wide: a server that comes back is met by all informers of all programs
constexpr Duration kAbsentPoll = std::chrono::seconds(30);
// A watch that ends sooner than this and brought nothing is resumed at once only the first time:
// the API server ends the watches of a type whose CRD it has just taken in, and some proxies end
// each one at once.
constexpr Duration kWatchShort = std::chrono::seconds(1);
// How long after the end of a watch its silence means that the connection is dead.
constexpr Duration kSilence = std::chrono::seconds(10);

// resourceVersions of one resource grow, and may be compared as numbers (Kubernetes KEP-5504).
// Those of a server that writes them otherwise are not compared.
std::optional<std::uint64_t> as_number(std::string_view version) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size()) return std::nullopt;
  return number;
}

bool is_after(const std::string& version, const std::string& position) {
  const auto a = as_number(version);
  const auto b = as_number(position);
  return !a || !b || *a > *b;
}

}  // namespace

// Gathers one list before anything of it is seen.
class InformerSink final : public client::ListSink {
 public:
  explicit InformerSink(const InformerCore& core) : core_(core) {}

  [[nodiscard]] Result<> take(std::string_view item) override {
    TRY(const auto decoded, decode_json_strict(item, {}, JsonMemory::kShortLived));
    ErasedEntry entry = core_.read(decoded.value);
    kube::ObjectKey key = entry.meta->key();
    entries.insert_or_assign(std::move(key), std::move(entry));
    return {};
  }

  void start_over() override { entries.clear(); }

  std::map<kube::ObjectKey, ErasedEntry> entries;

 private:
  const InformerCore& core_;
};

InformerCore::InformerCore(InformerServices services, kube::ResourceType type,
                           client::ListQuery query, Decode decode)
    : services_(services),
      type_(type),
      query_(std::move(query)),
      decode_(decode),
      restarts_(services.metrics.counter(
          "dynamod_watch_restarts_total",
          "Watches that broke, and lists made because a position was too old.",
          {{"resource", type.resource_name()}})),
      tasks_(services.executor) {}

void InformerCore::start() {
  tasks_.spawn("informer of " + type_.resource_name(), run());
}

Task<> InformerCore::stop() {
  return tasks_.stop();
}

Task<> InformerCore::wait_synced() {
  while (!contact_.synced && contact_.state != Contact::State::kAbsent) co_await changed_.wait();
}

Async<> InformerCore::run() {
  while (true) {
    Result<> step;
    if (position_.empty()) {
      step = co_await list_once();
    } else {
      step = co_await watch_once();
    }
    if (step) continue;
    const Error error = std::move(step).error();
    note_failure(error);
    co_await services_.clock.sleep_for(pause_after(error));
  }
}

Async<> InformerCore::list_once() {
  auto sink = std::make_shared<InformerSink>(*this);
  CO_TRY(std::string position, co_await services_.client.list(type_, query_, sink));
  store_.replace(std::move(sink->entries));
  position_ = std::move(position);
  contact_.synced = true;
  note_contact();
  changed_.notify_all();
  co_return Result<>{};
}

Async<> InformerCore::watch_once() {
  const SteadyTime started = services_.clock.now();
  const client::WatchQuery query{query_, position_, kWatchLimit};
  CO_TRY(auto accepted, co_await services_.client.watch(type_, query));
  // The back-off goes on until an event comes: a server may accept watches and break each at once.
  contact_.last_contact = services_.clock.now();
  contact_.last_error.reset();
  set_state(Contact::State::kConnected);
  auto stream = std::make_shared<client::WatchStream>(std::move(accepted));
  const std::uint64_t applied_before = applied_;
  CO_CHECK(co_await follow(std::move(stream)));
  note_contact();
  const bool useful = applied_ != applied_before || services_.clock.now() - started >= kWatchShort;
  short_watches_ = useful ? 0 : short_watches_ + 1;
  if (short_watches_ > 1) {
    co_await services_.clock.sleep_for(backoff(short_watches_ - 2));
  }
  co_return Result<>{};
}

Async<> InformerCore::follow(std::shared_ptr<client::WatchStream> stream) {
  const SteadyTime dead = services_.clock.now() + kWatchLimit + kSilence;
  const std::string what = "watch " + type_.resource_name();
  while (true) {
    Result<std::optional<kube::WatchEvent>> event;
    if (stream->buffered()) {
      event = co_await stream->next();
    } else {
      const Duration left = std::max(dead - services_.clock.now(), Duration::zero());
      event = co_await with_timeout(services_.clock, left, what, stream->next());
    }
    if (!event) co_return std::unexpected(std::move(event).error());
    if (!*event) co_return Result<>{};
    note_contact();
    apply_event(**event);
  }
}

ErasedEntry InformerCore::read(const json::value& document) const {
  std::vector<kube::Problem> problems;
  ErasedEntry entry = decode_(document, problems);
  if (!problems.empty()) {
    services_.log.warning("An object has fields that cannot be read; they are taken as absent",
                          {{"resource", type_.resource_name()},
                           {"object", entry.meta->key().text()},
                           {"error", kube::problems_text(problems)}});
  }
  return entry;
}

// A watch gives each change once and in the order of versions: what is not after the position was
// seen already.
void InformerCore::apply_event(const kube::WatchEvent& event) {
  if (event.type == kube::WatchEvent::Type::kBookmark) {
    std::string version = string_at(event.object, "metadata.resourceVersion");
    if (!version.empty() && is_after(version, position_)) position_ = std::move(version);
    return;
  }
  ErasedEntry entry = read(event.object);
  const std::string version = entry.meta->resource_version;
  if (!is_after(version, position_)) return;
  position_ = version;
  ++applied_;
  if (event.type == kube::WatchEvent::Type::kDeleted) {
    store_.erase(entry.meta->key());
  } else {
    store_.put(std::move(entry));
  }
}

void InformerCore::note_contact() {
  contact_.last_contact = services_.clock.now();
  contact_.last_error.reset();
  failures_ = 0;
  set_state(Contact::State::kConnected);
}

void InformerCore::note_failure(const Error& error) {
  const bool watching = !position_.empty();
  if (watching) restarts_.add();
  contact_.last_error = error;
  // A watch that breaks is daily business; it is news when it cannot be resumed.
  Contact::State state = contact_.state == Contact::State::kConnected
                             ? Contact::State::kConnecting
                             : Contact::State::kUnreachable;
  switch (error.kind) {
    case Error::Kind::kGone:
      position_.clear();
      state = Contact::State::kConnecting;
      break;
    case Error::Kind::kNotFound:
      position_.clear();
      state = Contact::State::kAbsent;
      break;
    case Error::Kind::kForbidden:
    case Error::Kind::kUnauthorized:
      state = Contact::State::kRefused;
      break;
    default:
      break;
  }
  const bool news = state != contact_.state;
  set_state(state);
  if (!news || state == Contact::State::kConnecting) return;
  services_.log.warning(state == Contact::State::kAbsent
                            ? "The API server does not serve a resource"
                            : "Lost contact with the API server for a resource",
                        {{"resource", type_.resource_name()}, {"error", error.message}});
}

void InformerCore::set_state(Contact::State state) {
  if (state == contact_.state) return;
  contact_.state = state;
  changed_.notify_all();
  for (const auto& handler : contact_handlers_) handler(contact_);
}

Duration InformerCore::pause_after(const Error& error) {
  if (error.kind == Error::Kind::kNotFound) return services_.rng.jitter(kAbsentPoll, kJitter);
  const Duration asked = error.retry_after.value_or(Duration::zero());
  return std::max(asked, backoff(failures_++));
}

Duration InformerCore::backoff(unsigned doublings) {
  const std::int64_t factor = std::int64_t{1} << std::min(doublings, kDoublingsMax);
  return services_.rng.jitter(std::min(kBackoffMax, kBackoffBase * factor), kJitter);
}

}  // namespace dynamod::runtime
