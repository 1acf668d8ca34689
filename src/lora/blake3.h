// BLAKE3 of a text: plain hash, 32 bytes. Dynamo names adapters by it; nothing here is hot, so it
// is plain C++.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dynamod::lora {

[[nodiscard]] std::array<std::uint8_t, 32> blake3(std::string_view data);

}  // namespace dynamod::lora
