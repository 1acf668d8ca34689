// A small, faithful Kubernetes API in memory, for tests, the simulation and benchmarks: any
// resource types, list pages, watches with bookmarks and 410, patches, server-side apply,
// finalizers, conflicts. It also misbehaves on request.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/handler.h"
#include "testing/scripted_store.h"

namespace dynamod::testing {

// Requests that match are answered otherwise. Verbs: get list watch create patch apply delete; ""
// matches all.
struct ScriptedFault {
  std::string verb = {};
  std::string resource = {};  // "pods", "dynamomodels/status"; "" matches all
  int times = 1;
  int status = 0;  // 0: answer as usual, but late
  std::optional<int> retry_after_s = {};
  Duration delay{};
  enum class When : std::uint8_t {
    kInstead,
    kAfterEffect
  } when = When::kInstead;  // after: done, but answered `status`
};

class ScriptedWatch;

class ScriptedApi final : public http::Handler {
 public:
  // Both outlive the API and its watches.
  ScriptedApi(Executor executor, Clock& clock);
  ~ScriptedApi() override;

  // The types the operator of this product uses, but for its CRDs: pods services endpointslices
  // events leases secrets validatingwebhookconfigurations.
  void serve_builtin_types();
  void serve(ScriptedType type);
  // As when a CRD is deleted: 404 from now on, its watches end.
  void withdraw(const std::string& plural);

  [[nodiscard]] Async<http::Response> handle(http::Request request) override;

  // Straight into the store, as another client would write, past all faults. `put` creates or
  // merges over what is there (status too), found by apiVersion and kind. Wrong documents are bugs
  // of the test.
  json::value put(json::value document);
  void patch(const std::string& plural, const std::string& name_space, const std::string& name,
             const json::value& patch);
  void remove(const std::string& plural, const std::string& name_space, const std::string& name);
  [[nodiscard]] std::optional<json::value> find(const std::string& plural,
                                                const std::string& name_space,
                                                const std::string& name) const;
  [[nodiscard]] std::vector<json::value> all(const std::string& plural) const;

  // Faults.
  void add_fault(ScriptedFault fault) { faults_.push_back(std::move(fault)); }

  void clear_faults() { faults_.clear(); }

  void cut_watches();              // each ends in the middle of whatever it does
  void compact();                  // positions and list pages before now are 410
  void set_stopped(bool stopped);  // 503 to all, and watches are cut

  void set_repeated_events(bool repeat) {
    repeat_events_ = repeat;
  }  // each event twice, and the one before it once more

  void set_bookmark_interval(Duration interval) { bookmark_interval_ = interval; }

  // 401 without "Authorization: Bearer <token>".
  void require_token(std::string token) { token_ = std::move(token); }

  // Requests so far, by "<verb> <resource>": "patch dynamomodels/status".
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  [[nodiscard]] std::uint64_t count(const std::string& verb_and_resource) const;

  void reset_counts() { counts_.clear(); }

  [[nodiscard]] std::size_t watches() const { return watches_.size(); }

  struct Write {
    std::string verb_and_resource;  // "patch dynamomodels/status"
    std::string client;             // Request::peer of who wrote it
    const json::value& object;
  };

  // Sees each write after it is done: invariants of whole-system tests hang here.
  std::function<void(const Write& write)> on_write;

 private:
  friend class ScriptedWatch;
  struct Call;

  struct Page {
    std::vector<ScriptedObject> objects;
    std::size_t next = 0;
    std::int64_t version = 0;
  };

  [[nodiscard]] Result<Call> route(const http::Request& request) const;
  [[nodiscard]] ScriptedCollection& collection(const std::string& plural) const;
  [[nodiscard]] std::optional<http::Response> discovery(std::string_view path) const;
  [[nodiscard]] std::optional<ScriptedFault> draw_fault(const std::string& verb,
                                                        const std::string& resource);
  [[nodiscard]] Result<http::Response> answer(const Call& call, const std::string& body);
  [[nodiscard]] Result<http::Response> list(const Call& call);
  [[nodiscard]] Result<http::Response> watch(const Call& call);
  [[nodiscard]] Result<ScriptedObject> write(const Call& call, const std::string& body);
  void changed();

  Executor executor_;
  Clock& clock_;
  std::int64_t versions_ = 1000;  // not 1, so that a test that counts versions notices
  std::map<std::string, std::unique_ptr<ScriptedCollection>>
      collections_;                                             // by "<group>/<version>/<plural>"
  std::vector<std::unique_ptr<ScriptedCollection>> withdrawn_;  // watches may still point there
  std::map<std::string, Page> pages_;                           // by continue token
  std::uint64_t page_number_ = 0;
  std::list<ScriptedFault> faults_;
  std::map<std::string, std::uint64_t> counts_;
  std::list<ScriptedWatch*> watches_;
  std::string token_;
  Duration bookmark_interval_ = std::chrono::minutes(1);  // as the API server
  bool stopped_ = false;
  bool repeat_events_ = false;
};

}  // namespace dynamod::testing
