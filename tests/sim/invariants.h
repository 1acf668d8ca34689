// What must hold at every moment of a run, whatever happens in it. Looks at each call to a worker
// and at each status as it is written; what it finds wrong becomes a line of violations().
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kinds/dynamo_model.h"
#include "sim/played_nodes.h"

namespace dynamod::sim {

// How far the operator may be behind the world before the rules count.
struct Patience {
  // A change of a spec is known, and what it causes is done. Longer where the API server is cut
  // off.
  Duration spec = std::chrono::seconds(5);
  // What happens on a worker behind our back is seen by the next list: 10 s and its jitter, or two
  // tries.
  Duration worker = std::chrono::seconds(15);
};

class Invariants {
 public:
  // Both outlive the invariants.
  Invariants(const Clock& clock, const testing::ScriptedApi& api) : clock_(clock), api_(api) {}

  [[nodiscard]] Patience& patience() { return patience_; }

  // After each change of an object by its user.
  void note_spec(const std::string& object);

  // A load is asked for only where a model wants it and it is not there; never twice at once by one
  // process. An unload only for what models brought there and none wants, or in a roll of its
  // source.
  void check_ask(const PlayedPod& pod, const WorkerAsk& ask);
  // An endpoint that is called ready holds the adapter, from the source of the generation that the
  // status is about.
  void check_status(const json::value& object, const PlayedNodes& nodes);
  void add(std::string violation);

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  // For tests of the rules themselves.
  [[nodiscard]] std::vector<std::string> take_violations() {
    return std::exchange(violations_, {});
  }

 private:
  struct Want {
    std::string name;
    std::string base;
    std::string uri;
    std::int64_t generation = 0;
    SteadyTime since{};
    bool deleting = false;
  };

  using Wants = std::vector<Want>;  // of one object, oldest first

  void check_load(const PlayedPod& pod, const WorkerAsk& ask);
  void check_unload(const PlayedPod& pod, const WorkerAsk& ask);

  [[nodiscard]] bool is_recent(SteadyTime time, Duration patience) const {
    return clock_.now() - time < patience;
  }

  const Clock& clock_;
  const testing::ScriptedApi& api_;
  Patience patience_;
  std::map<std::string, Wants> wants_;  // by "<object>/<uid>"
  std::vector<std::string> violations_;
};

// As it is stored; nothing when it is gone.
[[nodiscard]] std::optional<kinds::DynamoModel> stored_model(const testing::ScriptedApi& api,
                                                             const std::string& object);

}  // namespace dynamod::sim
