// Versions are converted on the way in and out by the strategy.
#include "apiserver/object_codec.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

constexpr std::array<std::string_view, 3> kFirst = {"kind", "apiVersion", "metadata"};

// An object of our own is never too large or too deep to be read again.
constexpr JsonLimits kStoredLimits{.size_bytes_max = std::size_t{64} * 1024 * 1024,
                                   .depth_max = kJsonDepthMax};

}  // namespace

Result<json::object> read_object(const Resource& resource, const StoredObject& stored) {
  TRY(json::value value, decode_json(stored.bytes, kStoredLimits));
  if (!value.is_object())
    return fail(Error::Kind::kInternal, fmt::format("{} {} is stored as no object",
                                                    resource.collection, stored.key.text()));
  json::object object = std::move(value.get_object());
  if (string_in(object, "apiVersion") != resource.api_version() || resource.shares_collection)
    CHECK_OK(resource.strategy->from_storage(object, resource));
  if (resource.origin == Origin::kCustom) resource.strategy->set_defaults(object, resource);
  return object;
}

Result<StoredObject> store_object(const Resource& resource, json::object& object,
                                  Revision revision) {
  metadata_of(object)["resourceVersion"] = std::to_string(revision);
  order_fields(object);
  StoredObject stored{.key = key_of(object),
                      .revision = revision,
                      .uid = string_in(object, "metadata.uid"),
                      .labels = labels_of(object)};
  if (resource.storage_api_version == resource.api_version() && !resource.shares_collection) {
    stored.fields = resource.strategy->fields(object);
    stored.bytes = encode_json(object);
    return stored;
  }
  json::object kept = object;
  CHECK_OK(resource.strategy->to_storage(kept, resource));
  order_fields(kept);
  stored.fields = resource.strategy->fields(kept);
  stored.bytes = encode_json(kept);
  return stored;
}

bool shown_as_stored(const Resource& resource) {
  return resource.origin == Origin::kBuiltin && !resource.shares_collection &&
         resource.storage_api_version == resource.api_version();
}

std::string type_prefix(const Resource& resource) {
  return fmt::format(R"({{"kind":"{}","apiVersion":"{}",)", resource.kind, resource.api_version());
}

void order_fields(json::object& object) {
  json::object ordered(object.storage());
  ordered.reserve(object.size());
  for (const std::string_view field : kFirst) {
    if (json::value* value = object.if_contains(field)) ordered[field] = std::move(*value);
  }
  for (auto& entry : object) {
    if (!ordered.contains(entry.key())) ordered[entry.key()] = std::move(entry.value());
  }
  object = std::move(ordered);
}

}  // namespace dynamod::apiserver
