// The formats Kubernetes knows, each as a predicate over text.
#include <algorithm>
#include <array>
#include <map>

#include <arpa/inet.h>
#include <re2/re2.h>

#include "apiserver/cel/duration.h"
#include "apiserver/validation/names.h"
#include "apiserver/validation/schema_node.h"
#include "base/hash.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

using Predicate = bool (*)(std::string_view);

// A regular expression that must match the whole text.
template <std::size_t N>
struct Regex {
  constexpr Regex(const char (&text)[N]) { std::copy_n(text, N, value); }  // NOLINT

  char value[N];
};

template <Regex kPattern>
bool matches(std::string_view text) {
  static const re2::RE2 kRegex(kPattern.value);
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), kRegex);
}

bool is_ipv4(std::string_view text) {
  in_addr parsed{};
  return inet_pton(AF_INET, std::string(text).c_str(), &parsed) == 1;
}

bool is_ipv6(std::string_view text) {
  in6_addr parsed{};
  return text.contains(':') && inet_pton(AF_INET6, std::string(text).c_str(), &parsed) == 1;
}

bool is_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto address = text.substr(0, slash);
  const auto bits = text.substr(slash + 1);
  if (bits.empty() || bits.size() > 3 || bits.find_first_not_of("0123456789") != bits.npos)
    return false;
  const int count = std::stoi(std::string(bits));
  return (is_ipv4(address) && count <= 32) || (is_ipv6(address) && count <= 128);
}

bool is_mac(std::string_view text) {
  return matches<
      "(?i)([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|([0-9a-f]{2}[:-]){7}[0-9a-f]{2}|"
      "([0-9a-f]{4}\\.){2}[0-9a-f]{4}|([0-9a-f]{4}\\.){3}[0-9a-f]{4}">(text);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// go-openapi takes symbols too.
bool is_host_char(char c) {
  constexpr std::string_view kSymbols = "$+<=>^`|~";
  return is_letter(c) || (c >= '0' && c <= '9') || kSymbols.contains(c);
}

// One label alone has a dash in the second place at most.
bool is_single_host(std::string_view text) {
  if (text.empty() || !is_host_char(text.front())) return false;
  text.remove_prefix(1);
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() <= 62 && std::ranges::all_of(text, is_host_char);
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_host_char(text.front()) &&
         is_host_char(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_host_char(c) || c == '-'; });
}

bool is_hostname(std::string_view text) {
  constexpr std::size_t kHostnameMax = 255;
  if (text.size() > kHostnameMax) return false;
  if (!text.contains('.')) return is_single_host(text);
  for (auto dot = text.find('.'); dot != text.npos; dot = text.find('.')) {
    if (!is_host_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return text.size() >= 2 && text.size() <= 63 && std::ranges::all_of(text, is_letter);
}

bool is_email(std::string_view text) {
  return matches<
      "(?i)([^@<>]*<)?[a-z0-9.!#$%&'*+/=?^_`{|}~\\x{80}-\\x{10FFFF}-]+@"
      "[a-z0-9\\x{80}-\\x{10FFFF}-]+(\\.[a-z0-9\\x{80}-\\x{10FFFF}-]+)*>?">(text);
}

bool is_uri(std::string_view text) {
  return matches<"/[^\\x00-\\x20\\x7f]*|[a-zA-Z][a-zA-Z0-9+.-]*:[^\\x00-\\x20\\x7f]+">(text);
}

bool is_date(std::string_view text) {
  return cel::parse_date(text).has_value();
}

bool is_date_time(std::string_view text) {
  return parse_time(text).has_value() ||
         matches<
             "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:"
             "[0-5][0-9](\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})">(text);
}

bool is_duration(std::string_view text) {
  if (cel::parse_go_duration(text)) return true;
  // Words as in "3 days", anywhere in the text.
  static const re2::RE2 kWords(
      "(?i)\\d+\\s*(ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|"
      "secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)([^A-Za-zµ]|$)");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kWords);
}

bool is_byte(std::string_view text) {
  return decode_base64(text).has_value();
}

int digit_of(char c) {
  return c == 'X' || c == 'x' ? 10 : c - '0';
}

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '-' && c != ' ') out += c;
  return out;
}

bool is_isbn10(std::string_view text) {
  const std::string digits = digits_of(text);
  if (!matches<"[0-9]{9}[0-9Xx]">(digits)) return false;
  int sum = 0;
  for (int i = 0; i < 10; ++i) sum += (10 - i) * digit_of(digits[static_cast<std::size_t>(i)]);
  return sum % 11 == 0;
}

bool is_isbn13(std::string_view text) {
  const std::string digits = digits_of(text);
  if (!matches<"[0-9]{13}">(digits)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 13; ++i) sum += (i % 2 == 0 ? 1 : 3) * digit_of(digits[i]);
  return sum % 10 == 0;
}

bool is_credit_card(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  if (!matches<"4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|"
               "3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\\d{3})\\d{11}">(
          digits))
    return false;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? (digit * 2) - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

// Names as go-openapi normalizes them: without dashes.
const std::map<std::string_view, Predicate>& predicates() {
  static const std::map<std::string_view, Predicate> kPredicates = {
      {"bsonobjectid", matches<"[0-9a-fA-F]{24}">},
      {"uri", is_uri},
      {"email", is_email},
      {"hostname", is_hostname},
      {"ipv4", is_ipv4},
      {"ipv6", is_ipv6},
      {"cidr", is_cidr},
      {"mac", is_mac},
      {"uuid", matches<"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}">},
      {"uuid3", matches<"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}">},
      {"uuid4",
       matches<"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}">},
      {"uuid5",
       matches<"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}">},
      {"isbn", [](std::string_view text) { return is_isbn10(text) || is_isbn13(text); }},
      {"isbn10", is_isbn10},
      {"isbn13", is_isbn13},
      {"creditcard", is_credit_card},
      {"ssn", matches<"\\d{3}[- ]?\\d{2}[- ]?\\d{4}">},
      {"hexcolor", matches<"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})">},
      {"rgbcolor",
       matches<"rgb\\(\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*,\\s*(0|[1-9]\\d?|1\\d\\d?|"
               "2[0-4]\\d|25[0-5])\\s*,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*\\)">},
      {"byte", is_byte},
      {"password", [](std::string_view) { return true; }},
      {"date", is_date},
      {"duration", is_duration},
      {"datetime", is_date_time},
      {"k8sshortname", [](std::string_view text) { return dns1123_label_errors(text).empty(); }},
      {"k8slongname", [](std::string_view text) { return dns1123_subdomain_errors(text).empty(); }},
  };
  return kPredicates;
}

std::string normalized(std::string_view format) {
  std::string out(format);
  std::erase(out, '-');
  return out;
}

}  // namespace

bool is_known_format(std::string_view type, std::string_view format) {
  if (type == "integer") return format == "int32" || format == "int64";
  if (type == "number") return format == "float" || format == "double";
  if (!type.empty() && type != "string") return false;
  return predicates().contains(normalized(format));
}

bool matches_format(std::string_view format, std::string_view text) {
  const auto found = predicates().find(normalized(format));
  return found == predicates().end() || found->second(text);
}

}  // namespace dynamod::apiserver
