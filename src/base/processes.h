// The door to other programs: run one to its end, by pidfd, without a shell.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace dynamod::base {

inline constexpr std::size_t kProcessOutputMax = std::size_t{1} << 20;  // an exec plugin answers with a few kB

struct Command {
  std::vector<std::string> arguments;             // [0] is looked up in PATH
  std::map<std::string, std::string> environment; // all of it
  Duration limit{};                               // after this it is killed
};

struct Exited {
  int code = 0;  // 128 + signal when it was killed, as a shell says it
  std::string output;
  std::string errors;
};

class Processes {
 public:
  virtual ~Processes() = default;
  // Errors: kNotFound when the program is not there, kTimeout, kTooLarge when it prints more than kProcessOutputMax.
  // Cancelling kills it. The child gets its own session and no open file of ours.
  [[nodiscard]] virtual Async<Exited> run(Command command) = 0;
};

[[nodiscard]] std::unique_ptr<Processes> make_real_processes(Executor executor, Clock& clock);

}  // namespace dynamod::base
