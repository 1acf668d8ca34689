// Any bytes: decode_yaml_stream never crashes, and what it reads is written as YAML that means the
// same. JSON is YAML too, if no string has characters that YAML wants escaped.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kDepthMax =
      200;  // yaml-cpp gives up before 512, and block output may need more of it
  const auto values = decode_yaml_stream(text, {.depth_max = kDepthMax, .nodes_max = 10'000});
  if (!values) return 0;
  for (const auto& read : *values) {
    const auto value =
        decode_json(encode_json(read));  // doubles that print as integers are integers from here on
    DYN_ASSERT(value.has_value());
    const auto from_block = decode_yaml(encode_yaml(*value));
    DYN_ASSERT(from_block && equal_json(*from_block, *value));
    const auto from_json = decode_yaml(encode_json(*value));
    DYN_ASSERT(!from_json || equal_json(*from_json, *value));
  }
  return 0;
}
