// Kubernetes' protobuf bodies into JSON. Typed Go clients send them by default for built-in kinds,
// so every create of client-go comes this way; nothing is ever answered in protobuf.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

inline constexpr std::size_t kProtobufSizeMax = std::size_t{3} * 1024 * 1024;
// JSONSchemaProps nests; a CRD's schema of 100 levels is three times the deepest known. Each level
// of JSON costs up to two of messages.
inline constexpr int kProtobufDepthMax = 200;

// "k8s\0" opens every body.
[[nodiscard]] bool is_protobuf(std::string_view body);

// The object with apiVersion and kind, as Go would print it in JSON. Options of a request
// (DeleteOptions, ...) are accepted under any group and version, as Kubernetes registers them in
// all. Unknown fields are skipped. Errors: kBadRequest for bytes that are no such message,
// kNotFound for a kind that is unknown (custom resources have no protobuf), kTooLarge over a limit.
[[nodiscard]] Result<json::object> decode_protobuf(std::string_view body);

}  // namespace dynamod::kube
