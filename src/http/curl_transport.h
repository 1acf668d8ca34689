// The Transport of a real program: HTTP/1.1 through libcurl, over TCP and TLS.
//
// One object serves one purpose (the API server; all workers; adapter sources): it has its own
// connections, TLS identity and proxy policy. It does HTTP/1.1 with keep-alive alone, asks for no
// compression, follows nothing, repeats nothing, and takes the path of a request byte for byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/transport.h"

namespace dynamod::http {

// Request bodies are held in memory while they are sent: the largest object etcd takes is 1.5 MB,
// our largest body is far below this.
inline constexpr std::size_t kRequestBodyBytesMax = std::size_t{16} << 20;
// What of an answer waits for its reader before the connection is read no further.
inline constexpr std::size_t kResponseBufferBytesMax = std::size_t{256} << 10;

enum class ProxyPolicy : std::uint8_t {
  kEnvironment,  // http_proxy, https_proxy, all_proxy, no_proxy
  kNone,         // worker calls: a pod address never goes through somebody's proxy
  kFixed,        // CurlOptions::proxy_url, as a kubeconfig's proxy-url says
};

enum class PeerCheck : std::uint8_t {
  kVerify,
  kSkip,  // insecure-skip-tls-verify
};

struct ClientTls {
  std::string authorities_pem =
      {};  // trusted instead of the system's; "" and no file: the system's
  std::string authorities_file = {};  // the same, read by each new connection
  std::string certificate_pem = {};   // ours, with its chain; "": none
  std::string key_pem = {};           // of that certificate; a secret
  std::string server_name =
      {};  // for SNI and verification instead of the peer's host; "": the host
  PeerCheck check = PeerCheck::kVerify;
};

struct CurlOptions {
  ClientTls tls = {};
  ProxyPolicy proxy = ProxyPolicy::kEnvironment;
  std::string proxy_url = {};
  // Exchanges at one time with one origin, each on a connection of its own; the next ones wait in
  // order, within their deadline. A request without a deadline (a watch) neither counts nor waits.
  // 0: no limit.
  std::size_t max_connections = 32;
  // Connections kept open in all, over all origins.
  std::size_t idle_connections = 64;
  std::string user_agent = "dynamod";
};

class CurlTransport : public Transport {
 public:
  // At run time, since it follows the number of live workers: a smaller number would open a
  // connection for each call.
  virtual void set_idle_connections(std::size_t count) = 0;
};

// `executor` is an io_context's and runs on one thread; `clock` outlives the transport. No exchange
// may be left when it is destroyed. Names resolve on threads of their own, so a name server that
// does not answer delays nobody else.
[[nodiscard]] std::unique_ptr<CurlTransport> make_curl_transport(Executor executor, Clock& clock,
                                                                 CurlOptions options);

}  // namespace dynamod::http
