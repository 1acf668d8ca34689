// BLAKE3 as its specification describes it: chunks of 1,024 bytes are chained block by block, and
// their chaining values are joined as a binary tree whose left side is always a full power of two.
#include "lora/blake3.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

namespace dynamod::lora {

namespace {

constexpr std::size_t kBlockSize = 64;
constexpr std::size_t kChunkSize = 1024;
constexpr unsigned kRounds = 7;

enum Flag : std::uint32_t { kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8 };

using Words8 = std::array<std::uint32_t, 8>;
using Words16 = std::array<std::uint32_t, 16>;

constexpr Words8 kStart = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                           0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::array<std::size_t, 16> kPermutation = {2, 6,  3,  10, 7, 0,  4,  13,
                                                      1, 11, 12, 5,  9, 14, 15, 8};

// One quarter round on four places of the state.
void mix(Words16& state, const std::array<std::size_t, 4>& place, std::uint32_t first,
         std::uint32_t second) {
  auto& [a, b, c, d] = place;
  state[a] += state[b] + first;
  state[d] = std::rotr(state[d] ^ state[a], 16);
  state[c] += state[d];
  state[b] = std::rotr(state[b] ^ state[c], 12);
  state[a] += state[b] + second;
  state[d] = std::rotr(state[d] ^ state[a], 8);
  state[c] += state[d];
  state[b] = std::rotr(state[b] ^ state[c], 7);
}

void round(Words16& state, const Words16& message) {
  for (std::size_t i = 0; i < 4; ++i) {
    mix(state, {i, 4 + i, 8 + i, 12 + i}, message[2 * i], message[2 * i + 1]);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    mix(state, {i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4}, message[8 + 2 * i],
        message[9 + 2 * i]);
  }
}

struct Block {
  Words16 message{};
  std::uint32_t size = kBlockSize;
};

Words8 compress(const Words8& chaining, const Block& block, std::uint64_t counter,
                std::uint32_t flags) {
  Words16 state = {chaining[0],
                   chaining[1],
                   chaining[2],
                   chaining[3],
                   chaining[4],
                   chaining[5],
                   chaining[6],
                   chaining[7],
                   kStart[0],
                   kStart[1],
                   kStart[2],
                   kStart[3],
                   static_cast<std::uint32_t>(counter),
                   static_cast<std::uint32_t>(counter >> 32),
                   block.size,
                   flags};
  Words16 message = block.message;
  for (unsigned i = 0; i < kRounds; ++i) {
    round(state, message);
    Words16 permuted;
    for (std::size_t j = 0; j < permuted.size(); ++j) permuted[j] = message[kPermutation[j]];
    message = permuted;
  }
  Words8 result;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = state[i] ^ state[i + 8];
  return result;
}

Block read_block(std::string_view bytes) {
  Block block;
  block.size = static_cast<std::uint32_t>(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    block.message[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]))
                            << (8 * (i % 4));
  }
  return block;
}

// At most kChunkSize bytes. `last_flags` go into the last block: kRoot when this chunk is the whole
// input.
Words8 hash_chunk(std::string_view chunk, std::uint64_t index, std::uint32_t last_flags) {
  Words8 chaining = kStart;
  std::uint32_t start = kChunkStart;
  while (chunk.size() > kBlockSize) {
    chaining = compress(chaining, read_block(chunk.substr(0, kBlockSize)), index, start);
    chunk.remove_prefix(kBlockSize);
    start = 0;
  }
  return compress(chaining, read_block(chunk), index, start | kChunkEnd | last_flags);
}

Words8 join(const Words8& left, const Words8& right, std::uint32_t flags) {
  Block block;
  std::ranges::copy(left, block.message.begin());
  std::ranges::copy(right, block.message.begin() + 8);
  return compress(kStart, block, 0, kParent | flags);
}

Words8 hash_tree(std::string_view data) {
  // Chaining values of full subtrees, the largest first: each bit of the number of chunks before is
  // one of them.
  std::vector<Words8> subtrees;
  std::uint64_t chunks = 0;
  while (data.size() > kChunkSize) {
    Words8 value = hash_chunk(data.substr(0, kChunkSize), chunks, 0);
    data.remove_prefix(kChunkSize);
    ++chunks;
    for (std::uint64_t full = chunks; (full & 1) == 0; full >>= 1) {
      value = join(subtrees.back(), value, 0);
      subtrees.pop_back();
    }
    subtrees.push_back(value);
  }
  Words8 value = hash_chunk(data, chunks, subtrees.empty() ? kRoot : 0);
  while (!subtrees.empty()) {
    const Words8 left = subtrees.back();
    subtrees.pop_back();
    value = join(left, value, subtrees.empty() ? kRoot : 0);
  }
  return value;
}

}  // namespace

std::array<std::uint8_t, 32> blake3(std::string_view data) {
  const Words8 words = hash_tree(data);
  std::array<std::uint8_t, 32> digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
  }
  return digest;
}

}  // namespace dynamod::lora
