// What `dynamod manifests` prints: everything an installation needs, as values. deploy/ holds its
// output.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/install_names.h"

namespace dynamod::cli {

enum class InstallScope : std::uint8_t {
  kCluster,    // one operator for all namespaces
  kNamespace,  // one operator for its own namespace, without any right outside it (and without the
               // webhook, whose configuration is an object of the cluster; CEL rules and the
               // controller check objects all the same)
};

// Which objects: those for whoever administers the cluster, or those an owner of the namespace may
// create.
enum class InstallPart : std::uint8_t { kAll, kCluster, kNamespace };

struct ManifestOptions {
  std::string ns{kDefaultNamespace};
  std::string image = "dynamod:0.1.0";
  std::int32_t replicas = 1;  // one leads; all serve the webhook
  InstallScope scope = InstallScope::kCluster;
  InstallPart part = InstallPart::kAll;
};

// In the order in which they can be created.
[[nodiscard]] std::vector<json::value> render_manifests(const ManifestOptions& options);

// A YAML stream that `kubectl apply -f -` takes.
[[nodiscard]] std::string manifests_text(const std::vector<json::value>& manifests);

}  // namespace dynamod::cli
