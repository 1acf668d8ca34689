// Names, by hand-written scanners: they run for every label of every object.
#include "apiserver/validation/names.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kSubdomainMax = 253;

constexpr std::string_view kDns1123Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view kDns1123Subdomain =
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
constexpr std::string_view kDns1035Label = "[a-z]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view kQualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}

bool is_alphanumeric(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_dns1123_label(std::string_view s) {
  return !s.empty() && is_lower_or_digit(s.front()) && is_lower_or_digit(s.back()) &&
         std::ranges::all_of(s, [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_dns1123_subdomain(std::string_view s) {
  for (;;) {
    const auto dot = s.find('.');
    if (!is_dns1123_label(s.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    s.remove_prefix(dot + 1);
  }
}

bool is_dns1035_label(std::string_view s) {
  return is_dns1123_label(s) && is_lower(s.front());
}

bool is_qualified_part(std::string_view s) {
  return !s.empty() && is_alphanumeric(s.front()) && is_alphanumeric(s.back()) &&
         std::ranges::all_of(
             s, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

// Kubernetes counts bytes and calls them one or the other.
std::string too_long(std::size_t most, std::string_view unit) {
  return fmt::format("must be no more than {} {}", most, unit);
}

std::string not_of_form(std::string_view what, std::string_view regex,
                        std::initializer_list<std::string_view> examples) {
  std::string out(what);
  out += " (e.g. ";
  for (bool first = true; const auto example : examples) {
    if (!std::exchange(first, false)) out += " or ";
    out += fmt::format("'{}', ", example);
  }
  return out + fmt::format("regex used for validation is '{}')", regex);
}

std::string not_qualified() {
  return not_of_form(
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
      "alphanumeric character",
      kQualified, {"MyName", "my.name", "123-abc"});
}

// A prefix that ends in a dash is judged as if a letter followed.
std::string masked(std::string_view name) {
  if (name.size() <= 1 || !name.ends_with('-')) return std::string(name);
  return std::string(name.substr(0, name.size() - 2)) + "a";
}

NameErrors subdomain_errors(std::string_view value, std::string_view unit) {
  NameErrors errors;
  if (value.size() > kSubdomainMax) errors.push_back(too_long(kSubdomainMax, unit));
  if (!is_dns1123_subdomain(value))
    errors.push_back(not_of_form(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character",
        kDns1123Subdomain, {"example.com"}));
  return errors;
}

}  // namespace

NameErrors dns1123_label_errors(std::string_view value) {
  NameErrors errors;
  if (value.size() > kLabelMax) errors.push_back(too_long(kLabelMax, "characters"));
  if (is_dns1123_label(value)) return errors;
  if (is_dns1123_subdomain(value)) {
    errors.emplace_back("must not contain dots");
    return errors;
  }
  errors.push_back(not_of_form(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
      "must start and end with an alphanumeric character",
      kDns1123Label, {"my-name", "123-abc"}));
  return errors;
}

NameErrors dns1123_subdomain_errors(std::string_view value) {
  return subdomain_errors(value, "characters");
}

NameErrors dns1035_label_errors(std::string_view value) {
  NameErrors errors;
  if (value.size() > kLabelMax) errors.push_back(too_long(kLabelMax, "characters"));
  if (!is_dns1035_label(value))
    errors.push_back(not_of_form(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character",
        kDns1035Label, {"my-name", "abc-123"}));
  return errors;
}

NameErrors path_segment_errors(std::string_view value) {
  for (const std::string_view illegal : {".", ".."})
    if (value == illegal) return {fmt::format("may not be '{}'", illegal)};
  NameErrors errors;
  for (const char illegal : {'/', '%'})
    if (value.contains(illegal)) errors.push_back(fmt::format("may not contain '{}'", illegal));
  return errors;
}

NameErrors qualified_name_errors(std::string_view value) {
  NameErrors errors;
  const auto slash = value.find('/');
  std::string_view name = value;
  if (slash != std::string_view::npos) {
    const std::string_view prefix = value.substr(0, slash);
    name = value.substr(slash + 1);
    if (name.contains('/'))
      return {"a valid label key " + not_qualified() +
              " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    if (prefix.empty()) errors.emplace_back("prefix part must be non-empty");
    if (!prefix.empty())
      for (const auto& error : subdomain_errors(prefix, "bytes"))
        errors.push_back("prefix part " + error);
  }
  if (name.empty())
    errors.emplace_back("name part must be non-empty");
  else if (name.size() > kLabelMax)
    errors.push_back("name part " + too_long(kLabelMax, "bytes"));
  if (!is_qualified_part(name)) errors.push_back("name part " + not_qualified());
  return errors;
}

NameErrors label_value_errors(std::string_view value) {
  NameErrors errors;
  if (value.size() > kLabelMax) errors.push_back(too_long(kLabelMax, "bytes"));
  if (!value.empty() && !is_qualified_part(value))
    errors.push_back(not_of_form(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        "'.', and must start and end with an alphanumeric character",
        fmt::format("({})?", kQualified), {"MyValue", "my_value", "12345"}));
  return errors;
}

NameErrors name_errors(NameRule rule, std::string_view value, NamePart part) {
  const std::string name = part == NamePart::kPrefix ? masked(value) : std::string(value);
  switch (rule) {
    case NameRule::kDnsSubdomain:
      return dns1123_subdomain_errors(name);
    case NameRule::kDnsLabel:
      return dns1123_label_errors(name);
    case NameRule::kDns1035Label:
      return dns1035_label_errors(name);
    case NameRule::kPathSegment:
      if (part == NamePart::kWhole) return path_segment_errors(name);
      break;
  }
  NameErrors errors;
  for (const char illegal : {'/', '%'})
    if (value.contains(illegal)) errors.push_back(fmt::format("may not contain '{}'", illegal));
  return errors;
}

}  // namespace dynamod::apiserver
