// Accepted sockets as Streams, plain and under TLS. Apart from the listener because these two
// instantiate Asio's heaviest templates, once.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "base/stream.h"
#include "http/tls.h"

namespace dynamod::http {

using TcpSocket = net::basic_stream_socket<net::ip::tcp, Executor>;

[[nodiscard]] std::unique_ptr<Stream> make_tcp_stream(TcpSocket socket);
// The handshake is made by the first read or write.
[[nodiscard]] std::unique_ptr<Stream> make_tls_stream(TcpSocket socket,
                                                      std::shared_ptr<ServerTls::Context> context);

// Where `endpoint` is, as "10.0.0.1:80" or "[::1]:80".
[[nodiscard]] std::string to_text(const net::ip::tcp::endpoint& endpoint);

}  // namespace dynamod::http
