// What is made at the first start is found at the next.
#include "cli/apiserver_folder.h"

#include <filesystem>
#include <map>

#include <unistd.h>

namespace dynamod::cli {

namespace {

constexpr WallTime kNow = WallTime(std::chrono::seconds(1'767'322'800));
const std::vector<std::string> kNames = {"127.0.0.1", "localhost"};

// A folder of the test's own, gone at its end.
class Folder : public ::testing::Test {
 protected:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("dynamod-folder-" + std::to_string(::getpid()))) {
    EXPECT_TRUE(make_data_folder(path_));
  }

  ~Folder() override { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::filesystem::perms mode(std::string_view name) const {
    return std::filesystem::status(folder_.file(name)).permissions();
  }

  std::filesystem::path path_;
  std::unique_ptr<Files> files_ = make_real_files();
  ApiServerFolder folder_{*files_, path_};
};

constexpr auto kOwnerOnly =
    std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

TEST_F(Folder, IsTheOwnersAlone) {
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(make_data_folder(path_)) << "it may be there already";
  EXPECT_FALSE(make_data_folder("/dev/null"));
}

TEST_F(Folder, KeepsItsAuthorityAndToken) {
  const auto first = folder_.authority(kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(folder_.authority(kNow)->certificate_pem, first->certificate_pem);
  const auto token = folder_.admin_token();
  ASSERT_TRUE(token);
  EXPECT_EQ(*folder_.admin_token(), *token);
  for (const char* secret : {"ca.key", "admin.token"}) EXPECT_EQ(mode(secret), kOwnerOnly);
}

TEST_F(Folder, MakesTheServersCertificateAgainWhenItIsOfNoUse) {
  const auto authority = folder_.authority(kNow);
  ASSERT_TRUE(authority);
  const auto first = folder_.server_certificate(*authority, kNames, kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(folder_.server_certificate(*authority, kNames, kNow)->certificate_pem,
            first->certificate_pem);
  EXPECT_NE(folder_.server_certificate(*authority, {"10.0.0.1"}, kNow)->certificate_pem,
            first->certificate_pem)
      << "another name";
  const auto second = folder_.server_certificate(*authority, kNames, kNow);
  EXPECT_NE(folder_.server_certificate(*authority, kNames, second->renew_at())->certificate_pem,
            second->certificate_pem)
      << "its time has come";
}

}  // namespace

}  // namespace dynamod::cli
