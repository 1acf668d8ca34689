// `dynamod manifests`: flags in, YAML out.
#pragma once

#include "base/result.h"
#include "cli/manifests.h"

namespace CLI {
class App;
}

namespace dynamod::cli {

// Declares the flags on `command`; `options` outlives it.
void add_manifests_flags(CLI::App& command, ManifestOptions& options);

// What the command prints. A namespaced installation is printed as two parts, each with a comment
// that says whose it is.
[[nodiscard]] std::string manifests_output(const ManifestOptions& options);

// To standard output. Error kUnavailable if it cannot be written.
[[nodiscard]] Result<> print_manifests(const ManifestOptions& options);

}  // namespace dynamod::cli
