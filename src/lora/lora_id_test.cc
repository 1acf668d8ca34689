// BLAKE3 on its published vectors, and the ids that real workers answer with.
#include "lora/lora_id.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "lora/blake3.h"

namespace dynamod::lora {
namespace {

std::string hex_of(std::string_view data) {
  const auto digest = blake3(data);
  return to_hex(std::string(digest.begin(), digest.end()));
}

TEST(Blake3, AgreesWithThePublishedVectors) {
  // Their input is 0, 1, ..., 250, 0, 1, ... of the given length.
  const std::pair<std::size_t, std::string> cases[] = {
      {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
      {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
      {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
      {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
      {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
      {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
      {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"},
      {3072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"},
      {3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"},
      {4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"},
      {4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"},
      {5121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"},
      {7169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"},
  };
  for (const auto& [size, digest] : cases) {
    std::string data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i % 251);
    EXPECT_EQ(hex_of(data), digest) << size;
  }
}

TEST(LoraId, IsWhatWorkersAnswer) {
  const std::pair<std::string, std::uint32_t> cases[] = {
      {"my-lora", 868637996},
      {"another-lora", 712517708},
      {"test_lora", 1983627077},
      {"my-custom-lora", 1881903631},
      {"customer-support-adapter-v1", 1331864204},
      {"codelion/Qwen3-0.6B-accuracy-recovery-lora", 483623553},
      {"alpha", 2086691810},
      {"/lead", 365696344},
  };
  for (const auto& [name, id] : cases) EXPECT_EQ(lora_id(name), id) << name;
}

}  // namespace
}  // namespace dynamod::lora
