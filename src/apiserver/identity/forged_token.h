// Tokens as an attacker makes them: any header and payload, signed by any key or none. For tests.
#pragma once

#include <string>
#include <string_view>

#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "apiserver/identity/base64url.h"
#include "http/openssl.h"

namespace dynamod::apiserver {

inline http::KeyPtr read_key(const std::string& pem) {
  const http::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return http::KeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// The signature of OpenSSL: DER for EC keys.
inline std::string raw_signature(EVP_PKEY* key, std::string_view text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::string signature(1'024, '\0');
  std::size_t size = signature.size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  DYN_ASSERT(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1);
  DYN_ASSERT(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                            bytes, text.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return signature;
}

// r and s side by side, as ES256 wants them.
inline std::string es256_signature(EVP_PKEY* key, std::string_view text) {
  const std::string der = raw_signature(key, text);
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size()));
  std::string raw(64, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(raw.data());
  DYN_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes, 32) == 32);
  DYN_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes + 32, 32) == 32);
  ECDSA_SIG_free(signature);
  return raw;
}

inline std::string hmac_signature(std::string_view key, std::string_view text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(size);
  return mac;
}

inline std::string public_key_pem(EVP_PKEY* key) {
  const http::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline std::string signed_text(std::string_view header, std::string_view payload) {
  return encode_base64url(header) + "." + encode_base64url(payload);
}

inline std::string forged_token(const http::KeyPtr& key, std::string_view header,
                                std::string_view payload) {
  const std::string text = signed_text(header, payload);
  return text + "." + encode_base64url(es256_signature(key.get(), text));
}

}  // namespace dynamod::apiserver
