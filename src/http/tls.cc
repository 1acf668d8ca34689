// TLS contexts from PEM; a reload makes a new one and leaves the old to the connections that hold
// it.
#include "http/tls.h"

#include <array>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "http/openssl.h"
#include "http/tls_context.h"

namespace dynamod::http {

namespace {

// ALPN's wire form: a length, then the name.
constexpr std::string_view kHttp11 = "\x08http/1.1";

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  const auto* const ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
  unsigned char* place = nullptr;
  const int found = SSL_select_next_proto(
      &place, chosen_size, ours, static_cast<unsigned int>(kHttp11.size()), offered, offered_size);
  *chosen = place;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Error invalid(std::string_view what) {
  return {Error::Kind::kInvalid, std::string(what) + ": " + take_openssl_error()};
}

Result<std::shared_ptr<ServerTls::Context>> make_context(const ServerTlsOptions& options) {
  auto context = std::make_shared<ServerTls::Context>();
  SSL_CTX* const ssl = context->ssl.native_handle();
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_alpn_select_cb(ssl, &choose_protocol, nullptr);
  // A session may be resumed only where it was made; OpenSSL refuses resumption with client checks
  // without a name.
  constexpr std::array<unsigned char, 7> kName = {'d', 'y', 'n', 'a', 'm', 'o', 'd'};
  SSL_CTX_set_session_id_context(ssl, kName.data(), kName.size());

  boost::system::error_code error;
  context->ssl.use_certificate_chain(net::buffer(options.certificate_pem), error);
  if (error) return std::unexpected(invalid("the server certificate is not usable"));
  context->ssl.use_private_key(net::buffer(options.key_pem), net::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(ssl) != 1) {
    return std::unexpected(invalid("the key is not usable or not the certificate's"));
  }
  if (options.client_check == ClientCheck::kNone) return context;

  context->ssl.add_certificate_authority(net::buffer(options.client_authorities_pem), error);
  if (error) return std::unexpected(invalid("the client authorities are not usable"));
  const int required =
      options.client_check == ClientCheck::kRequire ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | required, nullptr);
  return context;
}

}  // namespace

ServerTls::ServerTls(ServerTlsOptions options) : options_(std::move(options)) {}

ServerTls::~ServerTls() = default;

Result<std::shared_ptr<ServerTls>> ServerTls::make(ServerTlsOptions options) {
  std::shared_ptr<ServerTls> tls(new ServerTls(std::move(options)));
  TRY(tls->context_, make_context(tls->options_));
  return tls;
}

Result<> ServerTls::reload(std::string certificate_pem, std::string key_pem) {
  ServerTlsOptions next = options_;
  next.certificate_pem = std::move(certificate_pem);
  next.key_pem = std::move(key_pem);
  TRY(context_, make_context(next));
  options_ = std::move(next);
  return {};
}

}  // namespace dynamod::http
