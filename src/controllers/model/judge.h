// Judging one endpoint: is the wanted adapter served there, from the wanted source, and what would
// mend it. Pure.
#pragma once

#include <optional>
#include <string>

#include "controllers/model/world.h"

namespace dynamod::controllers::model {

// What is wanted on every endpoint of a model.
struct Wanted {
  std::string name;
  std::string uri;
  Applied applied;  // as it is, or will be written before any call: source is that of `uri`
};

enum class Loaded : std::uint8_t {
  kNo,      // the worker does not list the name
  kWanted,  // listed, and of the wanted source
  kOther,   // listed, of another source or of one that nobody knows
};

enum class Step : std::uint8_t { kNone, kLoad, kReload };

struct Verdict {
  bool ready = false;
  bool covered = false;  // CoveredByPeer
  lora::EndpointReason reason = lora::EndpointReason::kLoading;
  std::string message;
  Loaded loaded = Loaded::kNo;
  Step step = Step::kNone;  // what to do at `not_before`
  std::optional<SteadyTime> not_before;
  bool failed = false;  // a task for the wanted source failed here, by the worker's own word
};

// `model` gives the endpoints of the last status: with `from` in the annotation they alone say what
// a listed adapter is.
[[nodiscard]] Verdict judge_endpoint(const Wanted& wanted, const EndpointView& endpoint,
                                     const kinds::DynamoModel& model);

// For models that load nothing: ready when the pod is.
[[nodiscard]] Verdict judge_tracked(const EndpointView& endpoint);

}  // namespace dynamod::controllers::model
