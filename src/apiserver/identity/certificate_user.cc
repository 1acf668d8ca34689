// Reading the subject of an X.509 certificate.
#include "apiserver/identity/certificate_user.h"

#include <openssl/pem.h>

#include "base/hash.h"
#include "http/openssl.h"

namespace dynamod::apiserver {

namespace {

// All values of one kind in the subject, as UTF-8.
std::vector<std::string> subject_values(X509& certificate, int nid) {
  std::vector<std::string> values;
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  for (int at = X509_NAME_get_index_by_NID(subject, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(subject, nid, at)) {
    const ASN1_STRING* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, data);
    if (size < 0) continue;
    values.emplace_back(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  return values;
}

std::string der_of(X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  DYN_ASSERT(size > 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

Result<std::optional<User>> certificate_user(const std::string& certificate_pem) {
  const http::BioPtr bio(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const http::X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    return fail(Error::Kind::kUnauthorized,
                "the client certificate is not PEM: " + http::take_openssl_error());
  }
  std::vector<std::string> names = subject_values(*certificate, NID_commonName);
  // With several, the last counts (as in Go's crypto/x509).
  if (names.empty() || names.back().empty()) return std::nullopt;
  User user{.name = std::move(names.back()),
            .groups = subject_values(*certificate, NID_organizationName)};
  user.extra[std::string(kCredentialIdExtra)] = {"X509SHA256=" + sha256_hex(der_of(*certificate))};
  return user;
}

}  // namespace dynamod::apiserver
