// IPv4 arithmetic for cluster IPs.
#include "apiserver/builtin/address_range.h"

#include <charconv>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

constexpr std::uint32_t kAddressesMin = 4;  // network, the API server's, one more, broadcast

template <class Number>
std::optional<Number> number_of(std::string_view text, std::uint32_t max) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return static_cast<Number>(value);
}

std::optional<std::uint32_t> parse_address(std::string_view text) {
  std::uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto part = number_of<std::uint32_t>(text.substr(0, dot), 255);
    if (!part) return std::nullopt;
    out = (out << 8) | *part;
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  return out;
}

}  // namespace

Result<AddressRange> AddressRange::parse(std::string_view cidr) {
  const auto slash = cidr.find('/');
  const auto wrong = [&] {
    return fail(Error::Kind::kInvalid,
                fmt::format("\"{}\" is no range of IPv4 addresses such as 10.96.0.0/16", cidr));
  };
  if (slash == std::string_view::npos) return wrong();
  const auto address = parse_address(cidr.substr(0, slash));
  const auto bits = number_of<std::uint32_t>(cidr.substr(slash + 1), 32);
  if (!address || !bits || *bits == 0) return wrong();
  const std::uint64_t size = std::uint64_t{1} << (32 - *bits);
  if (size < kAddressesMin) return wrong();
  const auto mask = ~static_cast<std::uint32_t>(size - 1);
  return AddressRange(*address & mask, static_cast<std::uint32_t>(size));
}

std::string AddressRange::text(std::uint32_t offset) const {
  const std::uint32_t address = base_ + offset;
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

bool AddressRange::contains(std::string_view address) const {
  const auto parsed = parse_address(address);
  return parsed && *parsed > base_ && *parsed - base_ < size_ - 1;
}

std::optional<std::string> AddressRange::free_address(
    std::uint64_t start, const std::function<bool(const std::string&)>& taken) const {
  const std::uint32_t usable = size_ - 3;  // without network, the API server's and broadcast
  for (std::uint32_t i = 0; i < usable; ++i) {
    std::string address = text(2 + static_cast<std::uint32_t>((start + i) % usable));
    if (!taken(address)) return address;
  }
  return std::nullopt;
}

}  // namespace dynamod::apiserver
