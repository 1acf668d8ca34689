// A request's body as an object: JSON, YAML or protobuf, with what strict clients want to hear of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apiserver/options.h"
#include "apiserver/refusal.h"
#include "base/json.h"
#include "base/offload.h"

namespace dynamod::apiserver {

// What a client may send: more is answered 413, as Kubernetes does.
inline constexpr std::size_t kBodySizeMax = std::size_t{3} * 1024 * 1024;
// Decoding this much takes about a millisecond; more is done off the core thread.
inline constexpr std::size_t kDecodeHereMax = std::size_t{64} * 1024;

struct DecodedBody {
  json::object object = {};
  // `duplicate field "spec.x"`, as strict decoding lists them.
  std::vector<std::string> complaints = {};
};

enum class ProtobufBody : std::uint8_t { kAccepted, kRefused };  // custom resources have none

// Pure. Refusals: 415 for another type, 400 for what does not decode or is no object.
[[nodiscard]] Outcome<DecodedBody> decode_body(std::string_view content_type, std::string_view body,
                                               ProtobufBody protobuf);
// The same, through `offload` when it is large. `offload` outlives the call.
[[nodiscard]] Task<Outcome<DecodedBody>> decode_body_async(Offload* offload,
                                                           std::string content_type,
                                                           std::string body, ProtobufBody protobuf);

// `unknown field "spec.foo"`, ...: the complaints of unknown fields in that form.
[[nodiscard]] std::vector<std::string> unknown_field_complaints(
    const std::vector<std::string>& paths);
// What becomes of complaints: a refusal (strict), warnings to send, or nothing.
[[nodiscard]] Outcome<std::vector<std::string>> judge_complaints(
    FieldValidation validation, std::vector<std::string> complaints);

}  // namespace dynamod::apiserver
