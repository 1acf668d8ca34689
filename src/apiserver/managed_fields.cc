// The names of a write's manager, what it cannot own, and whether it changed anything.
#include "apiserver/managed_fields.h"

#include <algorithm>
#include <utility>

#include "apiserver/registry/object.h"
#include "kube/builtin/canonical.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kManagerMax = 128;
constexpr std::string_view kManagedFields = "managedFields";

json::value without_times(const json::object& object) {
  json::object copy = object;
  json::object& metadata = metadata_of(copy);
  metadata.stable_erase("resourceVersion");
  json::value* managed = metadata.if_contains(kManagedFields);
  if (!managed || !managed->is_array()) return copy;
  for (json::value& entry : managed->get_array())
    if (entry.is_object()) entry.get_object().stable_erase("time");
  return copy;
}

// A write of the main resource leaves status alone, one of a subresource all but what it is for.
const FieldSet* reset_fields(const ApiRequest& request) {
  static const FieldSet kStatus = FieldSet::of({{"status"}});
  static const FieldSet kSpec = FieldSet::of({{"spec"}});
  static const FieldSet kAllButStatus = FieldSet::of({{"metadata"}, {"spec"}});
  const bool custom = request.resource->origin == Origin::kCustom;
  if (request.route.subresource == "status") return custom ? &kAllButStatus : &kSpec;
  return request.resource->has_status() ? &kStatus : nullptr;
}

json::object empty_object(const Resource& resource) {
  json::object empty{{"apiVersion", resource.api_version()}, {"kind", resource.kind}};
  // The kinds of the table always fit themselves.
  if (resource.origin == Origin::kBuiltin)
    DYN_ASSERT(kube::canonicalize(empty, resource.api_version(), resource.kind));
  return empty;
}

// Through the storage version, as a stored object would go.
ConvertVersion converter(ResourcePtr resource, const Registry& registry) {
  return [resource = std::move(resource), &registry](
             const json::object& object,
             std::string_view api_version) -> Result<std::optional<VersionedObject>> {
    const auto of_version = [&](std::string_view wanted) {
      const auto slash = wanted.find('/');
      const std::string_view version =
          slash == std::string_view::npos ? wanted : wanted.substr(slash + 1);
      return registry.find(resource->group, version, resource->plural);
    };
    const ResourcePtr from = of_version(string_in(object, "apiVersion"));
    const ResourcePtr to = of_version(api_version);
    if (!from || !to) return std::nullopt;
    json::object converted = object;
    CHECK_OK(from->strategy->to_storage(converted, *from));
    CHECK_OK(to->strategy->from_storage(converted, *to));
    return VersionedObject{.object = std::move(converted), .schema = to->schema};
  };
}

}  // namespace

std::string manager_of(const ApiRequest& request, const WriteOptions& options) {
  if (!options.field_manager.empty()) return options.field_manager;
  std::string name = request.user_agent.substr(0, request.user_agent.find('/'));
  std::erase_if(name, [](char c) { return c < ' ' || c == '\x7F'; });
  if (name.size() > kManagerMax) name.resize(kManagerMax);
  return name.empty() ? "unknown" : name;
}

FieldOwner owner_of(const ApiRequest& request, const WriteOptions& options) {
  return {.manager = manager_of(request, options),
          .subresource = request.route.subresource,
          .now = request.now};
}

ManagedKind managed_kind(const ApiRequest& request, const Registry& registry) {
  const Resource& resource = *request.resource;
  return {.api_version = resource.api_version(),
          .kind = resource.kind,
          .schema = resource.schema,
          .object_meta = &kube::object_meta_schema(),
          .reset_fields = reset_fields(request),
          .convert = converter(request.resource, registry),
          .empty = empty_object(resource)};
}

void track_write(const ApiRequest& request, const Registry& registry, const WriteOptions& options,
                 const json::object* old, json::object& object) {
  track_update(old, object, managed_kind(request, registry), owner_of(request, options));
}

bool is_unchanged(const json::object& object, const json::object& old) {
  return equal_json(without_times(object), without_times(old));
}

}  // namespace dynamod::apiserver
