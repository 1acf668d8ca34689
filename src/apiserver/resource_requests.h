// A request for a resource, once it is known who asks and that he may: which step answers it.
#pragma once

#include "apiserver/reader.h"
#include "apiserver/write_requests.h"

namespace dynamod::apiserver {

class ResourceRequests {
 public:
  // `core` outlives the object.
  explicit ResourceRequests(const Core& core) : reader_(core), writes_(core) {}

  // `request->resource` is found; its verb is checked here.
  [[nodiscard]] HandlerTask handle(RequestPtr request) const;

  [[nodiscard]] const WriteRequests& writes() const { return writes_; }

 private:
  Reader reader_;
  WriteRequests writes_;
};

}  // namespace dynamod::apiserver
