// JSON Patch (RFC 6902): application/json-patch+json. As kube-apiserver applies it, which is in a
// few places not what the RFC says: see json_patch.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

// What a request may hold.
inline constexpr std::size_t kPatchOperationsMax = 10'000;

struct PatchOperation {
  // "add", "remove", "replace", "move", "copy", "test"; any other is an error once it is its turn.
  std::string op = {};
  std::optional<std::string> path = {};
  std::optional<std::string> from = {};
  std::optional<json::value> value = {};  // an explicit null is a value
};

using JsonPatch = std::vector<PatchOperation>;

struct DecodedJsonPatch {
  JsonPatch operations = {};
  // Fields that no operation has, as strict decoding prints them: `[0].foo`.
  std::vector<std::string> unknown_fields = {};
};

// Errors: kBadRequest with the text of Go's decoder, kTooLarge for too many operations.
[[nodiscard]] Result<DecodedJsonPatch> decode_json_patch(const json::value& body);

// `target` after all operations. The first that fails refuses the whole patch: kInvalid, in the
// words of Kubernetes ("testing value /a failed", "remove operation does not apply: ...").
[[nodiscard]] Result<json::value> apply_json_patch(json::value target, const JsonPatch& patch);

}  // namespace dynamod::kube
