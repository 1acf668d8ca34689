// Keys and tokens have mode 0600.
#include "cli/apiserver_folder.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>

#include "apiserver/identity/token_table.h"

namespace dynamod::cli {

namespace {

constexpr unsigned kSecretMode = 0600;
constexpr Duration kAuthorityLifetime = std::chrono::hours(24 * 3650);
constexpr std::string_view kAuthorityName = "dynamod";

}  // namespace

Result<> make_data_folder(const std::string& path) {
  std::error_code code;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, code);
  if (code) return fail(Error::Kind::kInvalid, "--data-dir " + path + ": " + code.message());
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST)
    return fail(Error::Kind::kInvalid,
                "--data-dir " + path + ": " + std::generic_category().message(errno));
  if (!std::filesystem::is_directory(path, code))
    return fail(Error::Kind::kInvalid, "--data-dir " + path + " is no folder");
  return {};
}

std::string ApiServerFolder::file(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

Result<http::Certificate> ApiServerFolder::read_pair(std::string_view name) const {
  const std::string base = file(name);
  TRY(std::string certificate, files_.read(base + ".crt"));
  TRY(std::string key, files_.read(base + ".key"));
  return http::parse_certificate(std::move(certificate), std::move(key));
}

// The key first: a certificate without its key would be taken for whole at the next start.
Result<> ApiServerFolder::write_pair(std::string_view name, const http::Certificate& pair) const {
  const std::string base = file(name);
  CHECK_OK(files_.write(base + ".key", pair.key_pem, kSecretMode));
  return files_.write(base + ".crt", pair.certificate_pem);
}

Result<http::Certificate> ApiServerFolder::authority(WallTime now) const {
  auto known = read_pair("ca");
  if (known || known.error().kind != Error::Kind::kNotFound) return known;
  TRY(http::Certificate made,
      http::make_authority(std::string(kAuthorityName), now, kAuthorityLifetime));
  CHECK_OK(write_pair("ca", made));
  return made;
}

Result<http::Certificate> ApiServerFolder::server_certificate(const http::Certificate& authority,
                                                              const std::vector<std::string>& names,
                                                              WallTime now) const {
  const auto known = read_pair("server");
  const bool good = known && http::is_issued_by(*known, authority) && now < known->renew_at() &&
                    std::ranges::all_of(
                        names,
                        [&](const std::string& name) {
                          return std::ranges::find(known->names, name) != known->names.end();
                        });
  if (good) return *known;
  const http::CertificateRequest request{.common_name = "kube-apiserver", .names = names};
  TRY(http::Certificate made, http::issue_certificate(authority, request, now));
  CHECK_OK(write_pair("server", made));
  return made;
}

Result<std::string> ApiServerFolder::admin_token() const {
  const std::string path = file("admin.token");
  auto known = files_.read(path);
  if (known || known.error().kind != Error::Kind::kNotFound) return known;
  std::string token = apiserver::make_token();
  CHECK_OK(files_.write(path, token, kSecretMode));
  return token;
}

}  // namespace dynamod::cli
