// A program that gives tokens.
#include "client/exec_credentials.h"

#include "base/task_group.h"
#include "client/client_fakes.h"
#include "testing/sim_loop.h"

namespace dynamod::client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status, const std::string& version = kV1) {
  return R"({"kind":"ExecCredential","apiVersion":")" + version + R"(","status":)" + status + "}";
}

class ExecCredentialsTest : public ::testing::Test {
 protected:
  Result<std::string> ask() { return loop.await(credentials.authorization()); }

  Async<> ask_into(std::vector<std::string>* answers) {
    CO_TRY(std::string value, co_await credentials.authorization());
    answers->push_back(std::move(value));
    co_return Result<>{};
  }

  testing::SimLoop loop;
  FakeProgram program{loop};
  Env env{{{"PATH", "/bin"}, {"REGION", "old"}}};
  ExecCredentials credentials{program,
                              loop,
                              env,
                              {.api_version = kV1,
                               .command = {"get-token", "--cluster", "x"},
                               .environment = {{"REGION", "eu"}},
                               .install_hint = "Install get-token from example.org.",
                               .cluster = {{"server", "https://x"}}}};
};

TEST_F(ExecCredentialsTest, RunsThePluginWithItsArgumentsEnvironmentAndClusterInfo) {
  program.output = credential(R"({"token":"t1"})");
  EXPECT_EQ(ask(), "Bearer t1");
  ASSERT_EQ(program.commands.size(), 1u);
  const Command& command = program.commands[0];
  EXPECT_THAT(command.arguments, ::testing::ElementsAre("get-token", "--cluster", "x"));
  EXPECT_EQ(command.environment.at("PATH"), "/bin");
  EXPECT_EQ(command.environment.at("REGION"), "eu");
  const json::value info = *decode_json(command.environment.at("KUBERNETES_EXEC_INFO"));
  EXPECT_EQ(string_at(info, "apiVersion"), kV1);
  EXPECT_EQ(string_at(info, "spec.cluster.server"), "https://x");
}

TEST_F(ExecCredentialsTest, KeepsTheTokenUntilShortlyBeforeItExpires) {
  program.output = credential(R"({"token":"t1","expirationTimestamp":"2026-01-02T03:10:00Z"})");
  EXPECT_EQ(ask(), "Bearer t1");
  loop.run_for(9min);
  program.output = credential(R"({"token":"t2"})");
  EXPECT_EQ(ask(), "Bearer t1");
  loop.run_for(50s);
  EXPECT_EQ(ask(), "Bearer t2");
  loop.run_for(24h);
  EXPECT_EQ(ask(), "Bearer t2") << "without an expiration it is kept";
  EXPECT_EQ(program.commands.size(), 2u);
}

TEST_F(ExecCredentialsTest, RunsAgainWhenItsTokenWasRefusedButNotForAnOldOne) {
  program.output = credential(R"({"token":"t1"})");
  (void)ask();
  program.output = credential(R"({"token":"t2"})");
  EXPECT_TRUE(credentials.refused("Bearer t1"));
  EXPECT_EQ(ask(), "Bearer t2");
  EXPECT_TRUE(credentials.refused("Bearer t1"));
  EXPECT_EQ(ask(), "Bearer t2");
  EXPECT_EQ(program.commands.size(), 2u);
}

TEST_F(ExecCredentialsTest, RunsOnceForAllWhoAskMeanwhile) {
  program.output = credential(R"({"token":"t1"})");
  TaskGroup tasks(loop.executor());
  std::vector<std::string> answers;
  for (int i = 0; i < 5; ++i) tasks.spawn("ask", ask_into(&answers));
  loop.await(tasks.wait_idle());
  EXPECT_EQ(answers.size(), 5u);
  EXPECT_EQ(program.commands.size(), 1u);
}

TEST_F(ExecCredentialsTest, GivesAClientCertificate) {
  program.output = credential(R"({"clientCertificateData":"CERT","clientKeyData":"KEY"})");
  EXPECT_EQ(ask(), "");
  EXPECT_EQ(credentials.certificate_pem(), "CERT");
  EXPECT_EQ(credentials.key_pem(), "KEY");
}

TEST_F(ExecCredentialsTest, SaysWhyThereIsNone) {
  struct Case {
    std::string output;
    const char* message;
  };

  const Case cases[] = {
      {"secret garbage", "did not print an ExecCredential"},
      {credential("{}"), "neither a token nor a client certificate"},
      {credential(R"({"clientCertificateData":"CERT"})"), "without the other"},
      {credential(R"({"token":"secret"})", "client.authentication.k8s.io/v1beta1"), "v1beta1"},
      {credential(R"({"token":"secret","expirationTimestamp":"soon"})"), "soon"},
  };
  for (const auto& c : cases) {
    program.output = c.output;
    const auto answer = ask();
    ASSERT_FALSE(answer) << c.message;
    EXPECT_THAT(answer.error().message, HasSubstr("exec plugin get-token"));
    EXPECT_THAT(answer.error().message, HasSubstr(c.message));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
  }
}

TEST_F(ExecCredentialsTest, ShowsWhatAFailingPluginSaid) {
  program.code = 1;
  program.errors = "you must log in first";
  EXPECT_THAT(ask().error().message, HasSubstr("ended with 1: you must log in first"));
}

TEST_F(ExecCredentialsTest, TellsHowToInstallAMissingPlugin) {
  program.missing = true;
  EXPECT_THAT(ask().error().message, HasSubstr("Install get-token from example.org."));
}

}  // namespace
}  // namespace dynamod::client
