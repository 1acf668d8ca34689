// The doors of a kubeconfig, for tests: files in a map, and a program that prints what the test
// says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/processes.h"

namespace dynamod::client {

class MapFiles final : public Files {
 public:
  [[nodiscard]] Result<std::string> read(const std::string& path,
                                         std::size_t size_bytes_max) const override {
    const auto found = contents.find(path);
    if (found == contents.end()) return fail(Error::Kind::kNotFound, path + ": no such file");
    if (found->second.size() > size_bytes_max)
      return fail(Error::Kind::kTooLarge, path + ": too large");
    ++reads;
    return found->second;
  }

  [[nodiscard]] Result<> write(const std::string& path, std::string_view data,
                               unsigned mode) override {
    contents[path] = data;
    modes[path] = mode;
    return {};
  }

  [[nodiscard]] bool exists(const std::string& path) const override {
    return contents.contains(path);
  }

  std::map<std::string, std::string> contents;
  std::map<std::string, unsigned> modes;
  mutable int reads = 0;
};

class FakeProgram final : public Processes {
 public:
  explicit FakeProgram(Clock& clock) : clock_(clock) {}

  [[nodiscard]] Async<Exited> run(Command command) override {
    commands.push_back(command);
    co_await clock_.sleep_for(duration);
    if (missing)
      co_return fail(Error::Kind::kNotFound, command.arguments.front() + ": no such program");
    co_return Exited{code, output, errors};
  }

  std::string output;
  std::string errors;
  int code = 0;
  bool missing = false;
  Duration duration = std::chrono::seconds(1);
  std::vector<Command> commands;

 private:
  Clock& clock_;
};

}  // namespace dynamod::client
