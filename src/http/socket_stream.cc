// Asio's sockets and SSL streams behind base::Stream. Asio's own SSL code is compiled here, once.
#include "http/socket_stream.h"

#include <array>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "base/url.h"
#include "http/openssl.h"
#include "http/tls_context.h"

namespace dynamod::http {

namespace {

// co_await that gives its error instead of throwing it.
auto into(boost::system::error_code& error) {
  return net::redirect_error(net::use_awaitable_t<Executor>(), error);
}

Error broken(const boost::system::error_code& error) {
  return {Error::Kind::kUnavailable, "the connection broke: " + error.message()};
}

// An end that the peer did not announce in TLS is an end as well: HTTP has its own lengths.
bool is_end(const boost::system::error_code& error) {
  return error == net::error::eof || error == net::ssl::error::stream_truncated;
}

std::string peer_of(const TcpSocket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : to_text(endpoint);
}

void close_socket(TcpSocket& socket) {
  boost::system::error_code ignored;
  socket.shutdown(TcpSocket::shutdown_both, ignored);
  socket.close(ignored);
}

// What both kinds do alike over their Asio stream.
template <class AsioStream>
Async<std::string> read_from(AsioStream* stream, std::array<char, kStreamReadMax>* buffer) {
  boost::system::error_code error;
  const std::size_t count = co_await stream->async_read_some(net::buffer(*buffer), into(error));
  if (is_end(error)) co_return std::string();
  if (error) co_return std::unexpected(broken(error));
  co_return std::string(buffer->data(), count);
}

template <class AsioStream>
Async<> write_to(AsioStream* stream, std::string bytes) {
  boost::system::error_code error;
  co_await net::async_write(*stream, net::buffer(bytes), into(error));
  if (error) co_return std::unexpected(broken(error));
  co_return Result<>{};
}

class TcpStream final : public Stream {
 public:
  explicit TcpStream(TcpSocket socket) : socket_(std::move(socket)), peer_(peer_of(socket_)) {}

  Async<std::string> read() override { return read_from(&socket_, &buffer_); }

  Async<> write(std::string bytes) override { return write_to(&socket_, std::move(bytes)); }

  void close() override { close_socket(socket_); }

  [[nodiscard]] std::string peer() const override { return peer_; }

 private:
  TcpSocket socket_;
  std::string peer_;
  std::array<char, kStreamReadMax> buffer_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(TcpSocket socket, std::shared_ptr<ServerTls::Context> context)
      : context_(std::move(context)),
        stream_(std::move(socket), context_->ssl),
        peer_(peer_of(stream_.next_layer())) {}

  Async<std::string> read() override {
    CO_CHECK(co_await shake_hands());
    co_return co_await read_from(&stream_, &buffer_);
  }

  Async<> write(std::string bytes) override {
    CO_CHECK(co_await shake_hands());
    co_return co_await write_to(&stream_, std::move(bytes));
  }

  void close() override { close_socket(stream_.next_layer()); }

  [[nodiscard]] std::string peer() const override { return peer_; }

  [[nodiscard]] std::vector<std::string> peer_certificates_pem() const override {
    SSL* const ssl =
        const_cast<net::ssl::stream<TcpSocket>&>(stream_).native_handle();  // only read
    const X509Ptr first(SSL_get1_peer_certificate(ssl));
    if (!first || SSL_get_verify_result(ssl) != X509_V_OK) return {};
    std::vector<std::string> certificates = {to_pem(*first)};
    const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl);
    for (int i = 0; chain && i < sk_X509_num(chain); ++i)
      certificates.push_back(to_pem(*sk_X509_value(chain, i)));
    return certificates;
  }

 private:
  Async<> shake_hands() {
    if (shaken_) co_return Result<>{};
    boost::system::error_code error;
    co_await stream_.async_handshake(net::ssl::stream_base::server, into(error));
    if (error)
      co_return fail(Error::Kind::kUnavailable, "the TLS handshake failed: " + error.message());
    shaken_ = true;
    co_return Result<>{};
  }

  std::shared_ptr<ServerTls::Context> context_;
  net::ssl::stream<TcpSocket> stream_;
  std::string peer_;
  std::array<char, kStreamReadMax> buffer_;
  bool shaken_ = false;
};

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(TcpSocket socket) {
  return std::make_unique<TcpStream>(std::move(socket));
}

std::unique_ptr<Stream> make_tls_stream(TcpSocket socket,
                                        std::shared_ptr<ServerTls::Context> context) {
  return std::make_unique<TlsStream>(std::move(socket), std::move(context));
}

std::string to_text(const net::ip::tcp::endpoint& endpoint) {
  return join_host_port(endpoint.address().to_string(), endpoint.port());
}

}  // namespace dynamod::http
