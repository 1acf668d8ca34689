// The body of a PATCH: which kind of patch it is, and what becomes of an object by it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/refusal.h"
#include "apiserver/writer.h"
#include "base/json.h"

namespace dynamod::apiserver {

enum class PatchType : std::uint8_t { kJson, kMerge, kStrategic, kApply };

// By Content-Type. Custom resources take no strategic patches: 415 that names what is accepted.
[[nodiscard]] Outcome<PatchType> patch_type(std::string_view content_type, Origin origin);

struct DecodedPatch {
  PatchType type = PatchType::kMerge;
  json::value body = {};                     // kApply: an object
  std::vector<std::string> complaints = {};  // of strict decoding
};

// Refusals: 400.
[[nodiscard]] Outcome<DecodedPatch> decode_patch(PatchType type, std::string_view body);

// `current` changed by a patch that is no apply. `schema` is of the kind of `current`. Refusals:
// 422 when it does not apply.
[[nodiscard]] Outcome<Edited> apply_patch(const DecodedPatch& patch, const json::object& current,
                                          const kube::Schema* schema);

}  // namespace dynamod::apiserver
