// Flags and their environment twins.
#include "cli/operator_options.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::cli {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

OperatorOptions parse(std::vector<std::string> arguments) {
  OperatorOptions options;
  CLI::App app;
  add_operator_flags(app, options);
  std::ranges::reverse(arguments);  // CLI11 takes them last first
  app.parse(arguments);
  return options;
}

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  const std::pair<const char*, Duration> cases[] = {
      {"90s", 90s}, {"5m", 5min}, {"1h30m", 90min}, {"250ms", 250ms}, {"1.5s", 1500ms}};
  for (const auto& [text, duration] : cases) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(ParseDuration, RefusesTheRestWithAnExample) {
  for (const char* text :
       {"", "5", "s", "-1s", "0s", "5x", "1e9h", "5 s", "nan", "99999999999999999999h"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("write for example 90s")) << text;
  }
}

TEST(OperatorFlags, SetWhatTheySay) {
  const auto options = parse({"--namespace", "prod", "--leader-elect=false", "--load-timeout", "2m",
                              "--worker-port", "9191", "--log-level", "debug"});
  EXPECT_EQ(options.name_space, "prod");
  EXPECT_EQ(options.leader_elect, LeaderElect::kNo);
  EXPECT_EQ(options.load_timeout, 2min);
  EXPECT_EQ(options.worker_port, 9191);
  EXPECT_EQ(options.log_level, LogLevel::kDebug);
}

TEST(OperatorFlags, ASwitchWithoutAValueIsOn) {
  EXPECT_EQ(parse({"--leader-elect"}).leader_elect, LeaderElect::kYes);
}

TEST(OperatorFlags, HaveTwinsInTheEnvironment) {
  ASSERT_EQ(setenv("DYNAMOD_LOAD_TIMEOUT", "7m", 1), 0);
  const auto options = parse({});
  unsetenv("DYNAMOD_LOAD_TIMEOUT");
  EXPECT_EQ(options.load_timeout, 7min);
}

TEST(OperatorFlags, RefuseWhatMakesNoSense) {
  EXPECT_THROW(parse({"--worker-port", "0"}), CLI::ParseError);
  EXPECT_THROW(parse({"--worker-port", "65536"}), CLI::ParseError);
  EXPECT_THROW(parse({"--leader-elect=perhaps"}), CLI::ParseError);
  EXPECT_THROW(parse({"--load-timeout", "soon"}), CLI::ParseError);
  EXPECT_THROW(parse({"--no-such-flag"}), CLI::ParseError);
}

}  // namespace
}  // namespace dynamod::cli
