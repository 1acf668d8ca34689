// How to reach an API server and who we are there: what a kubeconfig or a pod's service account
// gives.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/url.h"

namespace dynamod::client {

// The value of the Authorization header, asked for before each request. Implementations cache.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // "Bearer ...", "Basic ...", or "" when there is none (client certificates). Never in an error
  // text.
  [[nodiscard]] virtual Async<std::string> authorization() = 0;

  // The API server answered 401 to this value: forget it. True if the next authorization() may give
  // another.
  virtual bool refused(const std::string& authorization) {
    (void)authorization;
    return false;
  }
};

[[nodiscard]] std::shared_ptr<Credentials> no_credentials();
[[nodiscard]] std::shared_ptr<Credentials> fixed_token(std::string token);
[[nodiscard]] std::shared_ptr<Credentials> fixed_password(const std::string& user,
                                                          const std::string& password);

struct ClusterAccess {
  Url server = {};                             // target: the path prefix, "/" mostly
  std::string certificate_authority_pem = {};  // empty: the system's
  std::string client_certificate_pem = {};     // both or none
  std::string client_key_pem = {};
  std::string tls_server_name = {};  // empty: the server's host
  bool insecure_skip_tls_verify = false;
  std::string proxy_url = {};  // empty: none (never one from the environment)
  std::string default_namespace = "default";
  std::shared_ptr<Credentials> credentials = {};  // never null
};

}  // namespace dynamod::client
