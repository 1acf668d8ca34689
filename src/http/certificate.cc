// Making and reading X.509 through OpenSSL 3. Names go in as values, never through OpenSSL's
// configuration syntax.
#include "http/certificate.h"

#include <array>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "http/openssl.h"

namespace dynamod::http {

namespace {

constexpr std::size_t kCommonNameMax = 64;  // X.520's upper bound; OpenSSL refuses more

Error broken(std::string_view what) {
  return {Error::Kind::kInvalid, std::string(what) + ": " + take_openssl_error()};
}

BioPtr reading(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// No pass phrase is asked for on a terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Result<X509Ptr> read_x509(const std::string& pem) {
  X509Ptr certificate(PEM_read_bio_X509(reading(pem).get(), nullptr, &no_passphrase, nullptr));
  if (!certificate) return std::unexpected(broken("the certificate is not PEM"));
  return certificate;
}

Result<KeyPtr> read_key(const std::string& pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, &no_passphrase, nullptr));
  if (!key) return std::unexpected(broken("the key is not PEM"));
  return key;
}

std::string key_to_pem(EVP_PKEY& key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(value.data());
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes,
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool add_extension(X509& certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer ? issuer : &certificate, &certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

GENERAL_NAME* general_name(const std::string& name) {
  boost::system::error_code not_an_address;
  net::ip::make_address(name, not_an_address);
  if (!not_an_address) {
    ASN1_OCTET_STRING* const bytes = a2i_IPADDRESS(name.c_str());
    if (!bytes) return nullptr;
    GENERAL_NAME* const made = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(made, GEN_IPADD, bytes);
    return made;
  }
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
  GENERAL_NAME* const made = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(made, GEN_DNS, text);
  return made;
}

bool is_dns_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*_:";
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(kAllowed) == std::string::npos;
}

Result<> add_names(X509& certificate, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const NamesPtr list(sk_GENERAL_NAME_new_null());
  for (const auto& name : names) {
    GENERAL_NAME* const made = is_dns_name(name) ? general_name(name) : nullptr;
    if (!made)
      return fail(Error::Kind::kInvalid,
                  "a server name of a certificate is neither a DNS name nor an address");
    sk_GENERAL_NAME_push(list.get(), made);
  }
  if (X509_add1_ext_i2d(&certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return std::unexpected(broken("the server names do not fit a certificate"));
  }
  return {};
}

bool set_serial(X509& certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  BIGNUM* const number = BN_bin2bn(bytes.data(), bytes.size(), nullptr);
  const bool set = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate));
  BN_free(number);
  return set;
}

void set_times(X509& certificate, WallTime now, Duration lifetime) {
  const auto begin = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now - kClockSkewMax));
  const auto end = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now + lifetime));
  ASN1_TIME_set(X509_getm_notBefore(&certificate), begin);
  ASN1_TIME_set(X509_getm_notAfter(&certificate), end);
}

WallTime to_wall(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

std::vector<std::string> names_of(const X509& certificate) {
  const NamesPtr list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(list.get(), i);
    int kind = 0;
    const auto* const value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &kind));
    const unsigned char* const bytes = ASN1_STRING_get0_data(value);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (kind == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(bytes), size);
    if (kind == GEN_IPADD && size == 4) {
      names.push_back(net::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]}).to_string());
    }
    if (kind == GEN_IPADD && size == 16) {
      net::ip::address_v6::bytes_type address;
      std::copy_n(bytes, size, address.begin());
      names.push_back(net::ip::address_v6(address).to_string());
    }
  }
  return names;
}

std::string common_name_of(const X509& certificate) {
  X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return "";
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

// All but the extensions and the signature.
Result<X509Ptr> blank(EVP_PKEY& key, const CertificateRequest& request, WallTime now) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_times(*certificate, now, request.lifetime);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  bool named = request.common_name.size() <= kCommonNameMax && set_serial(*certificate);
  for (const auto& organization : request.organizations)
    named = named && add_name(subject, "O", organization);
  if (!request.common_name.empty()) named = named && add_name(subject, "CN", request.common_name);
  if (!named || X509_set_pubkey(certificate.get(), &key) != 1) {
    return std::unexpected(
        broken("the certificate's subject is not usable (64 bytes of UTF-8 at most)"));
  }
  return certificate;
}

Result<Certificate> sign(X509& certificate, EVP_PKEY& key, EVP_PKEY& signer) {
  if (X509_sign(&certificate, &signer, EVP_sha256()) == 0)
    return std::unexpected(broken("signing failed"));
  return parse_certificate(to_pem(certificate), key_to_pem(key));
}

Result<KeyPtr> make_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  if (!key)
    return fail(Error::Kind::kInternal, "OpenSSL makes no P-256 key: " + take_openssl_error());
  return key;
}

}  // namespace

Result<Certificate> make_authority(const std::string& common_name, WallTime now,
                                   Duration lifetime) {
  TRY(const KeyPtr key, make_key());
  const CertificateRequest request{.common_name = common_name, .lifetime = lifetime};
  TRY(const X509Ptr certificate, blank(*key, request, now));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  const bool extended =
      add_extension(*certificate, nullptr, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(*certificate, nullptr, NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(*certificate, nullptr, NID_subject_key_identifier, "hash");
  if (!extended) return std::unexpected(broken("the authority's extensions"));
  return sign(*certificate, *key, *key);
}

Result<Certificate> issue_certificate(const Certificate& authority,
                                      const CertificateRequest& request, WallTime now) {
  TRY(const X509Ptr issuer, read_x509(authority.certificate_pem));
  TRY(const KeyPtr issuer_key, read_key(authority.key_pem));
  TRY(const KeyPtr key, make_key());
  TRY(const X509Ptr certificate, blank(*key, request, now));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  const char* const usage =
      request.usage == CertificateUsage::kServer ? "serverAuth" : "clientAuth";
  const bool extended =
      add_extension(*certificate, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(*certificate, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
      add_extension(*certificate, issuer.get(), NID_ext_key_usage, usage) &&
      add_extension(*certificate, issuer.get(), NID_subject_key_identifier, "hash") &&
      add_extension(*certificate, issuer.get(), NID_authority_key_identifier, "keyid");
  if (!extended) return std::unexpected(broken("the certificate's extensions"));
  CHECK_OK(add_names(*certificate, request.names));
  return sign(*certificate, *key, *issuer_key);
}

Result<Certificate> parse_certificate(std::string certificate_pem, std::string key_pem) {
  TRY(const X509Ptr certificate, read_x509(certificate_pem));
  TRY(const KeyPtr key, read_key(key_pem));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return std::unexpected(broken("the key is not the certificate's"));
  }
  return Certificate{.certificate_pem = std::move(certificate_pem),
                     .key_pem = std::move(key_pem),
                     .common_name = common_name_of(*certificate),
                     .names = names_of(*certificate),
                     .not_before = to_wall(X509_get0_notBefore(certificate.get())),
                     .not_after = to_wall(X509_get0_notAfter(certificate.get())),
                     .is_authority = X509_check_ca(certificate.get()) == 1};
}

bool is_issued_by(const Certificate& certificate, const Certificate& authority) {
  const auto signed_one = read_x509(certificate.certificate_pem);
  const auto signer = read_x509(authority.certificate_pem);
  if (!signed_one || !signer) return false;
  const bool verified = X509_verify(signed_one->get(), X509_get0_pubkey(signer->get())) == 1;
  if (!verified) (void)take_openssl_error();
  return verified;
}

}  // namespace dynamod::http
