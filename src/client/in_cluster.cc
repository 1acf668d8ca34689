// The service account's folder as the kubelet fills it: token, ca.crt, namespace.
#include "client/in_cluster.h"

#include <charconv>
#include <utility>

#include "client/token_file.h"

namespace dynamod::client {

namespace {

std::string path_of(const char* file) {
  return std::string(kServiceAccountFolder) + "/" + file;
}

}  // namespace

bool is_in_cluster(const Env& env, const Files& files) {
  return !env.get("KUBERNETES_SERVICE_HOST").empty() &&
         !env.get("KUBERNETES_SERVICE_PORT").empty() && files.exists(path_of("token"));
}

Result<ClusterAccess> in_cluster_access(const Env& env, const Files& files, Clock& clock) {
  const std::string host = env.get("KUBERNETES_SERVICE_HOST");
  const std::string port_text = env.get("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port_text.empty()) {
    return fail(Error::Kind::kNotFound,
                "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size() || port == 0) {
    return fail(Error::Kind::kInvalid, "KUBERNETES_SERVICE_PORT is no port: " + port_text);
  }
  ClusterAccess access;
  access.server = {.scheme = "https", .host = host, .port = port, .target = "/"};
  auto authority = files.read(path_of("ca.crt"));
  if (!authority) return std::unexpected(std::move(authority).error().within("in-cluster access"));
  access.certificate_authority_pem = *std::move(authority);
  // Absent in some older clusters; then "default" is as good as anything.
  if (const auto ns = files.read(path_of("namespace")); ns && !ns->empty())
    access.default_namespace = *ns;
  access.credentials = token_file(files, clock, path_of("token"));
  return access;
}

}  // namespace dynamod::client
