// An adapter's number, from the hash of its name.
#include "lora/lora_id.h"

#include <cstddef>

#include "lora/blake3.h"

namespace dynamod::lora {

std::uint32_t lora_id(std::string_view name) {
  const auto digest = blake3(name);
  std::uint32_t low = 0;
  for (std::size_t i = 4; i < 8; ++i) low = low << 8 | digest[i];
  const std::uint32_t id = low & 0x7FFF'FFFF;
  return id == 0 ? 1 : id;  // engines keep 0 for "no adapter"
}

}  // namespace dynamod::lora
