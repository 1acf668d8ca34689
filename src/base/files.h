// The door to the file system. Blocking: small files (kubeconfig, tokens, certificates) may be read on the core thread,
// everything else goes through an Offload.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::base {

inline constexpr std::size_t kSmallFileMax = std::size_t{1} << 20;  // configuration and credentials are far smaller

class Files {
 public:
  virtual ~Files() = default;
  // Errors: kNotFound, kForbidden, kTooLarge over `size_bytes_max`, kUnavailable else; each names the path.
  [[nodiscard]] virtual Result<std::string> read(const std::string& path,
                                                 std::size_t size_bytes_max = kSmallFileMax) const = 0;
  // Whole or not at all: a temporary file beside it, fsync, rename. Mode as chmod takes it.
  [[nodiscard]] virtual Result<> write(const std::string& path, std::string_view data, unsigned mode = 0644) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
};

[[nodiscard]] std::unique_ptr<Files> make_real_files();

}  // namespace dynamod::base
