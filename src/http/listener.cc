// TCP listeners.
#include "http/listener.h"

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/url.h"
#include "http/socket_stream.h"
#include "http/tls.h"

namespace dynamod::http {

namespace {

using Acceptor = net::basic_socket_acceptor<net::ip::tcp, Executor>;

class TcpListener final : public Listener {
 public:
  TcpListener(Acceptor acceptor, std::shared_ptr<ServerTls> tls)
      : acceptor_(std::move(acceptor)),
        address_(to_text(acceptor_.local_endpoint())),
        tls_(std::move(tls)) {}

  Async<std::unique_ptr<Stream>> accept() override {
    boost::system::error_code error;
    TcpSocket socket = co_await acceptor_.async_accept(
        net::redirect_error(net::use_awaitable_t<Executor>(), error));
    if (!acceptor_.is_open())
      co_return fail(Error::Kind::kCancelled, "the listener " + address_ + " is closed");
    if (error)
      co_return fail(Error::Kind::kUnavailable, "accept on " + address_ + ": " + error.message());
    socket.set_option(net::ip::tcp::no_delay(true),
                      error);  // may be gone again: the first read tells
    if (!tls_) co_return make_tcp_stream(std::move(socket));
    co_return make_tls_stream(std::move(socket), tls_->context());
  }

  [[nodiscard]] std::string address() const override { return address_; }

  void close() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  Acceptor acceptor_;
  std::string address_;
  std::shared_ptr<ServerTls> tls_;
};

Result<net::ip::address> address_of(const std::string& host) {
  if (host.empty()) return net::ip::address_v6::any();
  if (host == "localhost") return net::ip::address_v4::loopback();
  boost::system::error_code error;
  const auto address = net::ip::make_address(host, error);
  if (error)
    return fail(Error::Kind::kInvalid,
                "cannot listen on \"" + host + "\": it must be an IP address");
  return address;
}

boost::system::error_code open_at(Acceptor& acceptor, const net::ip::tcp::endpoint& endpoint) {
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    acceptor.set_option(net::ip::v6_only(false), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  return error;
}

}  // namespace

Result<std::unique_ptr<Listener>> make_tcp_listener(Executor executor, const std::string& host,
                                                    std::uint16_t port,
                                                    std::shared_ptr<ServerTls> tls) {
  TRY(const net::ip::address address, address_of(host));
  Acceptor acceptor(executor);
  boost::system::error_code error = open_at(acceptor, {address, port});
  if (error && host.empty()) {  // a machine without IPv6
    acceptor = Acceptor(executor);
    error = open_at(acceptor, {net::ip::address_v4::any(), port});
  }
  if (error) {
    return fail(Error::Kind::kUnavailable,
                "cannot listen on " + join_host_port(host, port) + ": " + error.message());
  }
  return std::make_unique<TcpListener>(std::move(acceptor), std::move(tls));
}

}  // namespace dynamod::http
