// Updates and what all writes share: admission, identity of objects, the commit. Creation is in
// writer_create.cc, deletion in writer_remove.cc.
#include "apiserver/writer.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/managed_fields.h"
#include "apiserver/object_codec.h"
#include "apiserver/registry/object.h"
#include "apiserver/validation/object_meta.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kUidAlphabet = "0123456789abcdef";

Scope scope_of(const Resource& resource) {
  return resource.namespaced ? Scope::kNamespaced : Scope::kCluster;
}

// What a client need not send stays as it was; that it changes nothing of it is validated.
void keep_identity(json::object& metadata, const json::object& old) {
  for (const std::string_view field :
       {"uid", "creationTimestamp", "deletionGracePeriodSeconds", "name", "namespace"})
    if (field_text(metadata, field).empty()) keep_old(metadata, old, field);
  if (old.contains("deletionTimestamp")) keep_old(metadata, old, "deletionTimestamp");
  metadata.stable_erase("selfLink");
}

Outcome<> check_update_name(const ApiRequest& request, const json::object& object) {
  const std::string name = string_in(object, "metadata.name");
  if (!name.empty() && name != request.route.name)
    return bad_request(
        fmt::format("the name of the object ({}) does not match the name on the URL ({})", name,
                    request.route.name));
  const std::string ns = string_in(object, "metadata.namespace");
  if (!ns.empty() && ns != request.route.object_ns())
    return bad_request(
        fmt::format("the namespace of the provided object does not match the "
                    "namespace sent on the request"));
  return {};
}

// Optimistic concurrency, and the uid as a precondition.
Outcome<> check_versions(const ApiRequest& request, const json::object& object,
                         const json::object& old) {
  const std::string uid = string_in(object, "metadata.uid");
  const std::string old_uid = string_in(old, "metadata.uid");
  if (!uid.empty() && uid != old_uid && request.method == "PUT")
    return conflict(*request.resource, request.route.name,
                    fmt::format("StorageError: invalid object, Code: 4, Key: /registry/{}/{}, "
                                "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID "
                                "in precondition: {}, UID in object meta: {}",
                                request.resource->plural, request.key().text(), uid, old_uid));
  const std::string version = string_in(object, "metadata.resourceVersion");
  if (version.empty() && !request.resource->strategy->allows_unconditional_update())
    return invalid(
        request.resource->type(), request.route.name,
        {kube::invalid("metadata.resourceVersion", "0", "must be specified for an update")});
  if (!version.empty() && version != string_in(old, "metadata.resourceVersion"))
    return conflict(*request.resource, request.route.name, kModified);
  return {};
}

bool is_ready_to_go(const Resource& resource, const json::object& object) {
  const json::object& metadata = metadata_of(object);
  return metadata.contains("deletionTimestamp") && !has_finalizers(object) &&
         number_in(metadata, "deletionGracePeriodSeconds") == 0 &&
         resource.strategy->may_remove(object);
}

// The patch that made it cannot be processed, or the body cannot be read.
Refused no_such_object(const ApiRequest& request, std::string message) {
  if (request.method == "PATCH")
    return refuse({.code = 422, .reason = "Invalid", .message = std::move(message)});
  const Resource& resource = *request.resource;
  return bad_request(fmt::format("{0} in version \"{1}\" cannot be handled as a {0}: {2}",
                                 resource.kind, resource.version, message));
}

// Into the form of its kind; unknown fields are refused or become warnings.
Outcome<> normalize(ApiRequest& request, const WriteOptions& options, json::object& object,
                    std::vector<std::string> complaints) {
  const auto unknown = request.resource->strategy->normalize(object, *request.resource);
  if (!unknown && unknown.error().kind == Error::Kind::kBadRequest)
    return no_such_object(request, unknown.error().message);
  if (!unknown) return Refused(Refusal(unknown.error()));
  for (auto& complaint : unknown_field_complaints(*unknown))
    complaints.push_back(std::move(complaint));
  auto warnings = judge_complaints(options.field_validation, std::move(complaints));
  if (!warnings) return no_such_object(request, string_in(warnings.error().status, "message"));
  request.warnings.insert(request.warnings.end(), warnings->begin(), warnings->end());
  return {};
}

}  // namespace

struct Writer::Update {
  const UpdatePlan& plan;
  json::object old;
  json::object object;
};

Outcome<PlannedWrite> Writer::update(ApiRequest& request, const UpdatePlan& plan) const {
  const Resource& resource = *request.resource;
  TRY(json::object old, read_object(resource, *plan.current));
  TRY(Edited edited, plan.edit(old));
  Update update{.plan = plan, .old = std::move(old), .object = std::move(edited.object)};
  CHECK_OK(normalize(request, plan.options, update.object, std::move(edited.complaints)));
  CHECK_OK(check_update_name(request, update.object));
  CHECK_OK(check_versions(request, update.object, update.old));
  return write_update(request, update);
}

Outcome<PlannedWrite> Writer::write_update(ApiRequest& request, Update& update) const {
  const Resource& resource = *request.resource;
  const WriteOptions& options = update.plan.options;
  const WriteContext context = request.context(options.dry_run);
  const json::object& old = update.old;
  json::object& object = update.object;

  keep_identity(metadata_of(object), metadata_of(std::as_const(old)));
  resource.strategy->set_defaults(object, resource);
  // What a client owns is what it sent, not what the kind makes of it.
  if (update.plan.tracking == Tracking::kUpdate)
    track_write(request, core_.registry, options, &old, object);
  CHECK_OK(named_refusal(resource.strategy->prepare_update(object, old, context), resource,
                         request.route.name));

  keep_old(metadata_of(object), metadata_of(old), "resourceVersion");
  const bool leaves = is_ready_to_go(resource, object);
  if (!leaves && is_unchanged(object, old)) return PlannedWrite{.object = old};

  auto problems = validate_common_update(metadata_of(std::as_const(object)), metadata_of(old),
                                         scope_of(resource));
  kube::Verdict verdict = resource.strategy->validate_update(object, old, context);
  problems.insert(problems.end(), verdict.problems.begin(), verdict.problems.end());
  if (!problems.empty()) return invalid(resource.type(), request.route.name, problems);
  for (auto& warning : verdict.warnings) request.warnings.push_back(std::move(warning));
  CHECK_OK(admit(request, kube::Operation::kUpdate, &object, &old, options.dry_run));
  if (leaves) return write_removal(request, std::move(object), options.dry_run);

  return plan_write(resource, std::move(object), options.dry_run);
}

Outcome<PlannedWrite> Writer::create(ApiRequest& request, const WriteOptions& options, Edited body,
                                     Tracking tracking) const {
  const Resource& resource = *request.resource;
  json::object& object = body.object;
  CHECK_OK(normalize(request, options, object, std::move(body.complaints)));
  const bool has_version = !string_in(object, "metadata.resourceVersion").empty();

  CHECK_OK(name_object(request, object));
  const kube::ObjectKey key = key_of(object);
  CHECK_OK(check_namespace(request, key.name));
  fill_new_metadata(request, object);
  const WriteContext context = request.context(options.dry_run);
  resource.strategy->set_defaults(object, resource);
  if (tracking == Tracking::kUpdate) track_write(request, core_.registry, options, nullptr, object);
  CHECK_OK(named_refusal(resource.strategy->prepare_create(object, context), resource, key.name));

  kube::Verdict verdict = resource.strategy->validate_create(object, context);
  // What every kind must be; most have said so by themselves.
  if (verdict.ok())
    verdict.problems =
        validate_object_meta(metadata_of(std::as_const(object)),
                             {.name = NameRule::kPathSegment, .scope = scope_of(resource)});
  if (!verdict.ok()) return invalid(resource.type(), key.name, verdict.problems);
  for (auto& warning : verdict.warnings) request.warnings.push_back(std::move(warning));
  CHECK_OK(admit(request, kube::Operation::kCreate, &object, nullptr, options.dry_run));
  if (has_version && !options.dry_run)
    return refuse(
        {.code = 500, .message = "resourceVersion should not be set on objects to be created"});
  if (core_.store.decided(resource.collection, key)) return already_exists(resource, key.name);

  TRY(PlannedWrite planned, plan_write(resource, std::move(object), options.dry_run));
  planned.created = true;
  return planned;
}

Outcome<PlannedWrite> Writer::plan_write(const Resource& resource, json::object object,
                                         bool dry_run) const {
  PlannedWrite planned{.object = std::move(object)};
  if (dry_run) {
    order_fields(planned.object);  // as storing does
    return planned;
  }
  TRY(StoredObject stored, store_object(resource, planned.object, core_.store.next_revision()));
  planned.write = Write{.collection = resource.collection, .object = std::move(stored)};
  return planned;
}

Outcome<> Writer::admit(ApiRequest& request, kube::Operation operation, const json::object* object,
                        const json::object* old, bool dry_run) const {
  const Resource& resource = *request.resource;
  const auto found = core_.admissions.find(resource.resource_name());
  if (found == core_.admissions.end()) return {};
  kube::AdmissionRequest review{
      .uid = new_uid(),
      .kind = {resource.group, resource.version, resource.kind},
      .sub_resource = request.route.subresource,
      .name = object ? string_in(*object, "metadata.name") : string_in(*old, "metadata.name"),
      .ns = std::string(request.route.object_ns()),
      .operation = operation,
      .user_info = {.username = request.caller.name, .groups = request.caller.groups},
      .dry_run = dry_run};
  if (object) review.object = *object;
  if (old) review.old_object = *old;
  kube::AdmissionResponse response = found->second(review);
  for (auto& warning : response.warnings) request.warnings.push_back(std::move(warning));
  if (!response.allowed) return Refused(Refusal(std::move(response.status)));
  return {};
}

std::string Writer::new_uid() const {
  // A version 4 UUID: 122 random bits.
  std::string uid = "xxxxxxxx-xxxx-4xxx-Yxxx-xxxxxxxxxxxx";
  for (char& c : uid) {
    if (c == 'x') c = kUidAlphabet[core_.rng.between(0, 15)];
    if (c == 'Y') c = kUidAlphabet[core_.rng.between(8, 11)];
  }
  return uid;
}

Task<Outcome<json::object>> Writer::finish(PlannedWrite planned) const {
  if (planned.write) {
    Write write = *std::move(planned.write);
    const auto stored = co_await core_.store.commit(std::move(write));
    if (!stored) co_return not_written(stored.error());
  }
  co_return std::move(planned.object);
}

Refused Writer::not_written(const Error& error) const {
  if (core_.store.disk_full()) return insufficient_storage(error.message);
  return Refused(Refusal(error));
}

}  // namespace dynamod::apiserver
