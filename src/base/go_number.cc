// Layout and reading of numbers in Go's forms, over the shortest digits of std::to_chars.
#include "base/go_number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/result.h"

namespace dynamod::base {

namespace {

// d.ddd x 10^exponent, without the point.
struct Decimal {
  bool negative = false;
  std::array<char, 24> digits{};
  int count = 0;
  int exponent = 0;

  [[nodiscard]] std::string_view text() const {
    return {digits.data(), static_cast<std::size_t>(count)};
  }
};

// The shortest digits that read back as `value` (float or double, finite).
template <class Float>
Decimal shortest(Float value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  Decimal decimal;
  const char* at = buffer.data();
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '-') decimal.negative = true;
    if (*at >= '0' && *at <= '9') decimal.digits[static_cast<std::size_t>(decimal.count++)] = *at;
  }
  ++at;
  if (at != end && *at == '+') ++at;
  std::from_chars(at, end, decimal.exponent);
  return decimal;
}

void append_plain(std::string& out, const Decimal& decimal) {
  const auto digits = decimal.text();
  if (decimal.exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-decimal.exponent - 1), '0').append(digits);
    return;
  }
  const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
  out.append(digits.substr(0, whole));
  if (digits.size() <= whole) {
    out.append(whole - digits.size(), '0');
  } else {
    out.append(".").append(digits.substr(whole));
  }
}

// `exponent_digits_min` is 2 for strconv's own %e and 1 for encoding/json, which cleans e-09 to
// e-9.
void append_scientific(std::string& out, const Decimal& decimal, std::size_t exponent_digits_min) {
  const auto digits = decimal.text();
  out += digits.front();
  if (digits.size() > 1) out.append(".").append(digits.substr(1));
  out.append(decimal.exponent < 0 ? "e-" : "e+");
  const std::string exponent = std::to_string(std::abs(decimal.exponent));
  if (exponent.size() < exponent_digits_min) out += '0';
  out += exponent;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// [-+]? ( digits [. [digits]] | . digits ) ( [eE] [-+]? digits )?
bool is_decimal(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole_end = skip_digits(text, at);
  bool has_digits = whole_end > at;
  at = whole_end;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction_end = skip_digits(text, at + 1);
    has_digits = has_digits || fraction_end > at + 1;
    at = fraction_end;
  }
  if (!has_digits) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  return at < text.size() && skip_digits(text, at) == text.size();
}

// The decimal exponent that a text of is_decimal stands for, saturated: tells an overflow from an
// underflow.
bool is_large(std::string_view text) {
  const auto e = text.find_first_of("eE");
  const auto mantissa = text.substr(0, e);
  long exponent = 0;
  if (e != std::string_view::npos) {
    auto number = text.substr(e + 1);
    const bool negative = number.front() == '-';
    if (negative || number.front() == '+') number.remove_prefix(1);
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), exponent);
    if (parsed.ec != std::errc{}) return !negative;
    if (negative) exponent = -exponent;
  }
  const auto first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  return exponent + static_cast<long>(point) - static_cast<long>(first) > 0;
}

enum class Sign : std::uint8_t { kNone, kPlus, kMinus };

Sign take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return Sign::kNone;
  const Sign sign = text[0] == '-' ? Sign::kMinus : Sign::kPlus;
  text.remove_prefix(1);
  return sign;
}

std::optional<GoInteger> parse_digits(Sign sign, std::string_view digits, int base) {
  GoInteger number{sign == Sign::kMinus, 0};
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number.magnitude, base);
  if (error != std::errc{} || end != last) return std::nullopt;
  constexpr auto kInt64Max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (sign == Sign::kPlus && number.magnitude > kInt64Max) return std::nullopt;
  if (sign == Sign::kMinus && number.magnitude > kInt64Max + 1) return std::nullopt;
  return number;
}

}  // namespace

void append_json_double(std::string& out, double value) {
  DYN_ASSERT(std::isfinite(value));
  const Decimal decimal = shortest(value);
  if (decimal.negative) out += '-';
  const double size = std::fabs(value);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) {
    append_scientific(out, decimal, 1);
  } else {
    append_plain(out, decimal);
  }
}

std::string format_short_float(double value) {
  const auto narrow = static_cast<float>(value);
  if (std::isnan(narrow)) return ".nan";
  if (std::isinf(narrow)) return narrow < 0 ? "-.inf" : ".inf";
  const Decimal decimal = shortest(narrow);
  std::string out(decimal.negative ? "-" : "");
  if (decimal.exponent < -4 || decimal.exponent >= 6) {
    append_scientific(out, decimal, 2);
  } else {
    append_plain(out, decimal);
  }
  return out;
}

std::optional<GoInteger> parse_go_integer(std::string_view text, int base) {
  const Sign sign = take_sign(text);
  return parse_digits(sign, text, base);
}

std::optional<GoInteger> parse_go_integer(std::string_view text) {
  const Sign sign = take_sign(text);
  if (text.size() < 2 || text[0] != '0') return parse_digits(sign, text, 10);
  switch (text[1] | 0x20) {
    case 'x':
      return parse_digits(sign, text.substr(2), 16);
    case 'o':
      return parse_digits(sign, text.substr(2), 8);
    case 'b':
      return parse_digits(sign, text.substr(2), 2);
    default:
      return parse_digits(sign, text.substr(1), 8);
  }
}

std::optional<double> parse_go_decimal(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) {
    if (is_large(text)) return std::nullopt;
    return text.front() == '-' ? -0.0 : 0.0;
  }
  return value;
}

}  // namespace dynamod::base
