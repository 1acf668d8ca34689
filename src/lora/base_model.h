// How workers of a base model are found: the hash of its name, the keys that carry it, and the
// Service's name.
#pragma once

#include <string>
#include <string_view>

namespace dynamod::lora {

// Label on pods, Services and EndpointSlices.
inline constexpr std::string_view kBaseModelHashLabel = "nvidia.com/dynamo-base-model-hash";
// Annotation on pods and Services: the name itself, for people and against collisions of the hash.
inline constexpr std::string_view kBaseModelAnnotation = "nvidia.com/dynamo-base-model";

// The first 8 hexadecimal digits of SHA-256 of the name's bytes: no trimming, no case folding.
[[nodiscard]] std::string base_model_hash(std::string_view name);
// "dynamo-model-<hash>"
[[nodiscard]] std::string base_model_service(std::string_view name);

}  // namespace dynamod::lora
