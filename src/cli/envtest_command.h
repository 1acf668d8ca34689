// The program under the names `kube-apiserver` and `etcd`, as envtest (KUBEBUILDER_ASSETS) starts a
// control plane: with their flags, and with one folder for both. Our API server needs no etcd; what
// plays it answers health checks, and tells the API server its folder, so that the objects live and
// go as they would with a real one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/apiserver_options.h"
#include "http/handler.h"

namespace CLI {
class App;
}

namespace dynamod::cli {

inline constexpr std::string_view kDataDirPath = "/dynamod/data-dir";

struct KubeApiServerFlags {
  ApiServerFlags server = {};  // data_dir is not known yet
  std::string etcd_servers = {};
  std::string certificate_folder = {};  // holds apiserver.crt and apiserver.key, if it is given
};

struct EtcdFlags {
  std::string data_dir = "default.etcd";
  std::string listen_client_urls = "http://127.0.0.1:2379";
};

// Flags that they know and we do not are for the caller to read from `command.remaining()`.
void add_kube_apiserver_flags(CLI::App& command, KubeApiServerFlags& flags);
void add_etcd_flags(CLI::App& command, EtcdFlags& flags);

// What `etcd` answers.
class EtcdStandIn final : public http::Handler {
 public:
  explicit EtcdStandIn(std::string data_dir) : data_dir_(std::move(data_dir)) {}

  Async<http::Response> handle(http::Request request) override;

 private:
  std::string data_dir_;
};

// Whether `name`, the last part of argv[0], is one of the two.
[[nodiscard]] bool is_envtest_name(std::string_view name);

// Runs as that program until SIGTERM or SIGINT, and gives the exit status.
[[nodiscard]] int run_as_envtest(std::string_view name, int argc, const char* const* argv);

}  // namespace dynamod::cli
