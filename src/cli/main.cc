// The one binary: its sub-commands, and what its exit status says (0 done, 1 failed, 2 wrong
// usage).
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/apiserver_command.h"
#include "cli/envtest_command.h"
#include "cli/manifests_command.h"
#include "cli/operator_command.h"
#include "cli/version.h"

namespace dynamod::cli {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int report(const Result<>& result) {
  if (result) return 0;
  std::fprintf(stderr, "dynamod: %s\n", result.error().message.c_str());
  return kFailed;
}

int run(int argc, const char* const* argv) {
  const Env env = Env::of_process();
  CLI::App app("dynamod manages machine-learning models and LoRA adapters as Kubernetes objects.",
               "dynamod");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "help of all commands");

  OperatorOptions operator_options;
  CLI::App* operator_command =
      app.add_subcommand("operator", "run the controllers against a cluster");
  add_operator_flags(*operator_command, operator_options);

  ApiServerFlags apiserver_flags;
  CLI::App* apiserver_command =
      app.add_subcommand("apiserver", "run the embedded Kubernetes API server alone");
  add_apiserver_flags(*apiserver_command, apiserver_flags);

  ManifestOptions manifests_options;
  CLI::App* manifests_command =
      app.add_subcommand("manifests", "print what a cluster needs: CRDs, RBAC, the operator");
  add_manifests_flags(*manifests_command, manifests_options);

  CLI::App* version_command = app.add_subcommand("version", "print the version");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kWrongUsage;
  }
  if (operator_command->parsed()) return report(run_operator(operator_options, env));
  if (apiserver_command->parsed()) return report(run_apiserver(apiserver_flags));
  if (manifests_command->parsed()) return report(print_manifests(manifests_options));
  if (version_command->parsed()) std::printf("%s\n", version_text().c_str());
  return 0;
}

}  // namespace

}  // namespace dynamod::cli

int main(int argc, char** argv) {
  try {
    const std::string_view path = argc > 0 ? argv[0] : "";
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (dynamod::cli::is_envtest_name(name)) return dynamod::cli::run_as_envtest(name, argc, argv);
    return dynamod::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dynamod: this is a bug: %s\n", error.what());
    return 1;
  }
}
