// YAML as Kubernetes reads it: sigs.k8s.io/yaml, that is YAML 1.1 scalars into JSON values. Where
// that package takes what is surely a mistake (text after a document, duplicate keys), it is
// refused; tests/oracle/testdata/stricter.txt has all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::base {

struct YamlLimits {
  std::size_t size_bytes_max = kJsonSizeMax;
  std::size_t depth_max = kJsonDepthMax;
  // Values and keys made in all, aliases expanded, each 64 bytes of text counting as one more:
  // "billion laughs" ends here.
  std::size_t nodes_max = 1'000'000;
};

// Every document of a stream; empty documents are left out. Errors name line and column; a
// duplicate key is an error, and so are keys that are no scalars. Documents over 64 kB belong on an
// Offload.
[[nodiscard]] Result<std::vector<json::value>> decode_yaml_stream(std::string_view text,
                                                                  YamlLimits limits = {});
// Exactly one document.
[[nodiscard]] Result<json::value> decode_yaml(std::string_view text, YamlLimits limits = {});

// Block style, two spaces, keys in the order they stand; strings quoted only where YAML would read
// something else. It reads back the same up to yaml-cpp's depth of 500.
[[nodiscard]] std::string encode_yaml(const json::value& value);

}  // namespace dynamod::base
