// Numbers as Go's strconv reads and prints them. JSON bodies and YAML scalars must agree with
// Kubernetes to the digit, so JSON and YAML share these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dynamod::base {

// As encoding/json prints a float64: shortest digits that read back the same, 1e-7 and 1e+21, never
// 1E0. Finite only.
void append_json_double(std::string& out, double value);

// As FormatFloat(value, 'g', -1, 32): how sigs.k8s.io/yaml turns a number that is a key into text.
// Infinities and NaN are .inf, -.inf and .nan.
[[nodiscard]] std::string format_short_float(double value);

struct GoInteger {
  bool negative = false;
  std::uint64_t magnitude = 0;  // a negative one is at most 2^63
};

// As ParseInt and ParseUint with base 0: sign, then 0x, 0o, 0b, a leading 0 (octal) or decimal
// digits; no underscores. Nothing when it is no integer or does not fit int64 or uint64; a plus
// sign goes with int64 only.
[[nodiscard]] std::optional<GoInteger> parse_go_integer(std::string_view text);
// The same with digits of one base and no prefix.
[[nodiscard]] std::optional<GoInteger> parse_go_integer(std::string_view text, int base);

// The nearest double of [-+]? digits with a point and an exponent; nothing when it is not of that
// form or too large.
[[nodiscard]] std::optional<double> parse_go_decimal(std::string_view text);

}  // namespace dynamod::base
