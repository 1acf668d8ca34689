// Certificates of our own making: an authority, and what it signs for servers and clients (EC
// P-256).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace dynamod::http {

// Peers' clocks may be behind ours by this much and still take a new certificate.
inline constexpr Duration kClockSkewMax = std::chrono::minutes(5);

struct Certificate {
  std::string certificate_pem;
  std::string key_pem;  // PKCS #8; a secret: never logged, never part of an error
  std::string common_name;
  std::vector<std::string> names;  // of a server: DNS names and IP addresses
  WallTime not_before;
  WallTime not_after;
  bool is_authority = false;

  // When two thirds of its life have passed: time enough to try again and again.
  [[nodiscard]] WallTime renew_at() const { return not_before + (not_after - not_before) / 3 * 2; }
};

enum class CertificateUsage : std::uint8_t { kServer, kClient };

struct CertificateRequest {
  CertificateUsage usage = CertificateUsage::kServer;
  std::string common_name = {};                 // of a client: the user
  std::vector<std::string> organizations = {};  // of a client: the groups
  std::vector<std::string> names = {};          // of a server: DNS names and IP addresses
  Duration lifetime = std::chrono::hours(24 * 365);
};

// Keys and serial numbers come from OpenSSL's generator. Errors: kInvalid for a name that cannot
// stand in a certificate.
[[nodiscard]] Result<Certificate> make_authority(const std::string& common_name, WallTime now,
                                                 Duration lifetime);
[[nodiscard]] Result<Certificate> issue_certificate(const Certificate& authority,
                                                    const CertificateRequest& request,
                                                    WallTime now);

// The first certificate of `certificate_pem`. Errors: kInvalid for PEM that does not parse or a key
// that is not its.
[[nodiscard]] Result<Certificate> parse_certificate(std::string certificate_pem,
                                                    std::string key_pem);

// Whether `authority`'s key signed `certificate`, whatever the dates.
[[nodiscard]] bool is_issued_by(const Certificate& certificate, const Certificate& authority);

}  // namespace dynamod::http
