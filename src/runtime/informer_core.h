// What an Informer does, without its type: list, watch, position, contact, back-off, indexes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/broadcast.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "client/kube_client.h"
#include "kube/metadata.h"
#include "kube/validation.h"
#include "runtime/object_store.h"

namespace dynamod::runtime {

// All outlive the informer.
struct InformerServices {
  Executor executor;
  Clock& clock;
  Rng& rng;
  Log& log;
  Metrics& metrics;
  client::KubeClient& client;
};

// Where the informer stands with the API server.
struct Contact {
  enum class State : std::uint8_t {
    kConnecting,   // not yet, or again after a break
    kConnected,    // a list or watch is being answered
    kAbsent,       // 404: the API server does not serve the type; what was copied before is kept
    kRefused,      // 401, 403: a right is missing; last_error says which
    kUnreachable,  // anything else; last_error says what
  };
  State state = State::kConnecting;
  bool synced = false;
  // When the API server last answered for this type (a list page, a watch accepted, an event, a
  // bookmark, a regular end). While all is well it is never older than kWatchLimit: ask for twice
  // that before calling it lost.
  std::optional<SteadyTime> last_contact;
  std::optional<Error> last_error;  // of the last failure; kept until contact is back
};

// A watch ends and is resumed after this long, so that silence is never mistaken for health.
inline constexpr Duration kWatchLimit = std::chrono::seconds(30);

class InformerCore {
 public:
  using Decode = ErasedEntry (*)(const json::value&, std::vector<kube::Problem>&);

  friend class InformerSink;

  InformerCore(InformerServices services, kube::ResourceType type, client::ListQuery query,
               Decode decode);

  void add_index(std::string name, ObjectStore::IndexKeys keys) {
    store_.add_index(std::move(name), std::move(keys));
  }

  void on_change(ObjectStore::OnChange handler) { store_.on_change(std::move(handler)); }

  void on_contact(std::function<void(const Contact&)> handler) {
    contact_handlers_.push_back(std::move(handler));
  }

  void start();
  Task<> stop();

  [[nodiscard]] ErasedObject find(const kube::ObjectKey& key) const { return store_.find(key); }

  [[nodiscard]] std::vector<ErasedObject> by_index(const std::string& index,
                                                   const std::string& value) const {
    return store_.by_index(index, value);
  }

  [[nodiscard]] std::size_t count(const std::string& index, const std::string& value) const {
    return store_.count(index, value);
  }

  [[nodiscard]] std::vector<ErasedObject> all() const { return store_.all(); }

  [[nodiscard]] std::size_t size() const { return store_.size(); }

  [[nodiscard]] const Contact& contact() const { return contact_; }

  Task<> wait_synced();

 private:
  Async<> run();
  Async<> list_once();
  Async<> watch_once();
  Async<> follow(std::shared_ptr<client::WatchStream> stream);
  void apply_event(const kube::WatchEvent& event);
  void note_contact();
  void note_failure(const Error& error);
  void set_state(Contact::State state);
  [[nodiscard]] Duration pause_after(const Error& error);
  [[nodiscard]] Duration backoff(unsigned doublings);
  [[nodiscard]] ErasedEntry read(const json::value& document) const;

  InformerServices services_;
  kube::ResourceType type_;
  client::ListQuery query_;
  Decode decode_;
  ObjectStore store_;
  Contact contact_;
  std::vector<std::function<void(const Contact&)>> contact_handlers_;
  std::string position_;  // resourceVersion to watch from; empty: list first
  unsigned failures_ = 0;
  unsigned short_watches_ = 0;  // in a row
  std::uint64_t applied_ = 0;   // events that changed the copy
  CounterMetric restarts_;
  Broadcast changed_;
  TaskGroup tasks_;
};

}  // namespace dynamod::runtime
