// Parsing and redaction of source URIs.
#include "lora/source_uri.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.h"

namespace dynamod::lora {

namespace {

constexpr std::string_view kHidden = "***";
constexpr std::size_t kSchemeMax =
    32;  // no registered scheme is longer; keeps the search for its start short

struct SchemePrefix {
  std::string_view text;
  SourceScheme scheme;
};

// As workers compare them: "S3://" is no scheme to them.
constexpr std::array kPrefixes = {
    SchemePrefix{"s3://", SourceScheme::kS3},       SchemePrefix{"hf://", SourceScheme::kHf},
    SchemePrefix{"file:///", SourceScheme::kFile},  SchemePrefix{"http://", SourceScheme::kHttp},
    SchemePrefix{"https://", SourceScheme::kHttps},
};

std::unexpected<Error> invalid(std::string message) {
  return fail(Error::Kind::kInvalid, std::move(message));
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F;
}

// Where a URI in running text certainly ends.
bool ends_uri(char c) {
  return is_blank_or_control(c) || c == '"' || c == '<' || c == '>' || c == '`';
}

// A bucket, an organisation, a repository: what stands between two slashes.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." &&
         std::ranges::all_of(text, is_name_character);
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  return false;
}

bool is_only_slashes(std::string_view path) {
  return path.find_first_not_of('/') == std::string_view::npos;
}

// Cuts `rest` at the first `mark`, which is dropped; gives what follows it, or "".
std::string cut_after(std::string_view& rest, char mark) {
  const auto place = rest.find(mark);
  if (place == std::string_view::npos) return "";
  std::string after(rest.substr(place + 1));
  rest = rest.substr(0, place);
  return after;
}

Result<SourceUri> parse_s3(SourceUri uri, std::string_view rest) {
  uri.query = cut_after(rest, '?');
  const std::string_view bucket = rest.substr(0, rest.find('/'));
  if (bucket.empty()) return invalid("must name a bucket: s3://bucket/path/to/adapter");
  if (!is_plain_name(bucket)) {
    return invalid(
        "has a bucket name with characters that S3 does not allow: use a-z, 0-9, \"-\" and \".\"");
  }
  rest.remove_prefix(std::min(rest.size(), bucket.size() + 1));
  if (is_only_slashes(rest)) {
    return invalid("must name a path in the bucket: s3://bucket/path/to/adapter");
  }
  if (has_dot_segment(rest)) return invalid("must not have \".\" or \"..\" as a part of its path");
  uri.authority = bucket;
  uri.path = rest;
  return uri;
}

Result<SourceUri> parse_hf(SourceUri uri, std::string_view rest) {
  const bool names_revision = rest.contains('@');
  uri.revision = cut_after(rest, '@');
  if (names_revision && uri.revision.empty()) {
    return invalid(
        "has no revision after \"@\": leave \"@\" out, or write hf://org/model@revision_sha");
  }
  const std::string_view organisation = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), organisation.size() + 1));
  if (!is_plain_name(organisation) || !is_plain_name(rest)) {
    return invalid("must be of the form hf://org/model or hf://org/model@revision_sha");
  }
  uri.authority = organisation;
  uri.path = rest;
  return uri;
}

Result<SourceUri> parse_file(SourceUri uri, std::string_view rest) {
  if (is_only_slashes(rest)) {
    return invalid("must name a directory on the workers: file:///path/to/adapter");
  }
  uri.path = "/" + std::string(rest);
  return uri;
}

Result<SourceUri> parse_web(SourceUri uri, std::string_view rest) {
  if (rest.contains('#')) return invalid("must not have a fragment (\"#...\")");
  uri.query = cut_after(rest, '?');
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(authority.size());
  const auto at = authority.rfind('@');
  uri.authority = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (at != std::string_view::npos) uri.user_info = authority.substr(0, at);
  if (uri.authority.empty() || uri.authority.starts_with(':')) {
    return invalid("must name a host: https://host/path/to/adapter");
  }
  const bool plain = std::ranges::all_of(uri.authority, [](char c) {
    return is_name_character(c) || c == ':' || c == '[' || c == ']';
  });
  if (!plain) return invalid("has a host with characters that no host name has");
  if (is_only_slashes(path)) {
    return invalid("must name a path on the host: https://host/path/to/adapter");
  }
  uri.path = path;
  return uri;
}

// Of what follows "://": where user info ends, 0 when there is none. A secret access key may hold
// "/", and then the authority seems to end inside it: a colon with anything but a port after it
// gives it away.
std::size_t user_info_end(std::string_view rest, std::string_view scheme) {
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) return at;
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.starts_with('[')) return 0;
  const std::string_view port = authority.substr(colon + 1);
  const bool is_port = scheme != "s3" && scheme != "hf" && std::ranges::all_of(port, is_digit);
  if (is_port) return 0;
  const auto later_at = rest.rfind('@');
  return later_at == std::string_view::npos ? authority_end : later_at;
}

std::string redact_after_scheme(std::string_view scheme, std::string_view rest) {
  std::string shown;
  if (const std::size_t end = user_info_end(rest, scheme); end > 0) {
    shown = kHidden;
    rest.remove_prefix(end);
  }
  const auto mark = rest.find_first_of("?#");
  shown += rest.substr(0, mark);
  if (mark != std::string_view::npos) shown.append(1, rest[mark]).append(kHidden);
  return shown;
}

// The start of the scheme that ends at `colon`, not before `from`; nothing when no scheme stands
// there.
std::optional<std::size_t> scheme_start(std::string_view text, std::size_t from,
                                        std::size_t colon) {
  std::size_t start = colon;
  while (start > from && colon - start < kSchemeMax) {
    const char c = text[start - 1];
    if (!is_alphanumeric(c) && c != '+' && c != '-' && c != '.') break;
    --start;
  }
  return start == colon ? std::nullopt : std::optional(start);
}

}  // namespace

std::string_view to_string(SourceScheme scheme) {
  switch (scheme) {
    case SourceScheme::kS3:
      return "s3";
    case SourceScheme::kHf:
      return "hf";
    case SourceScheme::kFile:
      return "file";
    case SourceScheme::kHttp:
      return "http";
    case SourceScheme::kHttps:
      return "https";
  }
  return "";
}

Result<SourceUri> parse_source_uri(std::string_view text) {
  const auto prefix = std::ranges::find_if(
      kPrefixes, [text](const SchemePrefix& known) { return text.starts_with(known.text); });
  if (prefix == kPrefixes.end()) {
    return invalid(R"(must start with "s3://", "hf://", "file:///", "http://" or "https://")");
  }
  if (find_invalid_utf8(text) != std::string_view::npos) return invalid("must be valid UTF-8");
  const std::string_view rest = text.substr(prefix->text.size());
  SourceUri uri;
  uri.scheme = prefix->scheme;
  // A directory's name may hold a space; every other URI would have it escaped.
  const bool is_file = uri.scheme == SourceScheme::kFile;
  const bool is_clean = std::ranges::none_of(rest, [is_file](char c) {
    return is_file ? is_blank_or_control(c) && c != ' ' : ends_uri(c);
  });
  if (!is_clean) {
    return invalid(
        "must not hold white space, control characters or any of \"<>`: write them escaped (%20)");
  }
  switch (uri.scheme) {
    case SourceScheme::kS3:
      return parse_s3(std::move(uri), rest);
    case SourceScheme::kHf:
      return parse_hf(std::move(uri), rest);
    case SourceScheme::kFile:
      return parse_file(std::move(uri), rest);
    case SourceScheme::kHttp:
    case SourceScheme::kHttps:
      return parse_web(std::move(uri), rest);
  }
  return invalid("has an unknown scheme");
}

std::string redact_uri(std::string_view uri) {
  const auto colon = uri.find("://");
  if (colon == std::string_view::npos) return redact_after_scheme("", uri);
  std::string shown(uri.substr(0, colon + 3));
  return shown += redact_after_scheme(uri.substr(0, colon), uri.substr(colon + 3));
}

std::string redact_uris_in(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  std::size_t done = 0;
  for (auto colon = text.find("://"); colon != std::string_view::npos;
       colon = text.find("://", colon)) {
    const auto start = scheme_start(text, done, colon);
    colon += 3;
    if (!start) continue;
    const bool quoted = *start > 0 && text[*start - 1] == '\'';
    std::size_t end = colon;
    while (end < text.size() && !ends_uri(text[end]) && !(quoted && text[end] == '\'')) ++end;
    shown += text.substr(done, *start - done);
    shown += redact_uri(text.substr(*start, end - *start));
    done = colon = end;
  }
  shown += text.substr(done);
  return shown;
}

}  // namespace dynamod::lora
