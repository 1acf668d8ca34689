// The resolver of go-yaml v2 (resolve.go), with its corners: 0b-1 is a number, 1e400 is a string,
// 08 is 8.
#include "base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/go_number.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "base/yaml_tree.h"

namespace dynamod::base {

namespace {

enum class Type : std::uint8_t { kNull, kBool, kInt, kFloat, kString, kTimestamp };

struct Resolved {
  Type type;
  json::value value;
};

// Words that mean something when they are plain.
const Resolved* find_word(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static const Resolved null{Type::kNull, nullptr};
  static const Resolved yes{Type::kBool, true};
  static const Resolved no{Type::kBool, false};
  static const Resolved nan{Type::kFloat, std::numeric_limits<double>::quiet_NaN()};
  static const Resolved plus{Type::kFloat, kInfinity};
  static const Resolved minus{Type::kFloat, -kInfinity};
  static const std::unordered_map<std::string_view, const Resolved*> words = {
      {"", &null},      {"~", &null},      {"null", &null},   {"Null", &null},   {"NULL", &null},
      {"y", &yes},      {"Y", &yes},       {"yes", &yes},     {"Yes", &yes},     {"YES", &yes},
      {"true", &yes},   {"True", &yes},    {"TRUE", &yes},    {"on", &yes},      {"On", &yes},
      {"ON", &yes},     {"n", &no},        {"N", &no},        {"no", &no},       {"No", &no},
      {"NO", &no},      {"false", &no},    {"False", &no},    {"FALSE", &no},    {"off", &no},
      {"Off", &no},     {"OFF", &no},      {".nan", &nan},    {".NaN", &nan},    {".NAN", &nan},
      {".inf", &plus},  {".Inf", &plus},   {".INF", &plus},   {"+.inf", &plus},  {"+.Inf", &plus},
      {"+.INF", &plus}, {"-.inf", &minus}, {"-.Inf", &minus}, {"-.INF", &minus},
  };
  const auto found = words.find(text);
  return found == words.end() ? nullptr : found->second;
}

Resolved integer(const GoInteger& number) {
  if (number.negative) return {Type::kInt, static_cast<std::int64_t>(0 - number.magnitude)};
  if (number.magnitude > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return {Type::kInt, number.magnitude};
  return {Type::kInt, static_cast<std::int64_t>(number.magnitude)};
}

// Go lets underscores stand between digits only (strconv's underscoreOK), and they mean nothing.
std::optional<std::string> without_underscores(std::string_view text) {
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
    } else if (i == 0 || !is_digit(i - 1) || !is_digit(i + 1)) {
      return std::nullopt;
    }
  }
  return plain;
}

// Text that starts with a point: a number by strconv.ParseFloat's own rules.
std::optional<Resolved> resolve_fraction(std::string_view text) {
  const auto plain = without_underscores(text);
  const auto number = plain ? parse_go_decimal(*plain) : std::nullopt;
  if (!number) return std::nullopt;
  return Resolved{Type::kFloat, *number};
}

// Text that starts with a digit or a sign.
std::optional<Resolved> resolve_number(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  if (const auto number = parse_go_integer(plain)) return integer(*number);
  if (const auto number = parse_go_decimal(plain)) return Resolved{Type::kFloat, *number};
  std::optional<GoInteger> binary;
  if (plain.starts_with("0b")) binary = parse_go_integer(plain.substr(2), 2);
  if (plain.starts_with("-0b")) binary = parse_go_integer("-" + plain.substr(3), 2);
  if (!binary) return std::nullopt;
  return integer(*binary);
}

// Reads `least` to `most` digits into [low, high].
bool take_number(std::string_view& text, std::size_t least, std::size_t most,
                 std::pair<int, int> range, int& number) {
  const auto digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), most));
  if (digits.size() < least) return false;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  text.remove_prefix(digits.size());
  return number >= range.first && number <= range.second;
}

bool take_char(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Only for !!timestamp: 2006-1-2, then nothing, or T15:4:5.9 with a zone, or a space and 15:4:5.9
// without one.
bool is_timestamp(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(text, 4, 4, {0, 9999}, year) || !take_char(text, "-") ||
      !take_number(text, 1, 2, {1, 12}, month) || !take_char(text, "-") ||
      !take_number(text, 1, 2, {1, 31}, day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  if (text.empty()) return true;
  const bool zoned = text.front() != ' ';
  int part = 0;
  if (!take_char(text, "Tt ") || !take_number(text, 1, 2, {0, 23}, part) || !take_char(text, ":") ||
      !take_number(text, 1, 2, {0, 59}, part) || !take_char(text, ":") ||
      !take_number(text, 1, 2, {0, 59}, part)) {
    return false;
  }
  if (take_char(text, ".,")) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  if (!zoned) return text.empty();
  if (text == "Z") return true;
  return take_char(text, "+-") && take_number(text, 2, 2, {0, 24}, part) && take_char(text, ":") &&
         take_number(text, 2, 2, {0, 60}, part) && text.empty();
}

Resolved resolve_plain(std::string_view text) {
  constexpr std::string_view kNumberStarts = "0123456789+-";
  if (const Resolved* word = find_word(text)) return *word;
  std::optional<Resolved> number;
  if (text.front() == '.') number = resolve_fraction(text);
  if (kNumberStarts.find(text.front()) != std::string_view::npos) number = resolve_number(text);
  if (number) return *std::move(number);
  return {Type::kString, json::string(text)};
}

std::unexpected<Error> misfit(std::string_view tag, std::string_view text) {
  return fail(Error::Kind::kBadRequest,
              "cannot read \"" + std::string(cut_utf8(text, 64)) + "\" as !!" + std::string(tag));
}

}  // namespace

Result<json::value> resolve_yaml_scalar(std::string_view tag, std::string_view text) {
  const auto as_text = [text] { return json::value(json::string(text)); };
  if (tag.empty()) return resolve_plain(text).value;
  if (!tag.starts_with(kYamlTagPrefix)) return as_text();
  const auto name = tag.substr(kYamlTagPrefix.size());
  if (name == "binary") {
    const auto bytes = decode_base64(text);
    if (!bytes || text.find_first_of(" \t") != std::string_view::npos) return misfit(name, text);
    return json::value(json::string(replace_invalid_utf8(*bytes)));
  }
  if (name == "timestamp") {
    if (!is_timestamp(text)) return misfit(name, text);
    return as_text();
  }
  static const std::unordered_map<std::string_view, Type> types = {
      {"null", Type::kNull}, {"bool", Type::kBool}, {"int", Type::kInt}, {"float", Type::kFloat}};
  const auto wanted = types.find(name);
  if (wanted == types.end()) return as_text();  // !!str, and tags that mean nothing here
  Resolved resolved = resolve_plain(text);
  if (resolved.type == wanted->second) return std::move(resolved.value);
  if (wanted->second == Type::kFloat && resolved.value.is_int64()) {
    return json::value(static_cast<double>(resolved.value.get_int64()));
  }
  return misfit(name, text);
}

Result<std::string> resolve_yaml_key(std::string_view tag, std::string_view text) {
  TRY(const json::value value, resolve_yaml_scalar(tag, text));
  switch (value.kind()) {
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::int64:
      return std::to_string(value.get_int64());
    case json::kind::double_:
      return format_short_float(value.get_double());
    default:
      return fail(Error::Kind::kBadRequest,
                  "a key must be text, a number below 2^63 or a boolean; quote it");
  }
}

}  // namespace dynamod::base
