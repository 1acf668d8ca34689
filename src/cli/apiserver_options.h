// Flags of `dynamod apiserver` and their twins in the environment. Where kube-apiserver has the
// same flag, it has the same name.
#pragma once

#include <cstdint>
#include <string>

#include "base/env.h"
#include "base/log.h"

namespace CLI {
class App;
}

namespace dynamod::cli {

struct ApiServerFlags {
  std::string data_dir;
  std::uint16_t port = 6443;
  std::string bind_address = "127.0.0.1";
  std::string token_auth_file;
  std::string client_ca_file;
  std::string tls_cert_file;  // with tls_private_key_file; empty: certificates of our own making
  std::string tls_private_key_file;
  std::string service_cluster_ip_range = "10.96.0.0/16";
  LogLevel log_level = LogLevel::kInfo;
};

// Declares the flags on `command`; `flags` outlives it.
void add_apiserver_flags(CLI::App& command, ApiServerFlags& flags);

}  // namespace dynamod::cli
