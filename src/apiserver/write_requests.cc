// Bodies and options in, a planned write, and the answer when it is durable. Deletion is in
// delete_requests.cc.
#include "apiserver/write_requests.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/managed_fields.h"
#include "apiserver/registry/object.h"
#include "apiserver/scale.h"
#include "kube/builtin/canonical.h"

namespace dynamod::apiserver {

namespace {

using kube::Problem;

constexpr int kCreated = 201;

std::string group_version(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
}

Outcome<> check_apply_options(const WriteOptions& options) {
  if (!options.field_manager.empty()) return {};
  return invalid_options("PatchOptions",
                         {kube::required("fieldManager", "is required for apply patch")});
}

Outcome<> check_patch_options(const WriteOptions& options) {
  if (!options.force) return {};
  return invalid_options("PatchOptions",
                         {Problem{.path = "force",
                                  .kind = Problem::Kind::kForbidden,
                                  .detail = "may not be specified for non-apply patch"}});
}

// What an apply of a Scale is to the object it is of.
json::object bare_object(const ApiRequest& request) {
  json::object metadata{{"name", request.route.name}};
  if (!request.route.object_ns().empty()) metadata["namespace"] = request.route.object_ns();
  return {{"apiVersion", request.resource->api_version()},
          {"kind", request.resource->kind},
          {"metadata", std::move(metadata)}};
}

Refused apply_refused(const ApplyRefusal& refusal) {
  if (refusal.error.kind == Error::Kind::kInternal)
    return refuse({.code = 500, .message = refusal.error.message});
  if (refusal.error.kind != Error::Kind::kConflict) return Refused(Refusal(refusal.error));
  json::object details;
  if (!refusal.causes.empty()) details["causes"] = refusal.causes;
  return refuse({.code = 409,
                 .reason = "Conflict",
                 .message = refusal.error.message,
                 .details = std::move(details)});
}

}  // namespace

Task<Outcome<DecodedBody>> WriteRequests::read_body(RequestPtr request) const {
  std::string body = std::move(request->body);
  co_return co_await decode_body_async(&core_.offload, request->content_type, std::move(body),
                                       request->protobuf());
}

// The kind of the body is the one of the path; typed clients may leave it out.
Outcome<> WriteRequests::check_type(const ApiRequest& request, json::object& object) const {
  const Resource& resource = *request.resource;
  const Subresource* sub = resource.subresource(request.route.subresource);
  const std::string kind = sub ? sub->kind : resource.kind;
  const std::string version =
      sub ? group_version(sub->group, sub->version) : resource.api_version();
  const std::string body_kind = string_in(object, "kind");
  const std::string body_version = string_in(object, "apiVersion");
  if (resource.origin == Origin::kCustom && body_kind.empty())
    return bad_request(fmt::format("Object 'Kind' is missing in '{}'", encode_json(object)));
  if (!body_version.empty() && body_version != version)
    return bad_request(
        fmt::format("the API version in the data ({}) does not match the expected API version ({})",
                    body_version, version));
  if (!body_kind.empty() && body_kind != kind)
    return bad_request(
        fmt::format("{} in version \"{}\" cannot be handled as a {}: converting "
                    "({}) to ({}): unknown conversion",
                    body_kind, resource.version, kind, body_kind, kind));
  object["apiVersion"] = version;
  object["kind"] = kind;
  return {};
}

HandlerTask WriteRequests::finish(RequestPtr request, PlannedWrite planned) const {
  const bool created = planned.created;
  CO_TRY(const Renderer renderer, renderer_of(*request));
  CO_TRY(json::object object, co_await writer_.finish(std::move(planned)));
  if (request->route.subresource == "scale") object = scale_of(*request->resource, object);
  Reply reply{.status = created ? kCreated : 200};
  reply.text = renderer.one(std::move(object));
  co_return reply;
}

HandlerTask WriteRequests::create(RequestPtr request) const {
  CO_TRY(const WriteOptions options, parse_write_options(request->query, "CreateOptions"));
  CO_TRY(DecodedBody body, co_await read_body(request));
  CO_CHECK(check_type(*request, body.object));
  Edited edited{.object = std::move(body.object), .complaints = std::move(body.complaints)};
  CO_TRY(PlannedWrite planned, writer_.create(*request, options, std::move(edited)));
  co_return co_await finish(request, std::move(planned));
}

HandlerTask WriteRequests::replace(RequestPtr request) const {
  CO_TRY(const WriteOptions options, parse_write_options(request->query, "UpdateOptions"));
  CO_TRY(DecodedBody body, co_await read_body(request));
  CO_CHECK(check_type(*request, body.object));
  const Resource& resource = *request->resource;
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  Edited edited{.object = std::move(body.object), .complaints = std::move(body.complaints)};
  if (!current) {
    const bool creates =
        request->route.subresource.empty() && resource.strategy->allows_create_on_update();
    if (!creates) co_return not_found(resource, request->route.name);
    CO_TRY(PlannedWrite made, writer_.create(*request, options, std::move(edited)));
    co_return co_await finish(request, std::move(made));
  }
  Edit edit = [&](const json::object&) -> Outcome<Edited> { return std::move(edited); };
  const UpdatePlan plan{
      .current = current, .edit = scaled(*request, std::move(edit)), .options = options};
  CO_TRY(PlannedWrite planned, writer_.update(*request, plan));
  co_return co_await finish(request, std::move(planned));
}

// An edit of the Scale, as an edit of the object it is of.
Edit WriteRequests::scaled(const ApiRequest& request, Edit edit) const {
  if (request.route.subresource != "scale") return edit;
  return [&request, edit = std::move(edit)](const json::object& current) -> Outcome<Edited> {
    TRY(Edited edited, edit(scale_of(*request.resource, current)));
    TRY(edited.object, with_scale(*request.resource, current, edited.object));
    return edited;
  };
}

HandlerTask WriteRequests::patch(RequestPtr request) const {
  const Resource& resource = *request->resource;
  CO_TRY(const PatchType type, patch_type(request->content_type, resource.origin));
  CO_TRY(const WriteOptions options, parse_write_options(request->query, "PatchOptions"));
  const std::string body = std::move(request->body);
  CO_TRY(DecodedPatch decoded, decode_patch(type, body));
  if (type == PatchType::kApply)
    co_return co_await apply_configuration(request, std::move(decoded), options);
  CO_CHECK(check_patch_options(options));
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  if (!current) co_return not_found(resource, request->route.name);
  const kube::Schema* schema = request->route.subresource == "scale"
                                   ? kube::builtin_schema("autoscaling/v1", "Scale")
                                   : resource.schema;
  Edit edit = [&](const json::object& object) -> Outcome<Edited> {
    TRY(Edited edited, apply_patch(decoded, object, schema));
    CHECK_OK(check_type(*request, edited.object));
    return edited;
  };
  const UpdatePlan plan{
      .current = current, .edit = scaled(*request, std::move(edit)), .options = options};
  CO_TRY(PlannedWrite planned, writer_.update(*request, plan));
  co_return co_await finish(request, std::move(planned));
}

HandlerTask WriteRequests::apply_configuration(RequestPtr request, DecodedPatch patch,
                                               WriteOptions options) const {
  const Resource& resource = *request->resource;
  CO_CHECK(check_apply_options(options));
  const json::object applied = std::move(patch.body.get_object());
  json::object typed = applied;
  CO_CHECK(check_type(*request, typed));
  if (request->route.subresource == "scale") {
    CO_TRY(typed, with_scale(resource, bare_object(*request), typed));
  }
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  const bool is_main = request->route.subresource.empty();
  if (!current && !is_main) co_return not_found(resource, request->route.name);
  const Force force = options.force ? Force::kYes : Force::kNo;
  Edit edit = [&](const json::object& live) -> Outcome<Edited> {
    auto merged = apply(live, typed, managed_kind(*request, core_.registry),
                        owner_of(*request, options), force);
    if (!merged) return apply_refused(merged.error());
    return Edited{.object = *std::move(merged), .complaints = patch.complaints};
  };
  if (!current) {
    const ManagedKind kind = managed_kind(*request, core_.registry);
    CO_TRY(Edited made, edit(kind.empty));
    CO_TRY(PlannedWrite created,
           writer_.create(*request, options, std::move(made), Tracking::kDone));
    co_return co_await finish(request, std::move(created));
  }
  const UpdatePlan plan{
      .current = current, .edit = std::move(edit), .options = options, .tracking = Tracking::kDone};
  CO_TRY(PlannedWrite planned, writer_.update(*request, plan));
  co_return co_await finish(request, std::move(planned));
}

HandlerTask WriteRequests::special(RequestPtr request) const {
  CO_TRY(const WriteOptions options, parse_write_options(request->query, "CreateOptions"));
  CO_TRY(DecodedBody body, co_await read_body(request));
  CO_CHECK(check_type(*request, body.object));
  CO_TRY(const auto unknown, kube::canonicalize(body.object, string_in(body.object, "apiVersion"),
                                                string_in(body.object, "kind")));
  for (auto& complaint : unknown_field_complaints(unknown))
    body.complaints.push_back(std::move(complaint));
  CO_TRY(auto warnings, judge_complaints(options.field_validation, std::move(body.complaints)));
  request->warnings = std::move(warnings);
  SpecialRequest asked{.resource = request->resource,
                       .caller = request->caller,
                       .now = request->now,
                       .method = request->method,
                       .subresource = request->route.subresource,
                       .key = request->key(),
                       .body = std::move(body.object),
                       .dry_run = options.dry_run};
  CO_TRY(SpecialAnswer answer, co_await request->resource->strategy->special(std::move(asked)));
  Reply reply{.status = answer.status};
  reply.text = encode_json(answer.object) + "\n";
  co_return reply;
}

Task<Outcome<json::object>> WriteRequests::create_object(RequestPtr request,
                                                         json::object object) const {
  const WriteOptions options;
  Edited edited{.object = std::move(object)};
  CO_TRY(PlannedWrite planned, writer_.create(*request, options, std::move(edited)));
  co_return co_await writer_.finish(std::move(planned));
}

Task<Outcome<json::object>> WriteRequests::edit_object(RequestPtr request, Edit edit) const {
  const Resource& resource = *request->resource;
  const ObjectPtr current = core_.store.decided(resource.collection, request->key());
  if (!current) co_return not_found(resource, request->route.name);
  const UpdatePlan plan{.current = current, .edit = std::move(edit)};
  CO_TRY(PlannedWrite planned, writer_.update(*request, plan));
  co_return co_await writer_.finish(std::move(planned));
}

}  // namespace dynamod::apiserver
