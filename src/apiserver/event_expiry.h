// Events are forgotten an hour after they were last written, as a Kubernetes server's lease on them
// ends.
#pragma once

#include <deque>

#include "apiserver/write_requests.h"

namespace dynamod::apiserver {

class EventExpiry {
 public:
  // Both outlive the object.
  EventExpiry(const Core& core, const WriteRequests& writes) : core_(core), writes_(writes) {}

  // Until it is cancelled. What was there at its start has its hour from then.
  [[nodiscard]] Async<> follow();

 private:
  struct Written {
    SteadyTime when = {};
    kube::ObjectKey key = {};
    Revision revision = 0;
  };

  void note(const StoredObject& event);
  [[nodiscard]] Async<> forget_old();

  const Core& core_;
  const WriteRequests& writes_;
  std::deque<Written> written_;  // the oldest first
};

}  // namespace dynamod::apiserver
