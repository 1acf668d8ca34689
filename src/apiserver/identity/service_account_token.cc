// JSON Web Tokens with ES256 (RFC 7515, 7518, 7519), and the claims of Kubernetes in them.
#include "apiserver/identity/service_account_token.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "apiserver/identity/base64url.h"
#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kCoordinateBytes = 32;  // of P-256
constexpr std::string_view kAlgorithm = "ES256";
constexpr std::string_view kClaims = "kubernetes.io";

std::unexpected<Error> unauthorized(std::string message) {
  return fail(Error::Kind::kUnauthorized, std::move(message));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

using ContextPtr = std::unique_ptr<EVP_MD_CTX, http::OpensslFree<&EVP_MD_CTX_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, http::OpensslFree<&ECDSA_SIG_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, http::OpensslFree<&BN_free>>;

std::string padded(const BIGNUM* number) {
  std::string bytes(kCoordinateBytes, '\0');
  DYN_ASSERT(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                          kCoordinateBytes) == kCoordinateBytes);
  return bytes;
}

// A JWS signature is r and s side by side; OpenSSL's is DER.
std::string sign(EVP_PKEY* key, std::string_view text) {
  const ContextPtr context(EVP_MD_CTX_new());
  DYN_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  std::size_t size = 0;
  DYN_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1);
  std::vector<unsigned char> der(size);
  DYN_ASSERT(EVP_DigestSign(context.get(), der.data(), &size, bytes_of(text), text.size()) == 1);
  const unsigned char* start = der.data();
  const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(size)));
  DYN_ASSERT(signature != nullptr);
  return padded(ECDSA_SIG_get0_r(signature.get())) + padded(ECDSA_SIG_get0_s(signature.get()));
}

bool is_signed(EVP_PKEY* key, std::string_view text, const std::string& raw) {
  if (raw.size() != 2 * kCoordinateBytes) return false;
  const SignaturePtr signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(bytes_of(raw), kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(bytes_of(raw) + kCoordinateBytes, kCoordinateBytes, nullptr);
  ECDSA_SIG_set0(signature.get(), r, s);  // owns both now
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return false;
  const ContextPtr context(EVP_MD_CTX_new());
  const bool ready = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1;
  const bool good = ready && EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                                              bytes_of(text), text.size()) == 1;
  OPENSSL_free(der);
  return good;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  DYN_ASSERT(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const NumberPtr owned(number);
  return padded(owned.get());
}

std::string public_key_der(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  DYN_ASSERT(size > 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

json::object reference_json(const ObjectReference& reference) {
  return {{"name", reference.name}, {"uid", reference.uid}};
}

json::object payload_of(const TokenClaims& claims, const std::string& issuer) {
  json::object bound;
  bound["namespace"] = claims.ns;
  if (claims.node) bound["node"] = reference_json(*claims.node);
  if (claims.pod) bound["pod"] = reference_json(*claims.pod);
  if (claims.secret) bound["secret"] = reference_json(*claims.secret);
  bound["serviceaccount"] = reference_json(claims.account);
  json::array audiences;
  for (const std::string& audience : claims.audiences) audiences.emplace_back(audience);
  json::object payload;
  payload["aud"] = std::move(audiences);
  payload["exp"] = seconds_of(claims.expires_at);
  payload["iat"] = seconds_of(claims.issued_at);
  payload["iss"] = issuer;
  payload["jti"] = claims.id;
  payload[kClaims] = std::move(bound);
  payload["nbf"] = seconds_of(claims.issued_at);
  payload["sub"] = service_account_user_name({claims.ns, claims.account.name});
  return payload;
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos || token.size() > kTokenSizeMax) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

Result<json::value> decode_part(std::string_view part) {
  TRY(const std::string text, decode_base64url(part));
  TRY(json::value value, decode_json(text));
  if (!value.is_object()) return fail(Error::Kind::kInvalid, "not an object");
  return value;
}

std::optional<ObjectReference> reference_at(const json::object& bound, std::string_view name) {
  const json::value* value = bound.if_contains(name);
  if (!value || !value->is_object()) return std::nullopt;
  return ObjectReference{string_at(*value, "name"), string_at(*value, "uid")};
}

std::optional<WallTime> time_at(const json::object& payload, std::string_view name) {
  const json::value* value = payload.if_contains(name);
  const std::int64_t* seconds = value ? value->if_int64() : nullptr;
  constexpr std::int64_t kSecondsMax = 9'000'000'000;  // beyond it nanoseconds do not fit
  if (!seconds || *seconds < 0 || *seconds > kSecondsMax) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

// "aud" may be one text or a list.
std::vector<std::string> audiences_of(const json::object& payload) {
  std::vector<std::string> audiences;
  const json::value* value = payload.if_contains("aud");
  if (!value) return audiences;
  if (const json::string* one = value->if_string()) audiences.emplace_back(*one);
  const json::array* many = value->if_array();
  if (!many) return audiences;
  for (const json::value& item : *many)
    if (item.is_string()) audiences.emplace_back(item.as_string());
  return audiences;
}

Result<TokenClaims> claims_of(const json::object& payload) {
  const json::value* private_claims = payload.if_contains(kClaims);
  const json::object* bound = private_claims ? private_claims->if_object() : nullptr;
  const auto issued = time_at(payload, "iat");
  const auto expires = time_at(payload, "exp");
  const auto account = bound ? reference_at(*bound, "serviceaccount") : std::nullopt;
  if (!issued || !expires || !account) return unauthorized("service account token lacks claims");
  TokenClaims claims;
  claims.ns = string_at(*private_claims, "namespace");
  claims.account = *account;
  claims.pod = reference_at(*bound, "pod");
  claims.secret = reference_at(*bound, "secret");
  claims.node = reference_at(*bound, "node");
  claims.audiences = audiences_of(payload);
  claims.issued_at = *issued;
  claims.expires_at = *expires;
  claims.id = string_at(json::value(payload), "jti");
  return claims;
}

}  // namespace

User user_of(const TokenClaims& claims) {
  User user{.name = service_account_user_name({claims.ns, claims.account.name}),
            .uid = claims.account.uid,
            .groups = service_account_groups(claims.ns)};
  const auto add = [&user](std::string_view what, const std::string& value) {
    if (!value.empty())
      user.extra[fmt::format("authentication.kubernetes.io/{}", what)].push_back(value);
  };
  if (!claims.id.empty()) add("credential-id", "JTI=" + claims.id);
  if (claims.pod) {
    add("pod-name", claims.pod->name);
    add("pod-uid", claims.pod->uid);
  }
  if (claims.node) {
    add("node-name", claims.node->name);
    add("node-uid", claims.node->uid);
  }
  return user;
}

ServiceAccountTokens::ServiceAccountTokens(http::KeyPtr key, std::string issuer)
    : key_(std::move(key)),
      issuer_(std::move(issuer)),
      key_id_(encode_base64url(sha256(public_key_der(key_.get())))) {}

Result<ServiceAccountTokens> ServiceAccountTokens::from_key(const std::string& key_pem,
                                                            std::string issuer) {
  const http::BioPtr bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  http::KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return fail(Error::Kind::kInvalid,
                "the service account key is not PEM: " + http::take_openssl_error());
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC || EVP_PKEY_get_bits(key.get()) != 256)
    return fail(Error::Kind::kInvalid, "the service account key is not on the curve P-256");
  return ServiceAccountTokens(std::move(key), std::move(issuer));
}

Result<ServiceAccountTokens> ServiceAccountTokens::open(Files& files, const std::string& path,
                                                        std::string issuer) {
  if (!files.exists(path)) {
    constexpr unsigned kOwnerOnly = 0600;
    CHECK_OK(files.write(path, make_signing_key(), kOwnerOnly));
  }
  TRY(const std::string key_pem, files.read(path));
  auto tokens = from_key(key_pem, std::move(issuer));
  if (!tokens) return std::unexpected(std::move(tokens).error().within(path));
  return tokens;
}

std::string ServiceAccountTokens::issue(TokenClaims& claims) const {
  claims.id = make_token_id();
  claims.issued_at = WallTime(std::chrono::seconds(seconds_of(claims.issued_at)));
  claims.expires_at = WallTime(std::chrono::seconds(seconds_of(claims.expires_at)));
  const json::object header{{"alg", kAlgorithm}, {"kid", key_id_}};
  const std::string text = encode_base64url(encode_json(header)) + "." +
                           encode_base64url(encode_json(payload_of(claims, issuer_)));
  return text + "." + encode_base64url(sign(key_.get(), text));
}

Result<TokenClaims> ServiceAccountTokens::verify(std::string_view token, WallTime now) const {
  const auto parts = split(token);
  if (!parts) return unauthorized("the token is no JSON Web Token");
  const auto header = decode_part(parts->header);
  // The algorithm is ours to choose, never the token's.
  const bool ours = header && string_at(*header, "alg") == kAlgorithm;
  const auto signature = decode_base64url(parts->signature);
  if (!ours || !signature || !is_signed(key_.get(), parts->signed_text, *signature))
    return unauthorized("invalid signature");
  const auto payload = decode_part(parts->payload);
  if (!payload) return unauthorized("the token's claims are not JSON");
  if (string_at(*payload, "iss") != issuer_) return unauthorized("issuer is invalid");
  TRY(TokenClaims claims, claims_of(payload->get_object()));
  if (now > claims.expires_at + kTokenLeeway)
    return unauthorized("service account token has expired");
  const auto not_before = time_at(payload->get_object(), "nbf");
  if (not_before && now + kTokenLeeway < *not_before)
    return unauthorized("service account token is not valid yet");
  if (now + kTokenLeeway < claims.issued_at)
    return unauthorized("service account token is issued in the future");
  return claims;
}

bool ServiceAccountTokens::claims_issuer(std::string_view token) const {
  const auto parts = split(token);
  if (!parts) return false;
  const auto payload = decode_part(parts->payload);
  return payload && string_at(*payload, "iss") == issuer_;
}

json::object ServiceAccountTokens::key_set() const {
  json::object key{{"use", "sig"},
                   {"kty", "EC"},
                   {"kid", key_id_},
                   {"crv", "P-256"},
                   {"alg", kAlgorithm},
                   {"x", encode_base64url(coordinate(key_.get(), "qx"))},
                   {"y", encode_base64url(coordinate(key_.get(), "qy"))}};
  return {{"keys", json::array{std::move(key)}}};
}

std::string make_signing_key() {
  const http::KeyPtr key(EVP_EC_gen("P-256"));
  DYN_ASSERT(key != nullptr);
  const http::BioPtr bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string make_token_id() {
  std::array<unsigned char, 16> bytes = {};
  DYN_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
  std::string text = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  for (const std::size_t place : {20U, 16U, 12U, 8U}) text.insert(place, 1, '-');
  return text;
}

}  // namespace dynamod::apiserver
