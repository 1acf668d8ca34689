// The cluster IPs of services: an IPv4 range and which of its addresses are free. Pure values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::apiserver {

class AddressRange {
 public:
  // "10.96.0.0/16". Error kInvalid; at least four addresses are needed.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view cidr);

  // The first address is that of the Service default/kubernetes.
  [[nodiscard]] std::string first() const { return text(1); }

  [[nodiscard]] bool contains(std::string_view address) const;
  // A free address, looked for from `start` (any number) on; nothing when all are taken.
  [[nodiscard]] std::optional<std::string> free_address(
      std::uint64_t start, const std::function<bool(const std::string&)>& taken) const;

 private:
  AddressRange(std::uint32_t base, std::uint32_t size) : base_(base), size_(size) {}

  [[nodiscard]] std::string text(std::uint32_t offset) const;

  std::uint32_t base_;
  std::uint32_t size_;
};

// Ports that NodePort services may have.
inline constexpr std::int64_t kNodePortMin = 30000;
inline constexpr std::int64_t kNodePortMax = 32767;

}  // namespace dynamod::apiserver
