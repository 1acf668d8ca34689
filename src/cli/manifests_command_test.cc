// Flags in, text out.
#include "cli/manifests_command.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

namespace dynamod::cli {

namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ManifestOptions parse(const std::string& arguments) {
  ManifestOptions options;
  CLI::App app;
  add_manifests_flags(app, options);
  app.parse(arguments);
  return options;
}

TEST(ManifestsCommand, TakesItsFlags) {
  const auto options =
      parse("--namespace ops --image x/y:1 --replicas 2 --namespaced --part cluster");
  EXPECT_EQ(options.ns, "ops");
  EXPECT_EQ(options.image, "x/y:1");
  EXPECT_EQ(options.replicas, 2);
  EXPECT_EQ(options.scope, InstallScope::kNamespace);
  EXPECT_EQ(options.part, InstallPart::kCluster);
}

TEST(ManifestsCommand, InstallsForTheClusterByDefault) {
  const auto options = parse("");
  EXPECT_EQ(options.ns, "dynamo-system");
  EXPECT_EQ(options.scope, InstallScope::kCluster);
  EXPECT_EQ(manifests_output(options), manifests_text(render_manifests(options)));
}

TEST(ManifestsCommand, RefusesWrongUsage) {
  for (const std::string arguments :
       {"--part half", "--replicas 0", "--replicas many", "--unknown"})
    EXPECT_THROW(parse(arguments), CLI::ParseError) << arguments;
}

TEST(ManifestsOutput, SaysWhosePartIsWhose) {
  const std::string text = manifests_output(parse("--namespaced --namespace ops"));
  EXPECT_THAT(
      text,
      StartsWith("# Part 1 of 2, for an administrator of the cluster (--part cluster)\n---\n"));
  EXPECT_THAT(text, HasSubstr("\n# Part 2 of 2, for the owner of namespace ops; "));
  EXPECT_THAT(manifests_output(parse("--namespaced --part namespace")), Not(HasSubstr("#")));
}

}  // namespace

}  // namespace dynamod::cli
