// Digests against published vectors, base64 against RFC 4648.
#include "base/hash.h"

#include <vector>

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

TEST(Hash, MatchesPublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abc")), sha256_hex("abc"));
  EXPECT_EQ(to_hex(std::string("\0\xFF\x10", 3)), "00ff10");
}

TEST(Base64, MatchesTheStandard) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xFF\xFE\xFD", "//79"},
      {"\xFB\xEF", "++8="},
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes) << text;
  }
  EXPECT_EQ(decode_base64(" Zm9v\r\n\tYg = =\n"), "foob");
}

TEST(Base64, RefusesTheRest) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "Zm9v=", "Zm9vY",
                                      "Zg==Zg==", "Z-_g", "Zm9\xFF", "Zm=v"}) {
    const auto decoded = decode_base64(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().kind, Error::Kind::kInvalid);
  }
}

}  // namespace
}  // namespace dynamod::base
