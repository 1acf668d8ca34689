// What ServerTls::Context is, for the two sources that use it: Asio's SSL headers stay out of
// tls.h.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "http/tls.h"

namespace dynamod::http {

struct ServerTls::Context {
  net::ssl::context ssl{net::ssl::context::tls_server};
};

}  // namespace dynamod::http
