// Deletion: at once, or in steps while finalizers, a grace period or the kind itself keep an
// object.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "apiserver/object_codec.h"
#include "apiserver/registry/object.h"
#include "apiserver/writer.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
constexpr std::string_view kOrphanFinalizer = "orphan";

// Of a deletion the conflict names the kind, not the resource.
Refused precondition_failed(const ApiRequest& request, std::string_view why) {
  const Resource& resource = *request.resource;
  json::object details{{"name", request.route.name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.kind;
  return refuse({.code = 409,
                 .reason = "Conflict",
                 .message = fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                        resource.type().kind_name(), request.route.name, why),
                 .details = std::move(details)});
}

Outcome<> check_preconditions(const ApiRequest& request, const DeleteOptions& options,
                              const json::object& object) {
  const std::string uid = string_in(object, "metadata.uid");
  if (!options.uid.empty() && options.uid != uid)
    return precondition_failed(
        request,
        fmt::format("the UID in the precondition ({}) does not match the UID in record ({}). The "
                    "object might have been deleted and then recreated",
                    options.uid, uid));
  const std::string version = string_in(object, "metadata.resourceVersion");
  if (!options.resource_version.empty() && options.resource_version != version)
    return precondition_failed(
        request, fmt::format("the ResourceVersion in the precondition ({}) does not match the "
                             "ResourceVersion in record ({}). The object might have been modified",
                             options.resource_version, version));
  return {};
}

// The garbage collector takes these two away when it has done what they ask for.
void set_propagation(json::object& object, Propagation propagation) {
  if (propagation == Propagation::kDefault) return;
  json::object& metadata = metadata_of(object);
  json::array finalizers;
  if (const json::value* old = metadata.if_contains("finalizers"); old && old->is_array()) {
    for (const json::value& each : old->get_array())
      if (each != json::value(kForegroundFinalizer) && each != json::value(kOrphanFinalizer))
        finalizers.push_back(each);
  }
  if (propagation == Propagation::kForeground) finalizers.emplace_back(kForegroundFinalizer);
  if (propagation == Propagation::kOrphan) finalizers.emplace_back(kOrphanFinalizer);
  if (finalizers.empty())
    metadata.stable_erase("finalizers");
  else
    metadata["finalizers"] = std::move(finalizers);
}

void set_deletion(json::object& object, WallTime now, std::int64_t grace) {
  json::object& metadata = metadata_of(object);
  metadata["deletionTimestamp"] = format_time(now + std::chrono::seconds(grace));
  metadata["deletionGracePeriodSeconds"] = grace;
  if (const std::int64_t generation = number_in(metadata, "generation"); generation > 0)
    metadata["generation"] = generation + 1;
}

}  // namespace

Outcome<PlannedWrite> Writer::remove(ApiRequest& request, const DeleteOptions& options,
                                     const ObjectPtr& current) const {
  const Resource& resource = *request.resource;
  TRY(json::object object, read_object(resource, *current));
  CHECK_OK(check_preconditions(request, options, object));
  const WriteContext context = request.context(options.dry_run);
  CHECK_OK(named_refusal(resource.strategy->check_delete(object, context), resource,
                         request.route.name));
  CHECK_OK(admit(request, kube::Operation::kDelete, nullptr, &object, options.dry_run));

  const json::object before = object;
  const bool dying = metadata_of(std::as_const(object)).contains("deletionTimestamp");
  std::int64_t grace = resource.strategy->grace_seconds(object, options.grace_seconds);
  if (dying) grace = std::min(grace, number_in(object, "metadata.deletionGracePeriodSeconds"));
  set_propagation(object, options.propagation);
  const bool kept = has_finalizers(object) || grace > 0 || !resource.strategy->may_remove(object);
  if (!kept) return write_removal(request, std::move(object), options.dry_run);

  const bool shortened = dying && grace < number_in(object, "metadata.deletionGracePeriodSeconds");
  if (!dying || shortened) {
    set_deletion(object, request.now, grace);
    resource.strategy->begin_delete(object, context);
  }
  if (equal_json(object, before)) return PlannedWrite{.object = std::move(object)};
  return plan_write(resource, std::move(object), options.dry_run);
}

// The last state carries the revision of its end: what a watch tells.
Outcome<PlannedWrite> Writer::write_removal(ApiRequest& request, json::object object,
                                            bool dry_run) const {
  const Resource& resource = *request.resource;
  PlannedWrite planned{.object = object, .removed = true};
  if (dry_run) return planned;
  TRY(StoredObject stored, store_object(resource, object, core_.store.next_revision()));
  planned.write =
      Write{.collection = resource.collection, .object = std::move(stored), .remove = true};
  return planned;
}

}  // namespace dynamod::apiserver
