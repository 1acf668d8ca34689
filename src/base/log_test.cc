// The form of a log line.
#include "base/log.h"

#include <vector>

#include <gmock/gmock.h>

#include "testing/sim_loop.h"

namespace dynamod::base {
namespace {

using ::testing::ElementsAre;

class LogTest : public ::testing::Test {
 protected:
  Log at(LogLevel level) {
    return Log(loop_, level, [this](std::string_view line) { lines_.emplace_back(line); });
  }

  // The text of one field.
  std::string written(std::string value) {
    at(LogLevel::kInfo).info("m", {{"v", std::move(value)}});
    return lines_.back().substr(lines_.back().find("v=") + 2);
  }

  testing::SimLoop loop_;
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesLogfmt) {
  const Log log = at(LogLevel::kDebug);
  loop_.run_for(std::chrono::milliseconds(1'234));
  log.info("Successfully reconciled",
           {{"model", "dynamo-system/my-lora"}, {"lora", "my-custom-lora"}});
  log.error("failed", {{"error", "a: b"}});
  log.warning("w");
  log.debug("d");
  EXPECT_THAT(
      lines_,
      ElementsAre("time=2026-01-02T03:00:01.234Z level=info msg=\"Successfully reconciled\" "
                  "model=dynamo-system/my-lora lora=my-custom-lora",
                  "time=2026-01-02T03:00:01.234Z level=error msg=failed error=\"a: b\"",
                  "time=2026-01-02T03:00:01.234Z level=warning msg=w",
                  "time=2026-01-02T03:00:01.234Z level=debug msg=d"));
}

TEST_F(LogTest, QuotesAndEscapesWhatWouldBreakALine) {
  EXPECT_EQ(written(""), "\"\"");
  EXPECT_EQ(written("a=b"), "\"a=b\"");
  EXPECT_EQ(written("a\"b"), "\"a\\\"b\"");
  EXPECT_EQ(written("a\\b"), "a\\b");
  EXPECT_EQ(written("a \\b"), "\"a \\\\b\"");
  EXPECT_EQ(written("a\nb\r\t"), "\"a\\nb\\r\\t\"");
  EXPECT_EQ(written("\x1B[31m"), "\"\\u001b[31m\"");
  EXPECT_EQ(written("\xC2\x9B\x7F\xE2\x80\xA8"), "\"\\u009b\\u007f\\u2028\"");
  EXPECT_EQ(written("\xC3\xA4"), "\xC3\xA4");
  EXPECT_EQ(written("\xFFz"), "\"\xEF\xBF\xBDz\"");
}

TEST_F(LogTest, CutsLongValues) {
  EXPECT_EQ(written(std::string(kLogValueMax, 'x')), std::string(kLogValueMax, 'x'));
  EXPECT_EQ(written(std::string(kLogValueMax + 1, 'x')),
            std::string(kLogValueMax - 3, 'x') + "...");
}

TEST_F(LogTest, DropsWhatIsBelowTheLevel) {
  const Log log = at(LogLevel::kWarning);
  log.debug("d");
  log.info("i");
  log.warning("w");
  EXPECT_EQ(lines_.size(), 1);
  EXPECT_TRUE(log.enabled(LogLevel::kError));
  EXPECT_FALSE(log.enabled(LogLevel::kInfo));
}

TEST(LogLevel, ReadsItsOwnWords) {
  for (const auto level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  }
  EXPECT_EQ(parse_log_level("loud").error().message,
            "log level must be debug, info, warning or error");
}

TEST(StderrLogSink, WritesTheLineAsItIs) {
  ::testing::internal::CaptureStderr();
  stderr_log_sink()("a {} %v b");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "a {} %v b\n");
}

}  // namespace
}  // namespace dynamod::base
