// Flags in, options out.
#include "cli/apiserver_options.h"

#include <CLI/CLI.hpp>

namespace dynamod::cli {

namespace {

ApiServerFlags parse(const std::string& arguments) {
  ApiServerFlags flags;
  CLI::App app;
  add_apiserver_flags(app, flags);
  app.parse(arguments);
  return flags;
}

TEST(ApiServerFlags, HaveDefaultsForAllButTheFolder) {
  const auto flags = parse("--data-dir /d");
  EXPECT_EQ(flags.data_dir, "/d");
  EXPECT_EQ(flags.port, 6443);
  EXPECT_EQ(flags.bind_address, "127.0.0.1");
  EXPECT_EQ(flags.log_level, LogLevel::kInfo);
}

TEST(ApiServerFlags, TakeTheirValues) {
  const auto flags = parse(
      "--data-dir /d --port 7000 --token-auth-file t --client-ca-file c --tls-cert-file a "
      "--tls-private-key-file b --log-level debug");
  EXPECT_EQ(flags.port, 7000);
  EXPECT_EQ(flags.token_auth_file, "t");
  EXPECT_EQ(flags.client_ca_file, "c");
  EXPECT_EQ(flags.tls_cert_file, "a");
  EXPECT_EQ(flags.tls_private_key_file, "b");
  EXPECT_EQ(flags.log_level, LogLevel::kDebug);
}

TEST(ApiServerFlags, RefuseWrongUsage) {
  for (const std::string arguments :
       {"", "--data-dir /d --port 0", "--data-dir /d --port x", "--data-dir /d --tls-cert-file a",
        "--data-dir /d --log-level loud", "--data-dir /d --unknown"})
    EXPECT_THROW(parse(arguments), CLI::ParseError) << arguments;
}

}  // namespace

}  // namespace dynamod::cli
