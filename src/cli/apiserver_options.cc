// The flags, one line each.
#include "cli/apiserver_options.h"

#include <CLI/CLI.hpp>

namespace dynamod::cli {

namespace {

std::string environment_name(std::string_view flag) {
  std::string name = "DYNAMOD_";
  for (const char c : flag)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

template <class T>
CLI::Option* add(CLI::App& command, const std::string& flag, T& target, const std::string& help) {
  return command.add_option("--" + flag, target, help)
      ->envname(environment_name(flag))
      ->capture_default_str()
      ->type_name("");
}

}  // namespace

void add_apiserver_flags(CLI::App& command, ApiServerFlags& flags) {
  add(command, "data-dir", flags.data_dir,
      "folder of the objects, keys and kubeconfig; made when it is not there")
      ->required();
  add(command, "port", flags.port, "port of the API (HTTPS)")->check(CLI::Range(1, 65535));
  add(command, "bind-address", flags.bind_address, "address to listen at");
  add(command, "token-auth-file", flags.token_auth_file,
      "bearer tokens: lines of token,user,uid,\"group1,group2\"");
  add(command, "client-ca-file", flags.client_ca_file,
      "authorities of client certificates (CN is the user, O the groups) beside our own");
  CLI::Option* certificate = add(command, "tls-cert-file", flags.tls_cert_file,
                                 "the server's certificate; empty: one of our own making");
  CLI::Option* key = add(command, "tls-private-key-file", flags.tls_private_key_file,
                         "the key of --tls-cert-file");
  certificate->needs(key);
  key->needs(certificate);
  add(command, "service-cluster-ip-range", flags.service_cluster_ip_range,
      "addresses that Services get");
  auto set_level = [&flags](const CLI::results_t& values) {
    const auto level = parse_log_level(values.front());
    if (!level) throw CLI::ValidationError(level.error().message);
    flags.log_level = *level;
    return true;
  };
  command.add_option("--log-level", std::move(set_level), "debug, info, warning or error")
      ->envname("DYNAMOD_LOG_LEVEL")
      ->default_str("info")
      ->type_name("");
}

}  // namespace dynamod::cli
