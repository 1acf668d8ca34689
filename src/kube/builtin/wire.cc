// Varints, lengths and fixed numbers, each checked against what is left.
#include "kube/builtin/wire.h"

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

constexpr std::uint64_t kNumberMax = (1U << 29) - 1;

std::unexpected<Error> broken(std::string_view what) {
  return fail(Error::Kind::kBadRequest, fmt::format("proto: {}", what));
}

}  // namespace

Result<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return broken("unexpected end of the message");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return broken("integer overflow");
}

Result<std::string_view> WireReader::take(std::uint64_t size) {
  if (size > rest_.size()) return broken("unexpected end of the message");
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<std::uint64_t> WireReader::fixed(std::size_t size) {
  TRY(const auto bytes, take(size));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

Result<WireField> WireReader::next() {
  TRY(const auto tag, varint());
  WireField field;
  if (tag >> 3 == 0 || tag >> 3 > kNumberMax)
    return broken(fmt::format("illegal tag {} (wire type {})", tag >> 3, tag & 7));
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  switch (tag & 7) {
    case 0: {
      TRY(field.integer, varint());
      return field;
    }
    case 1: {
      TRY(field.integer, fixed(8));
      return field;
    }
    case 2: {
      TRY(const auto size, varint());
      TRY(field.bytes, take(size));
      return field;
    }
    case 5: {
      TRY(field.integer, fixed(4));
      return field;
    }
    default:
      return broken(fmt::format("illegal wireType {}", tag & 7));
  }
}

}  // namespace dynamod::kube
