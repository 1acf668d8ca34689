// The data folder of the API server, without the database: its authority, its certificate, the key
// of ServiceAccount tokens, the administrator's token and the kubeconfig. Made at the first start.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "http/certificate.h"

namespace dynamod::cli {

// Makes the folder (mode 0700) when it is not there. Error kInvalid for something that is no folder
// or cannot be made.
[[nodiscard]] Result<> make_data_folder(const std::string& path);

class ApiServerFolder {
 public:
  // `files` outlives the folder.
  ApiServerFolder(Files& files, std::string path) : files_(files), path_(std::move(path)) {}

  // "<folder>/<name>"
  [[nodiscard]] std::string file(std::string_view name) const;

  // The authority that signs our certificates, made when it is not there.
  [[nodiscard]] Result<http::Certificate> authority(WallTime now) const;
  // The server's certificate for `names`: the stored one while it is good, else a new one.
  [[nodiscard]] Result<http::Certificate> server_certificate(const http::Certificate& authority,
                                                             const std::vector<std::string>& names,
                                                             WallTime now) const;
  // The token of the kubeconfig, made when it is not there.
  [[nodiscard]] Result<std::string> admin_token() const;

 private:
  [[nodiscard]] Result<http::Certificate> read_pair(std::string_view name) const;
  [[nodiscard]] Result<> write_pair(std::string_view name, const http::Certificate& pair) const;

  Files& files_;
  std::string path_;
};

}  // namespace dynamod::cli
