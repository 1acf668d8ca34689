// Any bytes: decode_json never crashes, and what it reads it writes so that it reads the same
// again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = decode_json_strict(text);
  const auto value = decode_json(text);
  DYN_ASSERT(value.has_value() == (strict && strict->duplicates.empty()));
  if (!strict) return 0;

  // Go's form loses two things: -0.0 becomes the integer -0, and a double over 2^53 an integer of
  // its shortest digits.
  const std::string first = encode_json(strict->value);
  const auto again = decode_json(first);
  DYN_ASSERT(again.has_value());
  const std::string second = encode_json(*again);
  DYN_ASSERT(second == first || first.find("-0") != std::string::npos);
  const auto third = decode_json(second);
  DYN_ASSERT(third && equal_json(*third, *again));
  return 0;
}
