// URLs of HTTP peers and percent-encoding. Paths are kept byte for byte: no dot segments are removed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dynamod::base {

struct Url {
  std::string scheme;  // lower-case
  std::string host;    // no brackets; lower-case
  std::uint16_t port = 0;  // the scheme's default when the text has none
  std::string target;  // path and query as they stand, at least "/"

  // "http://10.0.0.1:9090/path?query"; IPv6 in brackets; the port only when it is not the default.
  [[nodiscard]] std::string text() const;
  // "http://10.0.0.1:9090"
  [[nodiscard]] std::string origin() const;

  friend bool operator==(const Url&, const Url&) = default;
};

// http and https only; user info and fragments are refused. Error kInvalid, without repeating user info.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// All but unreserved characters (RFC 3986 section 2.3) as %XX; `keep` names further bytes left as they are.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view keep = "");
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);
// "a=1&b=x%20y"
[[nodiscard]] std::string encode_query(const std::vector<std::pair<std::string, std::string>>& query);
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> decode_query(std::string_view text);

// "10.0.0.1:80" or "[::1]:80".
[[nodiscard]] std::string join_host_port(std::string_view host, std::uint16_t port);
// Of "[::1]:80", "10.0.0.1:80", ":80" (host ""). Error kInvalid.
[[nodiscard]] Result<std::pair<std::string, std::uint16_t>> split_host_port(std::string_view text);

}  // namespace dynamod::base
