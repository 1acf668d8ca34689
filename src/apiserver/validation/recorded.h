// Reading of testdata/: verdicts of a real API server. For tests only.
#pragma once

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "apiserver/validation/go_value.h"
#include "base/json.h"

namespace dynamod::apiserver {

inline json::value read_recorded(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  auto value = decode_json(text.str(), {.size_bytes_max = std::size_t{16} << 20});
  DYN_ASSERT(value.has_value());
  return *std::move(value);
}

// Sorted lines "reason | field | message": Kubernetes walks maps in no order.
inline std::vector<std::string> recorded_lines(const json::object& step) {
  std::vector<std::string> out;
  for (const auto& cause : array_in(step, "causes")) {
    const json::array& parts = cause.get_array();
    out.push_back(std::string(parts[0].get_string()) + " | " + std::string(parts[1].get_string()) +
                  " | " + std::string(parts[2].get_string()));
  }
  std::ranges::sort(out);
  return out;
}

inline std::vector<std::string> cause_lines(const Problems& problems) {
  const kube::ResourceType type{.group = "g", .kind = "K"};
  const json::object status = kube::invalid_status(type, "n", problems);
  std::vector<std::string> out;
  for (const auto& cause : status.at("details").at("causes").get_array())
    out.push_back(std::string(cause.at("reason").get_string()) + " | " +
                  std::string(cause.at("field").get_string()) + " | " +
                  std::string(cause.at("message").get_string()));
  std::ranges::sort(out);
  return out;
}

}  // namespace dynamod::apiserver
