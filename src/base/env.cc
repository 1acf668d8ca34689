// Environment variables of this process, read once.
#include "base/env.h"

#include <string_view>
#include <utility>

#include <unistd.h>

namespace dynamod::base {

Env Env::of_process() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Env(std::move(variables));
}

std::optional<std::string> Env::find(const std::string& name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::string Env::get(const std::string& name, std::string fallback) const {
  const auto found = variables_.find(name);
  return found == variables_.end() || found->second.empty() ? std::move(fallback) : found->second;
}

}  // namespace dynamod::base
