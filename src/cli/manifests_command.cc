// The flags, and how the parts are printed.
#include "cli/manifests_command.h"

#include <cstdio>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace dynamod::cli {

void add_manifests_flags(CLI::App& command, ManifestOptions& options) {
  const std::map<std::string, InstallPart> parts = {{"all", InstallPart::kAll},
                                                    {"cluster", InstallPart::kCluster},
                                                    {"namespace", InstallPart::kNamespace}};
  command.add_option("--namespace", options.ns, "namespace of the operator")->capture_default_str();
  command.add_option("--image", options.image, "container image of the operator")
      ->capture_default_str();
  command.add_option("--replicas", options.replicas, "pods of the operator; one leads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_flag_function(
      "--namespaced",
      [&options](std::int64_t /*count*/) { options.scope = InstallScope::kNamespace; },
      "serve that namespace alone, without any right outside it");
  command
      .add_option("--part", options.part,
                  "all, cluster (for an administrator) or namespace (the rest)")
      ->transform(CLI::CheckedTransformer(parts));
}

std::string manifests_output(const ManifestOptions& options) {
  if (options.scope == InstallScope::kCluster || options.part != InstallPart::kAll)
    return manifests_text(render_manifests(options));
  ManifestOptions cluster = options;
  cluster.part = InstallPart::kCluster;
  ManifestOptions own = options;
  own.part = InstallPart::kNamespace;
  return fmt::format(
      "# Part 1 of 2, for an administrator of the cluster (--part cluster)\n{}"
      "# Part 2 of 2, for the owner of namespace {}; needs no right outside it (--part "
      "namespace)\n{}",
      manifests_text(render_manifests(cluster)), options.ns, manifests_text(render_manifests(own)));
}

Result<> print_manifests(const ManifestOptions& options) {
  const std::string text = manifests_output(options);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) return fail(Error::Kind::kUnavailable, "cannot write to standard output");
  return {};
}

}  // namespace dynamod::cli
