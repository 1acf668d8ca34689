// How the HTTP client reaches the API server that a ClusterAccess names.
#pragma once

#include "client/access.h"
#include "http/curl_transport.h"

namespace dynamod::client {

// TLS identity and proxy as `access` says; never a proxy from the environment.
[[nodiscard]] inline http::CurlOptions curl_options(const ClusterAccess& access) {
  http::CurlOptions options;
  options.tls.authorities_pem = access.certificate_authority_pem;
  options.tls.certificate_pem = access.client_certificate_pem;
  options.tls.key_pem = access.client_key_pem;
  options.tls.server_name = access.tls_server_name;
  options.tls.check =
      access.insecure_skip_tls_verify ? http::PeerCheck::kSkip : http::PeerCheck::kVerify;
  options.proxy = access.proxy_url.empty() ? http::ProxyPolicy::kNone : http::ProxyPolicy::kFixed;
  options.proxy_url = access.proxy_url;
  return options;
}

}  // namespace dynamod::client
