// URLs of HTTP peers, percent-encoding, and host:port. Written by hand because targets must stay as
// they are, byte for byte, and because errors must not repeat user info.
#include "base/url.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address_v6.hpp>

namespace dynamod::base {

namespace {

constexpr std::size_t kUrlSizeMax =
    std::size_t{16} * 1024;                // signed URLs of object stores have up to 4 kB
constexpr std::size_t kHostSizeMax = 253;  // a DNS name
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool is_ipv6(std::string_view text) {
  if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
  boost::system::error_code error;
  boost::asio::ip::make_address_v6(std::string(text), error);
  return !error;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= kHostSizeMax && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  if (error != std::errc{} || end != last)
    return fail(Error::Kind::kInvalid, "a port must be a number up to 65535");
  return port;
}

struct HostPort {
  std::string_view host;  // no brackets
  std::string_view port;  // digits, not checked
  bool has_port = false;
  bool bracketed = false;
};

Result<HostPort> split_authority(std::string_view text) {
  HostPort parts;
  std::string_view after;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) {
      return fail(Error::Kind::kInvalid, "brackets must hold an IPv6 address, like [::1]:80");
    }
    parts.bracketed = true;
    parts.host = text.substr(1, close - 1);
    after = text.substr(close + 1);
    if (!after.empty() && after.front() != ':') {
      return fail(Error::Kind::kInvalid,
                  "after the brackets of an IPv6 address only :PORT may stand");
    }
  } else {
    const auto colon = text.find(':');
    if (colon != text.rfind(':')) {
      return fail(Error::Kind::kInvalid, "an IPv6 address needs brackets, like [::1]:80");
    }
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) after = text.substr(colon);
  }
  if (!after.empty()) {
    parts.has_port = true;
    parts.port = after.substr(1);
  }
  return parts;
}

std::unexpected<Error> invalid_url(std::string_view what) {
  return fail(Error::Kind::kInvalid, "invalid URL: " + std::string(what));
}

// Bytes that end a request line or need percent-encoding in any URL.
bool is_visible(char c) {
  return c > 0x20 && c < 0x7F;
}

std::string decode_form(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return spaced;
}

}  // namespace

std::string Url::origin() const {
  if (port == default_port(scheme)) {
    return scheme + "://" + (host.find(':') == std::string::npos ? host : "[" + host + "]");
  }
  return scheme + "://" + join_host_port(host, port);
}

std::string Url::text() const {
  return origin() + target;
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kUrlSizeMax)
    return invalid_url("longer than " + std::to_string(kUrlSizeMax) + " bytes");
  const auto scheme_end = text.find("://");
  Url url;
  if (scheme_end != std::string_view::npos) url.scheme = lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https")
    return invalid_url("it must start with http:// or https://");
  text.remove_prefix(scheme_end + 3);

  if (!std::ranges::all_of(text, is_visible)) {
    return invalid_url("spaces, control characters and bytes over 7F must be percent-encoded");
  }
  if (text.find('#') != std::string_view::npos) return invalid_url("a fragment (#) is not allowed");
  const auto authority = text.substr(0, text.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos)
    return invalid_url("user info (before @) is not allowed");

  const auto parts = split_authority(authority);
  if (!parts) return invalid_url(parts.error().message);
  if (parts->host.empty()) return invalid_url("it has no host");
  if (!parts->bracketed && !is_host_name(parts->host)) {
    return invalid_url("a host may have letters, digits, '-', '.' and '_', up to 253");
  }
  url.host = lower(parts->host);
  url.port = default_port(url.scheme);
  if (parts->has_port && !parts->port.empty()) {
    const auto port = parse_port(parts->port);
    if (!port || *port == 0) return invalid_url("a port must be 1 to 65535");
    url.port = *port;
  }
  url.target = text.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xF];
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return fail(Error::Kind::kInvalid,
                  "% at byte " + std::to_string(i) + " must be followed by two hexadecimal digits");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> decode_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    TRY(std::string name, percent_decode(decode_form(pair.substr(0, equals))));
    TRY(std::string value,
        percent_decode(decode_form(pair.substr(std::min(equals + 1, pair.size())))));
    query.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::string join_host_port(std::string_view host, std::uint16_t port) {
  std::string out(host);
  if (host.find(':') != std::string_view::npos) out = "[" + out + "]";
  return out + ":" + std::to_string(port);
}

Result<std::pair<std::string, std::uint16_t>> split_host_port(std::string_view text) {
  TRY(const HostPort parts, split_authority(text));
  if (!parts.has_port)
    return fail(Error::Kind::kInvalid, "an address needs a port, like 127.0.0.1:8080 or :8080");
  if (!parts.bracketed && !parts.host.empty() && !is_host_name(parts.host)) {
    return fail(Error::Kind::kInvalid,
                "a host may have letters, digits, '-', '.' and '_', up to 253");
  }
  TRY(const std::uint16_t port, parse_port(parts.port));
  return std::pair(std::string(parts.host), port);
}

}  // namespace dynamod::base
