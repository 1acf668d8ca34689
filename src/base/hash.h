// Digests and the encodings they travel in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::base {

[[nodiscard]] std::string sha256(std::string_view data);      // 32 bytes
[[nodiscard]] std::string sha256_hex(std::string_view data);  // 64 lower-case digits
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string encode_base64(std::string_view bytes);            // standard alphabet, padded
[[nodiscard]] Result<std::string> decode_base64(std::string_view text);     // standard alphabet, white space allowed

}  // namespace dynamod::base
