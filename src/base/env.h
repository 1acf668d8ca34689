// The door to environment variables.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace dynamod::base {

class Env {
 public:
  // What the process was started with.
  [[nodiscard]] static Env of_process();

  Env() = default;
  explicit Env(std::map<std::string, std::string> variables) : variables_(std::move(variables)) {}

  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
  // The value, or `fallback` when it is not set or empty.
  [[nodiscard]] std::string get(const std::string& name, std::string fallback = "") const;
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return variables_; }

 private:
  std::map<std::string, std::string> variables_;
};

}  // namespace dynamod::base
