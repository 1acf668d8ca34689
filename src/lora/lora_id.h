// The number by which engines and discovery know an adapter: the same on every worker, made from
// its name alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace dynamod::lora {

// The first 8 bytes of BLAKE3(name), big-endian, of which the low 31 bits; never 0.
[[nodiscard]] std::uint32_t lora_id(std::string_view name);

}  // namespace dynamod::lora
