// kube/patch does the work; here are the media types and the words of refusals.
#include "apiserver/patch.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/media_type.h"
#include "base/yaml.h"
#include "kube/patch/json_patch.h"
#include "kube/patch/merge_patch.h"
#include "kube/patch/strategic_patch.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kJsonPatch = "application/json-patch+json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr std::string_view kStrategicPatch = "application/strategic-merge-patch+json";
constexpr std::string_view kApplyPatch = "application/apply-patch+yaml";

// A patch that does not apply to this object, rather than one that is malformed.
Refused does_not_apply(const Error& error) {
  if (error.kind != Error::Kind::kInvalid) return Refused(Refusal(error));
  return refuse({.code = 422,
                 .reason = "Invalid",
                 .message = "the server rejected our request due to an error in our request"});
}

Outcome<json::object> patched(const DecodedPatch& patch, const json::object& current,
                              const kube::Schema* schema) {
  if (patch.type == PatchType::kStrategic) {
    DYN_ASSERT(schema);
    auto made = kube::strategic_patch(current, patch.body.get_object(), *schema);
    if (!made) return does_not_apply(made.error());
    return *std::move(made);
  }
  if (patch.type == PatchType::kMerge)
    return std::move(kube::merge_patch(current, patch.body).as_object());
  TRY(const auto operations, kube::decode_json_patch(patch.body));
  auto made = kube::apply_json_patch(current, operations.operations);
  if (!made) return does_not_apply(made.error());
  if (!made->is_object()) return bad_request("the patch leaves no object");
  return std::move(made->get_object());
}

}  // namespace

Outcome<PatchType> patch_type(std::string_view content_type, Origin origin) {
  const MediaType media = parse_media_type(content_type);
  if (media.type == kJsonPatch) return PatchType::kJson;
  if (media.type == kMergePatch) return PatchType::kMerge;
  if (media.type == kApplyPatch) return PatchType::kApply;
  const bool builtin = origin == Origin::kBuiltin;
  if (media.type == kStrategicPatch && builtin) return PatchType::kStrategic;
  return unsupported_media_type(
      builtin ? fmt::format("{}, {}, {}, {}", kJsonPatch, kMergePatch, kStrategicPatch, kApplyPatch)
              : fmt::format("{}, {}, {}", kJsonPatch, kMergePatch, kApplyPatch));
}

Outcome<DecodedPatch> decode_patch(PatchType type, std::string_view body) {
  DecodedPatch patch{.type = type};
  if (type == PatchType::kApply) {
    auto decoded = decode_yaml(body);
    if (!decoded)
      return bad_request(fmt::format("error decoding YAML: {}", decoded.error().message));
    patch.body = *std::move(decoded);
  } else {
    auto decoded = decode_json_strict(body);
    if (!decoded)
      return bad_request(fmt::format("error decoding patch: {}", decoded.error().message));
    patch.body = std::move(decoded->value);
    for (const auto& path : decoded->duplicates)
      patch.complaints.push_back(fmt::format("duplicate field \"{}\"", path));
  }
  if (type == PatchType::kJson) {
    TRY(const auto operations, kube::decode_json_patch(patch.body));
    for (const auto& path : operations.unknown_fields)
      patch.complaints.push_back(fmt::format("unknown field \"{}\"", path));
  } else if (!patch.body.is_object()) {
    return bad_request("the patch is no object");
  }
  return patch;
}

Outcome<Edited> apply_patch(const DecodedPatch& patch, const json::object& current,
                            const kube::Schema* schema) {
  TRY(json::object object, patched(patch, current, schema));
  return Edited{.object = std::move(object), .complaints = patch.complaints};
}

}  // namespace dynamod::apiserver
