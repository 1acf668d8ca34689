// Any bytes: parse_time never crashes, and what it reads is printed as the same moment.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const auto time = parse_time(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!time) return 0;
  DYN_ASSERT(parse_time(format_time(*time)) == std::chrono::floor<std::chrono::seconds>(*time));
  DYN_ASSERT(parse_time(format_micro_time(*time)) ==
             std::chrono::floor<std::chrono::microseconds>(*time));
  DYN_ASSERT(parse_time(format_milli_time(*time)) ==
             std::chrono::floor<std::chrono::milliseconds>(*time));
  return 0;
}
