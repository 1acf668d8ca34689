// The generic kind: rules that hold unless a kind says otherwise.
#include "apiserver/registry/strategy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apiserver/registry/object.h"
#include "kube/builtin/canonical.h"
#include "kube/schema/defaults.h"
#include "kube/schema/prune.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kStatus = "status";

bool is_ignored_for_generation(std::string_view field) {
  return field == "metadata" || field == kStatus || field == "apiVersion" || field == "kind";
}

std::int64_t generation_of(const json::object& object) {
  return number_in(metadata_of(object), "generation");
}

void set_generation(json::object& object, std::int64_t generation) {
  json::object& metadata = metadata_of(object);
  if (generation > 0)
    metadata["generation"] = generation;
  else
    metadata.stable_erase("generation");
}

}  // namespace

Result<std::vector<std::string>> Strategy::normalize(json::object& object,
                                                     const Resource& resource) const {
  if (resource.origin == Origin::kBuiltin) {
    return kube::canonicalize(object, resource.api_version(), resource.kind);
  }
  if (!resource.schema) return std::vector<std::string>();
  TRY(auto unknown, kube::coerce_metadata(object, *resource.schema, kube::Malformed::kRefuse));
  auto pruned = kube::prune(object, *resource.schema);
  unknown.insert(unknown.end(), pruned.begin(), pruned.end());
  return unknown;
}

void Strategy::set_defaults(json::object& object, const Resource& resource) const {
  if (resource.origin != Origin::kCustom || !resource.schema) return;
  kube::drop_nulls(object, *resource.schema);
  kube::apply_defaults(object, *resource.schema);
}

Result<> Strategy::prepare_create(json::object& object, const WriteContext& context) const {
  if (context.resource.has_status()) object.stable_erase(kStatus);
  set_generation(object, counts_generation(context.resource) ? 1 : 0);
  return {};
}

Result<> Strategy::prepare_update(json::object& object, const json::object& old,
                                  const WriteContext& context) const {
  if (context.subresource == kStatus) {
    keep_all_but_status(object, old);
    return {};
  }
  if (!context.subresource.empty()) return {};
  if (context.resource.has_status()) keep_old(object, old, kStatus);
  set_generation(object, generation_of(old));
  if (!counts_generation(context.resource)) return {};
  count_generation(object, old);
  // Without /status, status is like spec.
  if (!context.resource.has_status() && !same_field(object, old, kStatus))
    set_generation(object, generation_of(old) + 1);
  return {};
}

kube::Verdict Strategy::validate_create(const json::object& /*object*/,
                                        const WriteContext& /*context*/) const {
  return {};
}

kube::Verdict Strategy::validate_update(const json::object& /*object*/, const json::object& /*old*/,
                                        const WriteContext& /*context*/) const {
  return {};
}

bool Strategy::counts_generation(const Resource& resource) const {
  return resource.origin == Origin::kCustom || resource.has_status();
}

std::int64_t Strategy::grace_seconds(const json::object& /*object*/,
                                     std::optional<std::int64_t> /*requested*/) const {
  return 0;
}

void Strategy::begin_delete(json::object& /*object*/, const WriteContext& /*context*/) const {}

bool Strategy::may_remove(const json::object& /*object*/) const {
  return true;
}

Result<> Strategy::check_delete(const json::object& /*object*/,
                                const WriteContext& /*context*/) const {
  return {};
}

FieldValues Strategy::fields(const json::object& /*object*/) const {
  return {};
}

std::vector<std::string> Strategy::field_names(const Resource& /*resource*/) const {
  return {};
}

std::optional<json::array> Strategy::cells(const json::object& /*object*/,
                                           const Resource& /*resource*/, WallTime /*now*/) const {
  return std::nullopt;
}

json::array Strategy::row_conditions(const json::object& /*object*/) const {
  return {};
}

Result<> Strategy::from_storage(json::object& object, const Resource& resource) const {
  object["apiVersion"] = resource.api_version();
  return {};
}

Result<> Strategy::to_storage(json::object& object, const Resource& resource) const {
  object["apiVersion"] = resource.storage_api_version;
  return {};
}

bool Strategy::answers(std::string_view /*method*/, std::string_view /*subresource*/) const {
  return false;
}

Async<SpecialAnswer> Strategy::special(SpecialRequest request) const {
  co_return fail(Error::Kind::kInternal,
                 fmt::format("{} does not answer {} {}", request.resource->resource_name(),
                             request.method, request.subresource));
}

std::shared_ptr<const Strategy> generic_strategy() {
  return std::make_shared<const Strategy>();
}

void count_generation(json::object& object, const json::object& old) {
  const auto changed = [&](const json::object& in, const json::object& other) {
    return std::ranges::any_of(in, [&](const auto& field) {
      return !is_ignored_for_generation(field.key()) && !same_field(in, other, field.key());
    });
  };
  const bool counts = changed(object, old) || changed(old, object);
  set_generation(object, generation_of(old) + (counts ? 1 : 0));
}

void keep_all_but_status(json::object& object, const json::object& old) {
  json::object kept = old;
  keep_old(metadata_of(kept), metadata_of(std::as_const(object)), "managedFields");
  keep_old(kept, object, kStatus);
  object = std::move(kept);
}

void keep_all_but_status_and_metadata(json::object& object, const json::object& old) {
  json::object kept = old;
  keep_old(kept, object, "metadata");
  keep_old(metadata_of(kept), metadata_of(old), "generation");
  keep_old(kept, object, kStatus);
  object = std::move(kept);
}

}  // namespace dynamod::apiserver
