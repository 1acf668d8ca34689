// Parsing and printing of quantities by one 128-bit count of nanos: no big numbers, no floats.
#include "kube/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

__extension__ using Wide = __int128;

constexpr Wide kUnit = 1'000'000'000;                         // nanos in one
constexpr Wide kNanosMax = (Wide{1} << 126) / kUnit * kUnit;  // whole; some 8.5e28
constexpr std::string_view kFormatWrong =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr std::string_view kSuffixWrong = "unable to parse quantity's suffix";

struct Suffix {
  int base = 10;
  int exponent = 0;
  Quantity::Format format = Quantity::Format::kDecimalSi;
};

// The text of a quantity in its parts; all are parts of the text.
struct Parts {
  bool negative = false;
  std::string_view whole;     // digits, leading zeros gone; "0" when none is left
  std::string_view fraction;  // digits after the point
  std::string_view suffix;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_while(std::string_view& rest, auto&& wanted) {
  const auto end = std::ranges::find_if_not(rest, wanted);
  const auto taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(taken.size());
  return taken;
}

bool take_sign(std::string_view& rest) {
  if (rest.empty() || (rest.front() != '+' && rest.front() != '-')) return false;
  const bool negative = rest.front() == '-';
  rest.remove_prefix(1);
  return negative;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  parts.negative = take_sign(text);
  take_while(text, [](char c) { return c == '0'; });
  parts.whole = take_while(text, is_digit);
  // As Go: what is left empty counts as zero, so "-" and "." are quantities too.
  if (parts.whole.empty()) parts.whole = "0";
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_while(text, is_digit);
  }
  const auto start = text;
  take_while(text, [](char c) { return std::string_view("eEinumkKMGTP").contains(c); });
  take_sign(text);
  take_while(text, is_digit);
  if (!text.empty()) return std::nullopt;
  parts.suffix = start;
  return parts;
}

constexpr std::string_view kDecimalSuffixes[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
constexpr std::string_view kBinarySuffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

std::optional<Suffix> read_suffix(std::string_view text) {
  using Format = Quantity::Format;
  if (const auto at = std::ranges::find(kDecimalSuffixes, text); at != std::end(kDecimalSuffixes))
    return Suffix{10, static_cast<int>(at - std::begin(kDecimalSuffixes)) * 3 - 9};
  if (const auto at = std::ranges::find(kBinarySuffixes, text); at != std::end(kBinarySuffixes))
    return Suffix{2, static_cast<int>(at - std::begin(kBinarySuffixes)) * 10, Format::kBinarySi};
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  auto digits = text.substr(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), exponent);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  // Far beyond what a quantity can hold; in this range it is safe to calculate with.
  const auto clamped = static_cast<int>(std::clamp<std::int64_t>(exponent, -10'000, 10'000));
  return Suffix{10, clamped, Format::kDecimalExponent};
}

Wide saturating_multiply(Wide value, Wide factor) {
  return value > kNanosMax / factor ? kNanosMax : value * factor;
}

// The digits as nanos times base^exponent, rounded up; kNanosMax when it is more.
Wide magnitude(const Parts& parts, const Suffix& suffix) {
  Wide value = 0;
  // The value is value * 10^scale (times a power of two); digits that cannot matter only round.
  int scale = (suffix.base == 10 ? suffix.exponent : 0) + 9;
  bool more = false;
  const auto add = [&](char digit) {
    if (value >= kNanosMax / 10 - 10) {
      more = more || digit != '0';
      return false;
    }
    value = value * 10 + (digit - '0');
    return true;
  };
  for (const auto digit : parts.whole) scale += add(digit) ? 0 : 1;
  for (const auto digit : parts.fraction) scale -= add(digit) ? 1 : 0;
  if (value == 0) return 0;

  const Wide binary = suffix.base == 2 ? Wide{1} << suffix.exponent : 1;
  for (; scale > 0 && value < kNanosMax; --scale) value = saturating_multiply(value, 10);
  // Multiply before dividing: 0.3Ki is 307.2. What would overflow is divided first, a little off.
  for (; scale < 0 && value > kNanosMax / binary; ++scale) {
    more = more || value % 10 != 0;
    value /= 10;
  }
  value = saturating_multiply(value, binary);
  for (; scale < 0 && value > 0; ++scale) {
    more = more || value % 10 != 0;
    value /= 10;
  }
  return std::min(value + (more ? 1 : 0), kNanosMax);
}

// The text itself when Go keeps it: it is canonical, or Go takes it for that.
bool kept_as_written(const Parts& parts, const Suffix& suffix) {
  const auto length = static_cast<int>(parts.whole.size() + parts.fraction.size());
  if (suffix.base == 2) {
    if (!parts.fraction.empty()) return false;
    const int precision =
        15 - length - static_cast<int>(static_cast<float>(suffix.exponent) * 3 / 10) - 1;
    if (precision < 0) return false;
    int low = 0;
    for (const auto digit : parts.whole) low = (low * 10 + (digit - '0')) & 7;
    return low != 0;
  }
  const int scale = suffix.exponent - static_cast<int>(parts.fraction.size());
  const std::string shifted = std::string(parts.whole).append(parts.fraction);
  return length <= 18 && scale >= -9 && scale % 3 == 0 && !shifted.ends_with("000") &&
         !shifted.starts_with('0');
}

std::string decimal_text(Wide value) {
  std::string digits;
  const bool negative = value < 0;
  for (Wide rest = negative ? -value : value; rest != 0; rest /= 10)
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

std::int64_t rounded_up(Wide nanos, Wide unit) {
  Wide value = nanos / unit;
  if (nanos % unit != 0) value += nanos > 0 ? 1 : -1;
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(
      std::clamp<Wide>(value, Wide{Limits::min()}, Wide{Limits::max()}));
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  const auto wrong = [](std::string_view message) {
    return fail(Error::Kind::kInvalid, std::string(message));
  };
  if (text.empty()) return wrong(kFormatWrong);
  const auto parts = split(text);
  if (!parts) return wrong(kFormatWrong);
  const auto suffix = read_suffix(parts->suffix);
  if (!suffix) return wrong(kSuffixWrong);

  Quantity quantity;
  quantity.format_ = suffix->format;
  Wide nanos = magnitude(*parts, *suffix);
  if (suffix->format == Format::kBinarySi) {
    constexpr Wide kBinaryMax = Wide{std::numeric_limits<std::int64_t>::max()} * kUnit;
    nanos = std::min(nanos, kBinaryMax);
    if (nanos > 0 && nanos < kUnit) quantity.format_ = Format::kDecimalSi;
  }
  quantity.nanos_ = parts->negative ? -nanos : nanos;
  if (nanos != 0 && kept_as_written(*parts, *suffix)) quantity.written_ = text;
  return quantity;
}

Quantity Quantity::of(std::int64_t value, Format format) {
  Quantity quantity;
  quantity.nanos_ = value * kUnit;
  quantity.format_ = format;
  return quantity;
}

Quantity Quantity::of_milli(std::int64_t value) {
  Quantity quantity;
  quantity.nanos_ = value * (kUnit / 1000);
  return quantity;
}

std::string Quantity::text() const {
  if (!written_.empty()) return written_;
  if (nanos_ == 0) return "0";
  const bool small = nanos_ > -1024 * kUnit && nanos_ < 1024 * kUnit;
  if (format_ == Format::kBinarySi && !small && nanos_ % kUnit == 0) {
    Wide value = nanos_ / kUnit;
    std::size_t power = 0;
    for (; value % 1024 == 0 && power + 1 < std::size(kBinarySuffixes); ++power) value /= 1024;
    return decimal_text(value).append(kBinarySuffixes[power]);
  }
  Wide value = nanos_;
  std::size_t power = 0;
  // An exponent has no largest one; a suffix does.
  const bool exponent = format_ == Format::kDecimalExponent;
  for (; value % 1000 == 0 && (exponent || power + 1 < std::size(kDecimalSuffixes)); ++power)
    value /= 1000;
  const auto shown = static_cast<int>(power) * 3 - 9;
  if (!exponent) return decimal_text(value).append(kDecimalSuffixes[power]);
  return shown == 0 ? decimal_text(value) : fmt::format("{}e{}", decimal_text(value), shown);
}

std::int64_t Quantity::value() const {
  return rounded_up(nanos_, kUnit);
}

std::int64_t Quantity::milli_value() const {
  return rounded_up(nanos_, kUnit / 1000);
}

Quantity& Quantity::operator+=(const Quantity& other) {
  if (is_zero()) format_ = other.format_;
  nanos_ = std::clamp(nanos_ + other.nanos_, -kNanosMax, kNanosMax);
  written_.clear();
  return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) {
  if (is_zero()) format_ = other.format_;
  nanos_ = std::clamp(nanos_ - other.nanos_, -kNanosMax, kNanosMax);
  written_.clear();
  return *this;
}

}  // namespace dynamod::kube
