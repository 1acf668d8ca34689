// The journal on real files: what a restart finds, who may open the file, and a disk without room.
#include "apiserver/store/sqlite_journal.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "apiserver/store/sqlite.h"
#include "apiserver/store/store_fixture.h"

namespace dynamod::apiserver {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SimLoop;

// SimLoop runs the jobs as steps of its own: real files, virtual time.
class SqliteJournalTest : public ::testing::Test {
 protected:
  SqliteJournalTest() { open(); }

  ~SqliteJournalTest() override {
    store.reset();
    loop.settle();
    fs::remove_all(folder);
  }

  static fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "sqlite_journal_test.XXXXXX").string();
    DYN_ASSERT(::mkdtemp(name.data()) != nullptr);
    return name;
  }

  Result<std::unique_ptr<Store>> try_open(StoreLimits limits = {}) {
    auto journal = make_sqlite_journal(loop, loop, {.path = path, .wal_pages_max = 50});
    return loop.await(open_store(loop.executor(), loop, std::move(journal), limits));
  }

  void open(StoreLimits limits = {}) {
    auto opened = try_open(limits);
    ASSERT_TRUE(opened) << opened.error().message;
    store = *std::move(opened);
  }

  // As a kill does it: the log stays, and nothing is said to anybody.
  void restart(StoreLimits limits = {}) {
    store.reset();
    loop.settle();
    open(limits);
  }

  std::string refusal() {
    const auto opened = try_open();
    return opened ? "it opened" : opened.error().message;
  }

  Result<ObjectPtr> put(std::string_view key, std::string bytes) {
    Write write{.collection = "pods"};
    write.object.key = key_of(key);
    write.object.revision = store->next_revision();
    write.object.uid = "u";
    write.object.labels = {{"app", "x"}, {"quote\"", "ü"}};
    write.object.fields = {{"spec.nodeName", "n1"}};
    write.object.bytes = std::move(bytes);
    return loop.await(store->commit(std::move(write)));
  }

  Result<ObjectPtr> remove(std::string_view key) {
    Write write{.collection = "pods", .object = *store->decided("pods", key_of(key))};
    write.object.revision = store->next_revision();
    write.remove = true;
    return loop.await(store->commit(std::move(write)));
  }

  SimLoop loop;
  fs::path folder = make_folder();
  std::string path = (folder / "objects.db").string();
  std::unique_ptr<Store> store;
};

TEST_F(SqliteJournalTest, ARestartFindsEveryPartOfAnObject) {
  ASSERT_TRUE(put("a/x", R"({"kind":"Pod"})"));
  const StoredObject before = *store->find("pods", key_of("a/x"));
  restart();
  const ObjectPtr after = store->find("pods", key_of("a/x"));
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->bytes, before.bytes);
  EXPECT_EQ(after->labels, before.labels);
  EXPECT_EQ(after->fields, before.fields);
  EXPECT_EQ(after->uid, before.uid);
  EXPECT_EQ(after->revision, before.revision);
  EXPECT_EQ(after->create_revision, before.create_revision);
}

TEST_F(SqliteJournalTest, TheHistorySurvivesARestart) {
  ASSERT_TRUE(put("a/x", "1"));
  ASSERT_TRUE(put("a/x", "2"));
  ASSERT_TRUE(remove("a/x"));
  restart();
  const auto cursor = store->watch("pods", "", 1);
  ASSERT_TRUE(cursor);
  EXPECT_THAT(texts_of(*loop.await((*cursor)->next(Duration::zero()))),
              ElementsAre("2 ADDED a/x 1", "3 MODIFIED a/x 2 (was 1)", "4 DELETED a/x 2 (was 2)"));
}

TEST_F(SqliteJournalTest, CompactionSurvivesARestart) {
  const StoreLimits limits{.history_changes_max = 3};
  restart(limits);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put("a/x", fmt::format("{}", i)));
  ASSERT_TRUE(put("a/y", "1"));
  ASSERT_TRUE(remove("a/y"));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put("a/z", "1"));
  restart(limits);
  EXPECT_THAT(texts_of(store->list("pods", "")), ElementsAre("a/x=29", "a/z=1"));
  EXPECT_EQ(store->watch("pods", "", 10).error().kind, Error::Kind::kGone);
  EXPECT_EQ(store->revision(), 38U);
}

TEST_F(SqliteJournalTest, OnlyTheOwnerMayReadTheFiles) {
  ASSERT_TRUE(put("a/x", "1"));
  for (const std::string& name : {path, path + "-wal"}) {
    struct stat status = {};
    ASSERT_EQ(::stat(name.c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(SqliteJournalTest, TheLogIsFoldedInAndEmptied) {
  const std::string text(4'000, 'x');
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(put(fmt::format("a/{}", i), text));
  EXPECT_LT(fs::file_size(path + "-wal"), 100U * 4'200U) << "checkpoints by size";
  loop.run_for(seconds(20));
  EXPECT_EQ(fs::file_size(path + "-wal"), 0U) << "truncated when idle";
  ASSERT_TRUE(put("a/x", "1"));
  restart();
  EXPECT_EQ(store->count("pods"), 301U);
}

TEST_F(SqliteJournalTest, ASecondServerOnTheFolderIsRefused) {
  EXPECT_THAT(refusal(), HasSubstr("only one dynamod may run on a data folder"));
  ASSERT_TRUE(put("a/x", "1")) << "the first one goes on";
  loop.await(store->close());
  EXPECT_EQ(refusal(), "it opened");
}

TEST_F(SqliteJournalTest, AForeignFileIsRefusedAndLeftAlone) {
  store.reset();
  loop.settle();
  fs::remove(path);
  std::ofstream(path) << "This is a letter, and a long one at that: " << std::string(2'000, 'x');
  const auto size = fs::file_size(path);
  EXPECT_THAT(refusal(), HasSubstr("is not a dynamod database"));
  EXPECT_EQ(fs::file_size(path), size);
}

TEST_F(SqliteJournalTest, ADatabaseOfAnotherProgramIsRefused) {
  store.reset();
  loop.settle();
  fs::remove(path);
  std::ofstream(path).close();
  {
    auto other = *Sqlite::open(path);
    ASSERT_TRUE(other.execute("CREATE TABLE kine (id INTEGER)"));
  }
  EXPECT_THAT(refusal(), HasSubstr("is a database of another program"));
}

TEST_F(SqliteJournalTest, ANewerSchemaIsRefused) {
  store.reset();
  loop.settle();
  {
    auto file = *Sqlite::open(path);
    ASSERT_TRUE(file.execute("PRAGMA user_version = 99"));
  }
  EXPECT_THAT(refusal(), HasSubstr("newer dynamod (schema 99, this one knows 1)"));
}

TEST_F(SqliteJournalTest, ADamagedFileIsNamed) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(put(fmt::format("a/{}", i), std::string(500, 'x')));
  loop.await(store->close());
  store.reset();
  const auto size = static_cast<std::streamoff>(fs::file_size(path));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (std::streamoff at = 4'096 + 2'000; at < size; at += 4'096) {
    file.seekp(at - 2'000);
    file << std::string(3'000, '\xff');
  }
  file.close();
  EXPECT_THAT(refusal(), HasSubstr("is damaged"));
}

TEST_F(SqliteJournalTest, AMissingRowIsNoticed) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put("a/x", "1"));
  store.reset();
  loop.settle();
  {
    auto file = *Sqlite::open(path);
    ASSERT_TRUE(file.execute("DELETE FROM change WHERE revision = 4"));
  }
  EXPECT_THAT(refusal(), HasSubstr("revision 5 follows 3"));
}

TEST_F(SqliteJournalTest, AFolderThatIsNotThereIsNamed) {
  store.reset();
  path = (folder / "absent" / "objects.db").string();
  EXPECT_THAT(refusal(), HasSubstr("absent/objects.db: No such file or directory"));
}

// A limit on the size of files is what a test without privileges has for a full disk: writes fail
// in the middle, in the log or in the database.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : before_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, before_signal_);
  }

 private:
  rlimit before_ = {};
  void (*before_signal_)(int);
};

TEST_F(SqliteJournalTest, AFullDiskRefusesWritesAndRecovers) {
  for (const rlim_t room : {20'000U, 100'000U, 300'000U, 777'777U}) {
    SCOPED_TRACE(room);
    std::vector<std::string> acknowledged;
    const auto before =
        static_cast<rlim_t>(std::max(fs::file_size(path), fs::file_size(path + "-wal")));
    std::optional<Error> refused;
    {
      const FileSizeLimit limit(before + room);
      for (int i = 0; i < 2'000 && !refused; ++i) {
        const std::string key = fmt::format("a/{}-{}", room, i);
        const auto written = put(key, std::string(1'500, 'x'));
        if (written) {
          acknowledged.push_back(key);
        } else {
          refused = written.error();
        }
      }
      ASSERT_TRUE(refused);
      EXPECT_EQ(refused->kind, Error::Kind::kUnavailable);
      EXPECT_THAT(refused->message, HasSubstr(path));
      EXPECT_THAT(refused->message, HasSubstr("is full"));
      EXPECT_TRUE(store->disk_full());
      EXPECT_GT(store->count("pods"), 0U) << "reads go on";
      EXPECT_FALSE(put("a/again", std::string(1'000'000, 'x')));
    }
    ASSERT_TRUE(put("a/after", "1"));
    EXPECT_FALSE(store->disk_full());
    restart();
    for (const std::string& key : acknowledged)
      EXPECT_NE(store->find("pods", key_of(key)), nullptr) << key;
    EXPECT_EQ(store->find("pods", key_of("a/again")), nullptr);
  }
}

}  // namespace
}  // namespace dynamod::apiserver
