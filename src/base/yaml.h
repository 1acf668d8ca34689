// YAML as Kubernetes reads it: sigs.k8s.io/yaml, that is YAML 1.1 scalars into JSON values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::base {

struct YamlLimits {
  std::size_t size_bytes_max = kJsonSizeMax;
  std::size_t depth_max = kJsonDepthMax;
  // Values made in all, aliases expanded: "billion laughs" ends here.
  std::size_t nodes_max = 1'000'000;
};

// Every document of a stream; empty documents are left out. Errors name line and column; a duplicate key is an error,
// and so are keys that are no scalars. Documents over 64 kB belong on an Offload.
[[nodiscard]] Result<std::vector<json::value>> decode_yaml_stream(std::string_view text, YamlLimits limits = {});
// Exactly one document.
[[nodiscard]] Result<json::value> decode_yaml(std::string_view text, YamlLimits limits = {});

// Block style, two spaces, keys in the order they stand; strings quoted only where YAML would read something else.
[[nodiscard]] std::string encode_yaml(const json::value& value);

}  // namespace dynamod::base
