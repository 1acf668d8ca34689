// The one way in and out of JSON. Boost.JSON's own parse and serialize are not used: they keep the last duplicate,
// refuse depth 33 and print 1E0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/result.h"

namespace dynamod::base {

namespace json = boost::json;

// Kubernetes refuses more than 3 MB in a request; a list page of 500 objects may be larger, so callers choose.
inline constexpr std::size_t kJsonSizeMax = std::size_t{3} * 1024 * 1024;
inline constexpr std::size_t kJsonDepthMax = 512;  // as far as any real object goes, and no stack is at risk

struct JsonLimits {
  std::size_t size_bytes_max = kJsonSizeMax;
  std::size_t depth_max = kJsonDepthMax;
};

// Where a decoded document lives. A short-lived one is read and dropped, as answers and events are: it grows in blocks
// that are freed together with the last value of it, and what is taken out of it or changed in it is not freed before.
enum class JsonMemory : std::uint8_t { kUsual, kShortLived };

struct DecodedJson {
  json::value value;
  // Paths of keys that occur twice in one object, e.g. "spec.source.uri": the last one won (as in Go).
  std::vector<std::string> duplicates;
};

// Errors: kTooLarge over a limit, kBadRequest else, with the byte offset. No Infinity, no NaN, no comments, valid UTF-8.
// Numbers: integers that fit int64 or uint64 stay integers; others are doubles.
[[nodiscard]] Result<DecodedJson> decode_json_strict(std::string_view text, JsonLimits limits = {},
                                                     JsonMemory memory = JsonMemory::kUsual);
// The same; a duplicate key is an error that names its path.
[[nodiscard]] Result<json::value> decode_json(std::string_view text, JsonLimits limits = {},
                                              JsonMemory memory = JsonMemory::kUsual);

// Compact, keys in the order they stand; numbers as Go's encoding/json prints them (1, 0.5, 1e+21), valid UTF-8 as is,
// and only the escapes that JSON needs.
[[nodiscard]] std::string encode_json(const json::value& value);

// Equal by value: 1 == 1.0, order of keys does not matter.
[[nodiscard]] bool equal_json(const json::value& a, const json::value& b);

// "a.b[2].c" steps into objects and arrays; nullptr when a step is missing. For reading answers, not for user JSONPath.
[[nodiscard]] const json::value* find_json(const json::value& value, std::string_view path);
// The string at `path`, or "".
[[nodiscard]] std::string string_at(const json::value& value, std::string_view path);

}  // namespace dynamod::base
