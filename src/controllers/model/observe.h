// One look at a model: from the caches and the worker pool to a ModelWorld. Reads only, waits for
// nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controllers/model/caches.h"
#include "controllers/model/members.h"
#include "controllers/model/worker_pool.h"
#include "controllers/model/world.h"

namespace dynamod::controllers::model {

struct ObserveOptions {
  std::uint16_t worker_port = kWorkerPort;
  Duration load_limit = std::chrono::hours(1);
  Duration contact_limit =
      std::chrono::seconds(60);  // out of contact for longer: discovery has failed
};

class Observer {
 public:
  // All outlive the observer; `clock.now()` at construction is when this process began to know.
  Observer(const Clock& clock, const Caches& caches, const WorkerPool& pool, ObserveOptions options)
      : clock_(clock), caches_(caches), pool_(pool), options_(options), began_(clock.now()) {}

  [[nodiscard]] ModelWorld observe(std::shared_ptr<const kinds::DynamoModel> model);

  // The workers of one base model, kept until forget() says that one of its pods or slices changed.
  [[nodiscard]] const Members& members(const std::string& name_space,
                                       const std::string& base_model);

  void forget(const std::string& base) { members_.erase(base); }

  // Why what the caches say of pods and slices must not be relied on; nothing while it may.
  [[nodiscard]] std::optional<DiscoveryFailure> discovery_failure() const;

 private:
  void observe_owners(ModelWorld& world) const;
  void observe_same_name(ModelWorld& world) const;
  EndpointView observe_member(const ModelWorld& world, const Member& member,
                              const std::vector<std::string>& names) const;
  void mark_unknown_loads(const ModelWorld& world, EndpointView& view,
                          const std::vector<std::string>& names) const;

  const Clock& clock_;
  const Caches& caches_;
  const WorkerPool& pool_;
  ObserveOptions options_;
  SteadyTime began_;
  std::map<std::string, std::map<std::string, Members>>
      members_;  // by base key, then base model name
};

}  // namespace dynamod::controllers::model
