// The real file system, in a temporary folder.
#include "base/files.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dynamod::base {
namespace {

using ::testing::HasSubstr;

class RealFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/files_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::string folder_;
  std::unique_ptr<Files> files_ = make_real_files();
};

TEST_F(RealFilesTest, WritesWholeFilesWithTheirMode) {
  const std::string data = std::string("a\0b", 3) + std::string(200'000, 'x');
  ASSERT_TRUE(files_->write(path("f"), "old", 0644));
  ASSERT_TRUE(files_->write(path("f"), data, 0600));
  EXPECT_EQ(files_->read(path("f")), data);
  struct stat status{};
  ASSERT_EQ(::stat(path("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  EXPECT_EQ(entries(), 1);
  EXPECT_TRUE(files_->exists(path("f")));
  EXPECT_FALSE(files_->exists(path("g")));
  ASSERT_TRUE(files_->write(path("empty"), ""));
  EXPECT_EQ(files_->read(path("empty")), "");
}

TEST_F(RealFilesTest, LimitsWhatItReads) {
  ASSERT_TRUE(files_->write(path("f"), "12345"));
  EXPECT_EQ(files_->read(path("f"), 5), "12345");
  const auto large = files_->read(path("f"), 4);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error(),
            (Error{Error::Kind::kTooLarge, "read " + path("f") + ": larger than 4 bytes"}));
}

TEST_F(RealFilesTest, NamesThePathAndTheReason) {
  const auto missing = files_->read(path("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), (Error{Error::Kind::kNotFound,
                                    "read " + path("none") + ": No such file or directory"}));

  ASSERT_TRUE(files_->write(path("f"), "x"));
  EXPECT_EQ(files_->read(path("f/g")).error().kind, Error::Kind::kNotFound);
  EXPECT_EQ(files_->read(folder_).error().kind, Error::Kind::kUnavailable);
  EXPECT_EQ(files_->write(path("none/f"), "x").error().kind, Error::Kind::kNotFound);

  // A folder is in the way: the temporary file is removed again.
  std::filesystem::create_directory(path("folder"));
  const auto blocked = files_->write(path("folder"), "x");
  ASSERT_FALSE(blocked);
  EXPECT_THAT(blocked.error().message, HasSubstr("write " + path("folder") + ": "));
  EXPECT_EQ(entries(), 2);
}

TEST_F(RealFilesTest, TellsWhatIsForbidden) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ASSERT_TRUE(files_->write(path("f"), "x", 0));
  EXPECT_EQ(files_->read(path("f")).error().kind, Error::Kind::kForbidden);
}

}  // namespace
}  // namespace dynamod::base
