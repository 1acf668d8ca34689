// One entry for the three forms of a body.
#include "apiserver/body.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/media_type.h"
#include "base/yaml.h"
#include "kube/builtin/protobuf.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kBuiltinTypes =
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";
constexpr std::string_view kCustomTypes = "application/json, application/yaml";

// As json.Unmarshal's and the YAML reader's errors are wrapped by Kubernetes' decoder.
Refused undecodable(std::string_view what, const Error& error) {
  if (error.kind == Error::Kind::kTooLarge) return Refused(Refusal(error));
  return bad_request(fmt::format("error decoding {}: {}", what, error.message));
}

Outcome<DecodedBody> body_of(json::value value, std::vector<std::string> duplicates) {
  if (value.is_null()) return DecodedBody{};
  if (!value.is_object())
    return bad_request(
        fmt::format("the body is no object: it starts with {}", encode_json(value).substr(0, 32)));
  DecodedBody body{.object = std::move(value.get_object())};
  for (const auto& path : duplicates)
    body.complaints.push_back(fmt::format("duplicate field \"{}\"", path));
  return body;
}

Outcome<DecodedBody> from_protobuf(std::string_view bytes) {
  auto object = kube::decode_protobuf(bytes);
  if (!object) return undecodable("protobuf", object.error());
  return DecodedBody{.object = *std::move(object)};
}

}  // namespace

Outcome<DecodedBody> decode_body(std::string_view content_type, std::string_view body,
                                 ProtobufBody protobuf) {
  const MediaType media = parse_media_type(content_type);
  if (media.type.empty() || media.type == kJsonType) {
    auto decoded = decode_json_strict(body);
    if (!decoded) return undecodable("JSON", decoded.error());
    return body_of(std::move(decoded->value), std::move(decoded->duplicates));
  }
  if (media.type == kYamlType || media.type == "application/apply-patch+yaml") {
    auto decoded = decode_yaml(body);
    if (!decoded) return undecodable("YAML", decoded.error());
    return body_of(*std::move(decoded), {});
  }
  if (media.type == kProtobufType && protobuf == ProtobufBody::kAccepted)
    return from_protobuf(body);
  return unsupported_media_type(protobuf == ProtobufBody::kAccepted ? kBuiltinTypes : kCustomTypes);
}

Task<Outcome<DecodedBody>> decode_body_async(Offload* offload, std::string content_type,
                                             std::string body, ProtobufBody protobuf) {
  if (body.size() <= kDecodeHereMax) co_return decode_body(content_type, body, protobuf);
  auto job = [&] { return decode_body(content_type, body, protobuf); };
  co_return co_await base::offload(*offload, std::move(job));
}

std::vector<std::string> unknown_field_complaints(const std::vector<std::string>& paths) {
  std::vector<std::string> complaints;
  complaints.reserve(paths.size());
  for (const auto& path : paths) complaints.push_back(fmt::format("unknown field \"{}\"", path));
  return complaints;
}

Outcome<std::vector<std::string>> judge_complaints(FieldValidation validation,
                                                   std::vector<std::string> complaints) {
  if (complaints.empty() || validation == FieldValidation::kIgnore)
    return std::vector<std::string>();
  if (validation == FieldValidation::kStrict)
    return bad_request(fmt::format("strict decoding error: {}", fmt::join(complaints, ", ")));
  return complaints;
}

}  // namespace dynamod::apiserver
