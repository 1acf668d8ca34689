// Deletion of one object and of many, and what special answers do to pods.
#include <algorithm>
#include <utility>
#include <vector>

#include "apiserver/list_body.h"
#include "apiserver/registry/object.h"
#include "apiserver/write_requests.h"

namespace dynamod::apiserver {

namespace {

// These kinds answer a deletion with the object, as their registries in Kubernetes do.
bool returns_deleted(const Resource& resource) {
  constexpr std::string_view kKinds[] = {"pods",
                                         "services",
                                         "serviceaccounts",
                                         "persistentvolumes",
                                         "persistentvolumeclaims",
                                         "podtemplates",
                                         "resourcequotas"};
  return resource.group.empty() && std::ranges::find(kKinds, resource.plural) != std::end(kKinds);
}

json::object success(const Resource& resource, const json::object& object) {
  json::object details{{"name", string_in(object, "metadata.name")}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.plural;
  details["uid"] = string_in(object, "metadata.uid");
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Success"},
          {"details", std::move(details)}};
}

// A refusal where only an Error can go: its text and, as far as they have one, its kind.
Error error_of(const Refusal& refusal) {
  Error error{Error::Kind::kInternal, string_in(refusal.status, "message")};
  const int code = refusal.code();
  if (code == 404) error.kind = Error::Kind::kNotFound;
  if (code == 409) error.kind = Error::Kind::kConflict;
  if (code == 422) error.kind = Error::Kind::kInvalid;
  if (code == 503) error.kind = Error::Kind::kUnavailable;
  return error;
}

}  // namespace

Task<Outcome<DeleteOptions>> WriteRequests::delete_options(RequestPtr request) const {
  if (request->body.empty()) co_return parse_delete_options(nullptr, request->query);
  std::string body = std::move(request->body);
  CO_TRY(const DecodedBody decoded,
         co_await decode_body_async(&core_.offload, request->content_type, std::move(body),
                                    ProtobufBody::kAccepted));
  co_return parse_delete_options(&decoded.object, request->query);
}

HandlerTask WriteRequests::remove(RequestPtr request) const {
  CO_TRY(const DeleteOptions options, co_await delete_options(request));
  CO_TRY(const Renderer renderer, renderer_of(*request));
  const Resource& resource = *request->resource;
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  if (!current) co_return not_found(resource, request->route.name);
  CO_TRY(PlannedWrite planned, writer_.remove(*request, options, current));
  const bool removed = planned.removed;
  CO_TRY(json::object object, co_await writer_.finish(std::move(planned)));
  Reply reply;
  if (removed && !returns_deleted(resource))
    reply.text = encode_json(success(resource, object)) + "\n";
  else
    reply.text = renderer.one(std::move(object));
  co_return reply;
}

// All are decided in one step and become durable together.
HandlerTask WriteRequests::remove_all(RequestPtr request) const {
  CO_TRY(const DeleteOptions options, co_await delete_options(request));
  CO_TRY(const ListOptions wanted, reader_.list_options(*request));
  CO_TRY(Renderer renderer, renderer_of(*request));
  const Resource& resource = *request->resource;
  std::vector<ObjectPtr> objects = reader_.select(*request, wanted);
  std::vector<Async<ObjectPtr>> commits;
  for (const ObjectPtr& each : objects) {
    const ObjectPtr current = core_.store.decided(resource.collection, each->key);
    if (!current) continue;
    ApiRequest one = *request;
    one.route.name = current->key.name;
    one.route.ns = current->key.ns;
    CO_TRY(PlannedWrite planned, writer_.remove(one, options, current));
    if (planned.write) commits.push_back(core_.store.commit(*std::move(planned.write)));
  }
  for (auto& commit : commits) {
    const auto gone = co_await std::move(commit);
    if (!gone) co_return writer_.not_written(gone.error());
  }
  ListAnswer answer{.renderer = std::move(renderer),
                    .meta = {.revision = core_.store.revision()},
                    .objects = std::move(objects)};
  Reply reply;
  CO_TRY(reply.text, list_text(answer));
  co_return reply;
}

Task<Outcome<json::object>> WriteRequests::remove_object(RequestPtr request,
                                                         DeleteOptions options) const {
  const Resource& resource = *request->resource;
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  if (!current) co_return not_found(resource, request->route.name);
  CO_TRY(PlannedWrite planned, writer_.remove(*request, options, current));
  co_return co_await writer_.finish(std::move(planned));
}

namespace {

// A request for the pod that a binding or an eviction names.
RequestPtr pod_request(const Registry& registry, const SpecialRequest& asked) {
  auto request = std::make_shared<ApiRequest>();
  request->resource = registry.find("", "v1", "pods");
  request->route = {.is_resource = true,
                    .verb = "update",
                    .version = "v1",
                    .ns = asked.key.ns,
                    .plural = "pods",
                    .name = asked.key.name,
                    .subresource = asked.subresource};
  request->caller = asked.caller;
  request->now = asked.now;
  return request;
}

}  // namespace

Async<json::object> WriteRequests::update_pod(SpecialRequest asked,
                                              std::function<Result<>(json::object&)> change) const {
  RequestPtr request = pod_request(core_.registry, asked);
  const ObjectPtr current = core_.store.decided("pods", asked.key);
  if (!current)
    co_return std::unexpected(error_of(not_found(*request->resource, asked.key.name).error()));
  Edit edit = [change = std::move(change)](const json::object& pod) -> Outcome<Edited> {
    Edited edited{.object = pod};
    CHECK_OK(change(edited.object));
    return edited;
  };
  UpdatePlan plan{.current = current, .edit = std::move(edit)};
  plan.options.dry_run = asked.dry_run;
  auto planned = writer_.update(*request, plan);
  if (!planned) co_return std::unexpected(error_of(planned.error()));
  auto written = co_await writer_.finish(*std::move(planned));
  if (!written) co_return std::unexpected(error_of(written.error()));
  co_return *std::move(written);
}

Async<json::object> WriteRequests::remove_pod(SpecialRequest asked, json::object body) const {
  RequestPtr request = pod_request(core_.registry, asked);
  request->route.subresource.clear();
  auto options = parse_delete_options(&body, {});
  if (!options) co_return std::unexpected(error_of(options.error()));
  options->dry_run = options->dry_run || asked.dry_run;
  auto removed = co_await remove_object(std::move(request), *std::move(options));
  if (!removed) co_return std::unexpected(error_of(removed.error()));
  co_return *std::move(removed);
}

PodWrites WriteRequests::pod_writes() const {
  return {.update =
              [this](SpecialRequest asked, std::function<Result<>(json::object&)> edit) {
                return update_pod(std::move(asked), std::move(edit));
              },
          .remove =
              [this](SpecialRequest asked, json::object options) {
                return remove_pod(std::move(asked), std::move(options));
              }};
}

}  // namespace dynamod::apiserver
