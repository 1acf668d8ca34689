// base64url by way of base64.
#include "apiserver/identity/base64url.h"

#include <algorithm>

#include "base/hash.h"

namespace dynamod::apiserver {

std::string encode_base64url(std::string_view bytes) {
  std::string text = encode_base64(bytes);
  std::erase(text, '=');
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<std::string> decode_base64url(std::string_view text) {
  const auto legal = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (!std::ranges::all_of(text, legal) || text.size() % 4 == 1)
    return fail(Error::Kind::kInvalid, "not base64url");
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  return decode_base64(padded);
}

}  // namespace dynamod::apiserver
