// resource.Quantity: "500m", "1.5Gi", "1e3". An exact decimal number and the way it was written.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::kube {

// Exact to one billionth; finer parts are rounded away from zero, as Kubernetes does. Magnitudes
// over 8.5e28 are capped (Kubernetes caps what has a binary suffix at 2^63-1, as we do).
class Quantity {
 public:
  // How it is printed: 1Ki, 1e3, 1k.
  enum class Format : std::uint8_t { kBinarySi, kDecimalExponent, kDecimalSi };

  Quantity() = default;  // "0"

  // Every form Kubernetes takes. Errors: kInvalid, in the words of Kubernetes ("quantities must
  // match the regular expression ...").
  [[nodiscard]] static Result<Quantity> parse(std::string_view text);
  // A whole number.
  [[nodiscard]] static Quantity of(std::int64_t value, Format format = Format::kDecimalSi);
  [[nodiscard]] static Quantity of_milli(std::int64_t value);

  // As Go prints it: mostly the canonical text, without fraction, with the largest suffix that
  // loses nothing.
  [[nodiscard]] std::string text() const;
  // Rounded up; at the limits of int64 when it is beyond them.
  [[nodiscard]] std::int64_t value() const;
  [[nodiscard]] std::int64_t milli_value() const;

  [[nodiscard]] Format format() const { return format_; }

  [[nodiscard]] bool is_zero() const { return nanos_ == 0; }

  // -1, 0 or 1.
  [[nodiscard]] int sign() const { return (nanos_ > 0) - (nanos_ < 0); }

  // The format of the left one stays, unless it is zero.
  Quantity& operator+=(const Quantity& other);
  Quantity& operator-=(const Quantity& other);

  // By value: 1 == 1000m, and 1Ki == 1024.
  friend std::strong_ordering operator<=>(const Quantity& a, const Quantity& b) {
    return a.nanos_ <=> b.nanos_;
  }

  friend bool operator==(const Quantity& a, const Quantity& b) { return a.nanos_ == b.nanos_; }

 private:
  __extension__ using Wide = __int128;

  Wide nanos_ = 0;  // at most 2^126
  Format format_ = Format::kDecimalSi;
  // The text it was parsed from, when that is what Go prints: it keeps some that are not canonical,
  // like "1.500" and "1e0". "" otherwise.
  std::string written_ = {};
};

}  // namespace dynamod::kube
