// Requests that write: create, replace, patch and apply, delete, and those that are no object
// (reviews, tokens, bindings). What they do to the store is the Writer's.
#pragma once

#include <functional>

#include "apiserver/api_request.h"
#include "apiserver/builtin/builtin_strategies.h"
#include "apiserver/patch.h"
#include "apiserver/reader.h"
#include "apiserver/writer.h"

namespace dynamod::apiserver {

class WriteRequests {
 public:
  // `core` outlives the object.
  explicit WriteRequests(const Core& core) : core_(core), writer_(core), reader_(core) {}

  [[nodiscard]] HandlerTask create(RequestPtr request) const;
  [[nodiscard]] HandlerTask replace(RequestPtr request) const;
  [[nodiscard]] HandlerTask patch(RequestPtr request) const;
  [[nodiscard]] HandlerTask remove(RequestPtr request) const;
  [[nodiscard]] HandlerTask remove_all(RequestPtr request) const;
  [[nodiscard]] HandlerTask special(RequestPtr request) const;

  // Writes of the server's own: no body, no options, the same pipeline.
  [[nodiscard]] Task<Outcome<json::object>> create_object(RequestPtr request,
                                                          json::object object) const;
  [[nodiscard]] Task<Outcome<json::object>> edit_object(RequestPtr request, Edit edit) const;
  [[nodiscard]] Task<Outcome<json::object>> remove_object(RequestPtr request,
                                                          DeleteOptions options) const;
  // How special answers change pods.
  [[nodiscard]] PodWrites pod_writes() const;

 private:
  struct Removal;

  [[nodiscard]] Task<Outcome<DecodedBody>> read_body(RequestPtr request) const;
  [[nodiscard]] Task<Outcome<DeleteOptions>> delete_options(RequestPtr request) const;
  [[nodiscard]] HandlerTask apply_configuration(RequestPtr request, DecodedPatch patch,
                                                WriteOptions options) const;
  [[nodiscard]] HandlerTask finish(RequestPtr request, PlannedWrite planned) const;
  [[nodiscard]] Outcome<> check_type(const ApiRequest& request, json::object& object) const;
  [[nodiscard]] Edit scaled(const ApiRequest& request, Edit edit) const;
  [[nodiscard]] Async<json::object> update_pod(SpecialRequest asked,
                                               std::function<Result<>(json::object&)> edit) const;
  [[nodiscard]] Async<json::object> remove_pod(SpecialRequest asked, json::object options) const;

  const Core& core_;
  Writer writer_;
  Reader reader_;
};

}  // namespace dynamod::apiserver
