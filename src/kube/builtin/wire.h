// The wire format of protobuf, field by field: no schema, no copies, never past the end.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace dynamod::kube {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t integer = 0;    // kVarint, kFixed64, kFixed32
  std::string_view bytes = {};  // kBytes; a part of the reader's text
};

class WireReader {
 public:
  explicit WireReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  // Not done. Errors: kBadRequest for bytes that are no field; groups, long out of use, too.
  Result<WireField> next();
  Result<std::uint64_t> varint();

 private:
  Result<std::string_view> take(std::uint64_t size);
  Result<std::uint64_t> fixed(std::size_t size);

  std::string_view rest_;
};

}  // namespace dynamod::kube
