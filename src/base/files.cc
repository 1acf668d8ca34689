// The machine's file system.
#include "base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace dynamod::base {

namespace {

constexpr std::size_t kReadStep = std::size_t{64} * 1024;

std::unexpected<Error> failed(std::string_view verb, const std::string& path, int code) {
  auto kind = Error::Kind::kUnavailable;
  if (code == ENOENT || code == ENOTDIR) kind = Error::Kind::kNotFound;
  if (code == EACCES || code == EPERM) kind = Error::Kind::kForbidden;
  return fail(kind, std::string(verb) + " " + path + ": " + std::generic_category().message(code));
}

// 0, or the errno of what failed.
int write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const auto written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// 0, or the errno of what failed.
int fill_and_rename(const UniqueFd& file, const std::string& temporary, const std::string& path,
                    std::string_view data, unsigned mode) {
  if (::fchmod(file.get(), mode) != 0) return errno;
  if (const int code = write_all(file.get(), data); code != 0) return code;
  if (::fsync(file.get()) != 0) return errno;
  if (::rename(temporary.c_str(), path.c_str()) != 0) return errno;
  // The new name is on disk only when its folder is.
  const UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.valid() && ::fsync(folder.get()) == 0 ? 0 : errno;
}

class RealFiles final : public Files {
 public:
  [[nodiscard]] Result<std::string> read(const std::string& path,
                                         std::size_t size_bytes_max) const override {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return failed("read", path, errno);
    std::string data;
    while (true) {
      const std::size_t used = data.size();
      const std::size_t step = std::min(kReadStep, size_bytes_max - used + 1);
      data.resize(used + step);
      const auto got = ::read(file.get(), data.data() + used, step);
      data.resize(used + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("read", path, errno);
      if (got == 0) return data;
      if (data.size() > size_bytes_max) {
        return fail(Error::Kind::kTooLarge,
                    "read " + path + ": larger than " + std::to_string(size_bytes_max) + " bytes");
      }
    }
  }

  [[nodiscard]] Result<> write(const std::string& path, std::string_view data,
                               unsigned mode) override {
    std::string temporary = path + ".XXXXXX";
    const UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) return failed("write", path, errno);
    const int code = fill_and_rename(file, temporary, path, data, mode);
    if (code == 0) return {};
    ::unlink(temporary.c_str());
    return failed("write", path, code);
  }

  [[nodiscard]] bool exists(const std::string& path) const override {
    return ::access(path.c_str(), F_OK) == 0;
  }
};

}  // namespace

std::unique_ptr<Files> make_real_files() {
  return std::make_unique<RealFiles>();
}

}  // namespace dynamod::base
