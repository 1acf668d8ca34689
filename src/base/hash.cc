// SHA-256 over OpenSSL, hexadecimal and base64.
#include "base/hash.h"

#include <openssl/evp.h>

namespace dynamod::base {

namespace {

constexpr std::size_t kSha256Size = 32;
constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::unexpected<Error> invalid_base64() {
  return fail(Error::Kind::kInvalid, "not base64 (standard alphabet, padded with =)");
}

}  // namespace

std::string sha256(std::string_view data) {
  std::string digest(kSha256Size, '\0');
  unsigned size = 0;
  const int done =
      EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr);
  DYN_ASSERT(done == 1 && size == kSha256Size);
  return digest;
}

std::string sha256_hex(std::string_view data) {
  return to_hex(sha256(data));
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8) | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= group.size() ? kBase64Alphabet[(bits >> (18 - 6 * k)) & 0x3F] : '=';
    }
  }
  return out;
}

Result<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int digits = 0;  // of the group of four that is being read
  int padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    const auto value = kBase64Alphabet.find(c);
    if (c == '=') {
      ++padding;
    } else if (value == std::string_view::npos || padding > 0) {
      return invalid_base64();
    } else {
      bits = (bits << 6) | static_cast<std::uint32_t>(value);
      ++digits;
    }
    if (digits == 4) {
      for (int shift = 16; shift >= 0; shift -= 8) out += static_cast<char>((bits >> shift) & 0xFF);
      bits = 0;
      digits = 0;
    }
  }
  const bool whole = digits == 0 && padding == 0;
  if (!whole && (digits < 2 || digits + padding != 4)) return invalid_base64();
  if (digits >= 2) out += static_cast<char>((bits >> (digits == 3 ? 10 : 4)) & 0xFF);
  if (digits == 3) out += static_cast<char>((bits >> 2) & 0xFF);
  return out;
}

}  // namespace dynamod::base
