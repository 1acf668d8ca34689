// Requests that only read: get, list and watch.
#pragma once

#include "apiserver/api_request.h"
#include "apiserver/render.h"

namespace dynamod::apiserver {

class Reader {
 public:
  // `core` outlives the reader and every stream it gives out.
  explicit Reader(const Core& core) : core_(core) {}

  [[nodiscard]] HandlerTask get(RequestPtr request) const;
  [[nodiscard]] HandlerTask list(RequestPtr request) const;
  [[nodiscard]] HandlerTask watch(RequestPtr request) const;

  // The options of the query, its selectors checked against the resource.
  [[nodiscard]] Outcome<ListOptions> list_options(const ApiRequest& request) const;
  // What is there now and matches, in order.
  [[nodiscard]] std::vector<ObjectPtr> select(const ApiRequest& request,
                                              const ListOptions& options) const;

 private:
  struct Snapshot;

  [[nodiscard]] Task<Outcome<Snapshot>> snapshot(RequestPtr request, ListOptions options) const;
  [[nodiscard]] Task<Outcome<>> reached(Revision revision) const;

  const Core& core_;
};

// The form the request asked for; 400 for an unknown includeObject.
[[nodiscard]] Outcome<Renderer> renderer_of(const ApiRequest& request);

}  // namespace dynamod::apiserver
