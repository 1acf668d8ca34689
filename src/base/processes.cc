// Running a program to its end: posix_spawn, two pipes read as they fill, the end told by a pidfd.
// No shell, no thread, no SIGCHLD handler.
#include "base/processes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace dynamod::base {

namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

std::unexpected<Error> failed(std::string_view what, int code) {
  auto kind = Error::Kind::kUnavailable;
  if (code == ENOENT || code == ENOTDIR) kind = Error::Kind::kNotFound;
  if (code == EACCES || code == EPERM) kind = Error::Kind::kForbidden;
  return fail(kind, std::string(what) + ": " + std::generic_category().message(code));
}

bool is_program(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

// The path of `name`, looked up in the PATH that the program itself will see.
Result<std::string> find_program(const Command& command) {
  const std::string& name = command.arguments.front();
  if (name.find('/') != std::string::npos) return name;
  const auto variable = command.environment.find("PATH");
  std::string_view folders =
      variable == command.environment.end() ? kDefaultPath : std::string_view(variable->second);
  while (!folders.empty()) {
    const auto folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
    std::string path = std::string(folder) + "/" + name;
    if (!folder.empty() && is_program(path)) return path;
  }
  return fail(Error::Kind::kNotFound, "there is no program \"" + name + "\" in PATH");
}

// glibc 2.36 declares pidfd_open without C linkage.
int open_pidfd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0u));
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe", errno);
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return failed("pipe", errno);
  return pipe;
}

// What the child is told before its program starts: a session of its own, default signals, no file
// of ours.
class SpawnSettings {
 public:
  SpawnSettings(int output, int errors) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_adddup2(&actions_, errors, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }

  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  // 0 and the process id, or an errno.
  int spawn(pid_t& pid, const std::string& path, const Command& command) const {
    std::vector<std::string> environment;
    for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
    auto arguments = command.arguments;
    return ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, pointers(arguments).data(),
                         pointers(environment).data());
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A running program. Its handlers keep it alive; whatever ends it (its own exit, the deadline, too
// much output, cancellation, the loop going away), its process group is killed and it is reaped.
class Child : public std::enable_shared_from_this<Child> {
 public:
  using Done = std::move_only_function<void(boost::system::error_code, Result<Exited>)>;

  Child(const Executor& executor, Clock& clock, std::string name)
      : clock_(clock),
        name_(std::move(name)),
        output_(executor),
        errors_(executor),
        ended_(executor) {}

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() {
    if (pid_ == 0) return;
    kill();
    reap();
  }

  Result<> start(const Command& command) {
    TRY(const std::string path, find_program(command));
    TRY(Pipe output, make_pipe());
    TRY(Pipe errors, make_pipe());
    const SpawnSettings settings(output.write_end.get(), errors.write_end.get());
    pid_t pid = 0;
    if (const int code = settings.spawn(pid, path, command); code != 0)
      return failed("start", code);
    pid_ = pid;
    // The child stays a zombie until it is reaped here, so its id is still its own.
    UniqueFd pidfd(open_pidfd(pid));
    if (!pidfd.valid()) return failed("pidfd_open", errno);
    ended_.assign(pidfd.release());
    output_.assign(output.read_end.release());
    errors_.assign(errors.read_end.release());
    return {};
  }

  void wait(Duration limit, Done done) {
    done_ = std::move(done);
    const std::weak_ptr<Child> weak = weak_from_this();
    timer_ = clock_.at(clock_.now() + limit, [weak, limit] {
      const auto self = weak.lock();
      if (!self) return;
      self->timer_.reset();
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
      self->stop(
          {Error::Kind::kTimeout, "killed, it did not end within " + std::to_string(ms) + " ms"});
    });
    pump(output_, exited_.output);
    pump(errors_, exited_.errors);
    ended_.async_wait(net::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](boost::system::error_code error) {
                        if (!error) self->finish();
                      });
  }

  void cancel() {
    cancelled_ = true;
    kill();
  }

 private:
  using Stream = net::posix::basic_stream_descriptor<Executor>;

  // Waits for bytes instead of reading asynchronously: so no byte is ever on its way when finish()
  // looks.
  void pump(Stream& stream, std::string& text) {
    stream.async_wait(Stream::wait_read,
                      [self = shared_from_this(), &stream, &text](boost::system::error_code error) {
                        if (!error && self->done_ && self->drain(stream, text))
                          self->pump(stream, text);
                      });
  }

  // Takes what is there; false at the end of the stream.
  bool drain(Stream& stream, std::string& text) {
    std::array<char, 16 * 1024> chunk;
    while (true) {
      const auto got = ::read(stream.native_handle(), chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
      text.append(chunk.data(), static_cast<std::size_t>(got));
      if (exited_.output.size() + exited_.errors.size() > kProcessOutputMax) {
        stop({Error::Kind::kTooLarge,
              "killed, it printed more than " + std::to_string(kProcessOutputMax) + " bytes"});
        return false;
      }
    }
  }

  // The reason to give once it has ended; the first counts.
  void stop(Error reason) {
    if (!failure_) failure_ = std::move(reason);
    kill();
  }

  void kill() const {
    if (pid_ != 0) ::kill(-pid_, SIGKILL);  // the session's process group
  }

  void reap() {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    exited_.code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    pid_ = 0;
  }

  // The program has ended. What it started in its group goes with it; what escaped the group is not
  // waited for.
  void finish() {
    kill();
    reap();
    drain(output_, exited_.output);
    drain(errors_, exited_.errors);
    if (timer_) clock_.cancel(*timer_);
    output_.close();
    errors_.close();
    ended_.close();
    auto done = std::exchange(done_, nullptr);
    if (cancelled_) return done(net::error::operation_aborted, Exited{});
    if (failure_) return done({}, std::unexpected(std::move(*failure_).within("run " + name_)));
    done({}, std::move(exited_));
  }

  Clock& clock_;
  std::string name_;
  Stream output_;
  Stream errors_;
  Stream ended_;  // a pidfd: readable when the process has ended
  pid_t pid_ = 0;
  std::optional<Clock::TimerId> timer_;
  std::optional<Error> failure_;
  bool cancelled_ = false;
  Exited exited_;
  Done done_;
};

template <class Token>
auto async_wait_child(std::shared_ptr<Child> child, Duration limit, Token token) {
  // The child is moved on: kept in the frame of the coroutine that the handler owns, it would own
  // itself.
  auto initiate = [child = std::move(child), limit](auto handler) mutable {
    const std::shared_ptr<Child> started = std::move(child);
    auto slot = net::get_associated_cancellation_slot(handler);
    started->wait(limit, std::move(handler));
    if (!slot.is_connected()) return;
    slot.assign([weak = std::weak_ptr(started)](net::cancellation_type) {
      if (const auto running = weak.lock()) running->cancel();
    });
  };
  return net::async_initiate<Token, void(boost::system::error_code, Result<Exited>)>(
      std::move(initiate), token);
}

class RealProcesses final : public Processes {
 public:
  RealProcesses(Executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}

  [[nodiscard]] Async<Exited> run(Command command) override {
    if (command.arguments.empty())
      co_return fail(Error::Kind::kInvalid, "a command needs a program");
    const std::string name = command.arguments.front();
    auto child = std::make_shared<Child>(executor_, clock_, name);
    auto started = child->start(command);
    if (!started) co_return std::unexpected(std::move(started).error().within("run " + name));
    auto result = co_await async_wait_child(std::move(child), command.limit,
                                            net::use_awaitable_t<Executor>());
    co_return result;
  }

 private:
  Executor executor_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<Processes> make_real_processes(Executor executor, Clock& clock) {
  return std::make_unique<RealProcesses>(std::move(executor), clock);
}

}  // namespace dynamod::base
