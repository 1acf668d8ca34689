// What a client wants back: the Accept header, read with its parameters and weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dynamod::apiserver {

struct MediaType {
  std::string type = {};  // "application/json", lower case
  std::vector<std::pair<std::string, std::string>> parameters = {};
  int weight = 1000;  // q, in thousandths

  [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

// One media type; "" gives an empty type.
[[nodiscard]] MediaType parse_media_type(std::string_view text);
// The best first; those with q=0 are left out. An empty header takes anything.
[[nodiscard]] std::vector<MediaType> parse_accept(std::string_view header);

// In which form objects are shown.
enum class Form : std::uint8_t { kObject, kTable, kPartialMetadata, kPartialMetadataList };
enum class Encoding : std::uint8_t { kJson, kYaml };

struct Rendering {
  Form form = Form::kObject;
  Encoding encoding = Encoding::kJson;
  std::string meta_version = "v1";  // of Table and PartialObjectMetadata: v1 or v1beta1

  friend bool operator==(const Rendering&, const Rendering&) = default;
};

// The best we can do for `accept`; nullopt: nothing it takes.
[[nodiscard]] std::optional<Rendering> choose_rendering(std::string_view accept);
// Whether the aggregated form (apidiscovery.k8s.io/v2) is preferred; nullopt: nothing it takes.
[[nodiscard]] std::optional<bool> wants_aggregated_discovery(std::string_view accept);

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kYamlType = "application/yaml";
inline constexpr std::string_view kProtobufType = "application/vnd.kubernetes.protobuf";
inline constexpr std::string_view kAggregatedDiscoveryType =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

}  // namespace dynamod::apiserver
