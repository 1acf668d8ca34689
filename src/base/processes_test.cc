// Real programs: what they print, how they end, what they inherit, and that nothing of them is
// left.
#include "base/processes.h"

#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "base/files.h"
#include "base/task_group.h"

namespace dynamod::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RealProcessesTest : public ::testing::Test {
 protected:
  static Command shell(std::string script) {
    return {.arguments = {"sh", "-c", std::move(script)},
            .environment = {{"PATH", "/usr/bin:/bin"}},
            .limit = std::chrono::minutes(5)};
  }

  Result<Exited> run(Command command) {
    std::optional<Result<Exited>> result;
    auto done = [&result](std::exception_ptr failure, Result<Exited> exited) {
      ASSERT_FALSE(failure);
      result = std::move(exited);
    };
    net::co_spawn(loop_.get_executor(), processes_->run(std::move(command)), done);
    loop_.restart();
    loop_.run();
    return *std::move(result);
  }

  Async<> run_in_group(Command command) {
    auto exited = co_await processes_->run(std::move(command));
    if (!exited) co_return std::unexpected(exited.error());
    co_return Result<>{};
  }

  static bool runs(pid_t pid) {
    const auto stat = make_real_files()->read("/proc/" + std::to_string(pid) + "/stat");
    return stat && stat->find(") Z ") == std::string::npos;
  }

  static bool ends(pid_t pid) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (runs(pid) && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    return !runs(pid);
  }

  net::io_context loop_;
  std::unique_ptr<Clock> clock_ = make_real_clock(loop_.get_executor());
  std::unique_ptr<Processes> processes_ = make_real_processes(loop_.get_executor(), *clock_);
};

TEST_F(RealProcessesTest, GivesOutputErrorsAndCode) {
  const auto exited = run(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(exited) << exited.error().message;
  EXPECT_EQ(exited->code, 3);
  EXPECT_EQ(exited->output, "out\n");
  EXPECT_EQ(exited->errors, "err\n");
}

TEST_F(RealProcessesTest, SaysSignalsAsAShellDoes) {
  EXPECT_EQ(run(shell("kill -9 $$"))->code, 137);
}

TEST_F(RealProcessesTest, PassesArgumentsAndEnvironmentAsTheyAre) {
  Command command = shell("");
  command.arguments = {"printf", "%s|", "a b", "$HOME", "'\"", ""};
  EXPECT_EQ(run(command)->output, "a b|$HOME|'\"||");
  command.arguments = {"env"};
  command.environment["X"] = "1 2";
  EXPECT_EQ(run(command)->output, "PATH=/usr/bin:/bin\nX=1 2\n");
}

TEST_F(RealProcessesTest, GivesTheChildNothingOfOurs) {
  const int inherited = ::fcntl(1, F_DUPFD, 50);
  ASSERT_GE(inherited, 50);
  const auto files = run(shell("ls /proc/self/fd"));
  ::close(inherited);
  EXPECT_THAT(files->output, Not(HasSubstr("5")));
  EXPECT_EQ(run(shell("cat"))->output, "");
  EXPECT_EQ(run(shell("set -- $(cat /proc/$$/stat); test $1 = $6 && echo own session"))->output,
            "own session\n");
}

TEST_F(RealProcessesTest, NamesAProgramThatIsNotThere) {
  Command command = shell("");
  command.arguments = {"no-such-program"};
  const auto missing = run(command);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(),
            (Error{Error::Kind::kNotFound,
                   "run no-such-program: there is no program \"no-such-program\" in PATH"}));
  command.arguments = {"/no/such/program"};
  EXPECT_EQ(run(command).error().kind, Error::Kind::kNotFound);
  command.arguments = {"/etc/passwd"};
  EXPECT_EQ(run(command).error().kind, Error::Kind::kForbidden);
  command.arguments = {};
  EXPECT_EQ(run(command).error().kind, Error::Kind::kInvalid);
  command.arguments = {"sh"};
  command.environment = {{"PATH", "::/nowhere"}};
  EXPECT_EQ(run(command).error().kind, Error::Kind::kNotFound);
}

TEST_F(RealProcessesTest, LimitsTimeAndOutput) {
  Command slow = shell("echo started; sleep 1000");
  slow.limit = std::chrono::milliseconds(1);
  const auto late = run(slow);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(),
            (Error{Error::Kind::kTimeout, "run sh: killed, it did not end within 1 ms"}));

  const auto much = run(shell("cat /dev/zero"));
  ASSERT_FALSE(much);
  EXPECT_EQ(much.error(),
            (Error{Error::Kind::kTooLarge, "run sh: killed, it printed more than 1048576 bytes"}));
  EXPECT_EQ(run(shell("head -c 1048576 /dev/zero"))->output.size(), kProcessOutputMax);
}

TEST_F(RealProcessesTest, KillsWhatTheProgramLeavesBehind) {
  const auto exited = run(shell("sleep 1000 & echo $!"));
  ASSERT_TRUE(exited);
  EXPECT_TRUE(ends(static_cast<pid_t>(std::stoi(exited->output))));
}

TEST_F(RealProcessesTest, CancellingKillsIt) {
  TaskGroup group(loop_.get_executor(), [](const std::string& task, const Error& error) {
    FAIL() << task << error.message;
  });
  group.spawn("sleep", run_in_group(shell("sleep 1000")));
  auto stop = [](std::exception_ptr failure) { EXPECT_FALSE(failure); };
  net::post(loop_, [&] {
    net::post(loop_, [&] { net::co_spawn(loop_.get_executor(), group.stop(), stop); });
  });
  loop_.run();
  EXPECT_EQ(group.size(), 0);
}

TEST(RealProcesses, EndsItsProgramsWithTheLoop) {
  const std::string file = ::testing::TempDir() + "/processes_test." + std::to_string(::getpid());
  {
    net::io_context loop;
    const auto clock = make_real_clock(loop.get_executor());
    const auto processes = make_real_processes(loop.get_executor(), *clock);
    Command command{{"sh", "-c", "echo $$ > " + file + "; exec sleep 1000"},
                    {{"PATH", "/usr/bin:/bin"}},
                    std::chrono::minutes(5)};
    auto done = [](std::exception_ptr, Result<Exited>) { FAIL() << "the program ended"; };
    net::co_spawn(loop.get_executor(), processes->run(std::move(command)), done);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (make_real_files()->read(file).value_or("").empty() &&
           std::chrono::steady_clock::now() < give_up)
      loop.poll();
  }
  const auto pid = make_real_files()->read(file);
  ::unlink(file.c_str());
  ASSERT_TRUE(pid);
  EXPECT_NE(::kill(std::stoi(*pid), 0), 0);
}

}  // namespace
}  // namespace dynamod::base
