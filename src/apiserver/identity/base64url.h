// The alphabet of tokens (RFC 4648 section 5, without padding).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::apiserver {

[[nodiscard]] std::string encode_base64url(std::string_view bytes);
// Error kInvalid for a character outside the alphabet, padding or an impossible length.
[[nodiscard]] Result<std::string> decode_base64url(std::string_view text);

}  // namespace dynamod::apiserver
