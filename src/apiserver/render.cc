// Stored bytes go out as they are wherever that is what the client asked for; anything else is
// decoded object by object.
#include "apiserver/render.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/object_codec.h"
#include "apiserver/registry/object.h"
#include "apiserver/table.h"

namespace dynamod::apiserver {

namespace {

json::object partial_metadata(json::object object, const std::string& meta_version) {
  json::object partial{{"kind", "PartialObjectMetadata"}, {"apiVersion", meta_version}};
  partial["metadata"] = std::move(metadata_of(object));
  return partial;
}

bool is_partial(Form form) {
  return form == Form::kPartialMetadata || form == Form::kPartialMetadataList;
}

json::object meta_json(const ListMeta& meta) {
  json::object out{{"resourceVersion", std::to_string(meta.revision)}};
  if (!meta.continues.empty()) out["continue"] = meta.continues;
  if (meta.remaining) out["remainingItemCount"] = *meta.remaining;
  return out;
}

}  // namespace

Outcome<RowObject> parse_row_object(std::string_view text) {
  if (text.empty() || text == "Metadata") return RowObject::kMetadata;
  if (text == "None") return RowObject::kNone;
  if (text == "Object") return RowObject::kWhole;
  return bad_request(fmt::format("unrecognized includeObject value: {}", kube::quote(text)));
}

Renderer::Renderer(ResourcePtr resource, Rendering rendering, RowObject row_object, WallTime now)
    : resource_(std::move(resource)),
      rendering_(std::move(rendering)),
      row_object_(row_object),
      now_(now),
      meta_version_("meta.k8s.io/" + rendering_.meta_version),
      stored_is_shown_(rendering_.form == Form::kObject && shown_as_stored(*resource_)) {}

Result<std::string> Renderer::one(const StoredObject& stored) const {
  if (stored_is_shown_) return stored.bytes + "\n";
  TRY(json::object object, read_object(*resource_, stored));
  return one(std::move(object));
}

std::string Renderer::one(json::object object) const {
  if (rendering_.form == Form::kTable) object = table(std::move(object), true);
  if (is_partial(rendering_.form)) object = partial_metadata(std::move(object), meta_version_);
  return encode_json(object) + "\n";
}

std::string Renderer::list_head(const ListMeta& meta) const {
  const std::string metadata = encode_json(meta_json(meta));
  if (rendering_.form == Form::kTable) {
    return fmt::format(
        R"({{"kind":"Table","apiVersion":"{}","metadata":{},"columnDefinitions":{},"rows":[)",
        meta_version_, metadata, encode_json(table_columns(*resource_)));
  }
  const bool partial = is_partial(rendering_.form);
  // Typed lists say their kind first, those of custom resources the version.
  constexpr std::string_view kTyped =
      R"({{"kind":"{0}","apiVersion":"{1}","metadata":{2},"items":[)";
  constexpr std::string_view kCustom =
      R"({{"apiVersion":"{1}","kind":"{0}","metadata":{2},"items":[)";
  const bool custom = resource_->origin == Origin::kCustom && !partial;
  return fmt::format(fmt::runtime(custom ? kCustom : kTyped),
                     partial ? std::string("PartialObjectMetadataList") : resource_->list_kind,
                     partial ? meta_version_ : resource_->api_version(), metadata);
}

Result<std::string> Renderer::item(const StoredObject& stored) const {
  if (stored_is_shown_) {
    const std::string prefix = type_prefix(*resource_);
    if (stored.bytes.starts_with(prefix)) return "{" + stored.bytes.substr(prefix.size());
    return stored.bytes;
  }
  TRY(json::object object, read_object(*resource_, stored));
  if (rendering_.form == Form::kTable) return encode_json(row(std::move(object)));
  if (is_partial(rendering_.form))
    return encode_json(partial_metadata(std::move(object), meta_version_));
  if (resource_->origin == Origin::kBuiltin) {
    object.stable_erase("kind");
    object.stable_erase("apiVersion");
  }
  return encode_json(object);
}

Result<std::string> Renderer::event_object(const StoredObject& stored) {
  if (stored_is_shown_) return stored.bytes;
  TRY(json::object object, read_object(*resource_, stored));
  return event_object(std::move(object));
}

std::string Renderer::event_object(json::object object) {
  if (rendering_.form == Form::kTable)
    object = table(std::move(object), !std::exchange(columns_sent_, true));
  if (is_partial(rendering_.form)) object = partial_metadata(std::move(object), meta_version_);
  return encode_json(object);
}

json::object Renderer::empty_object() const {
  return {{"kind", resource_->kind},
          {"apiVersion", resource_->api_version()},
          {"metadata", json::object()}};
}

json::object Renderer::row(json::object object) const {
  json::object made{{"cells", table_cells(*resource_, object, now_)}};
  json::array conditions = resource_->strategy->row_conditions(object);
  if (!conditions.empty()) made["conditions"] = std::move(conditions);
  if (row_object_ == RowObject::kWhole) made["object"] = std::move(object);
  if (row_object_ == RowObject::kMetadata)
    made["object"] = partial_metadata(std::move(object), meta_version_);
  if (row_object_ == RowObject::kNone) made["object"] = nullptr;
  return made;
}

json::object Renderer::table(json::object object, bool with_columns) const {
  json::object made{{"kind", "Table"}, {"apiVersion", meta_version_}};
  made["metadata"] =
      json::object{{"resourceVersion", string_in(object, "metadata.resourceVersion")}};
  made["columnDefinitions"] = with_columns ? json::value(table_columns(*resource_)) : json::value();
  made["rows"] = json::array{json::value(row(std::move(object)))};
  return made;
}

}  // namespace dynamod::apiserver
