// SQLite's C interface as values that clean up after themselves. Blocking: only for jobs of an
// Offload. One thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace dynamod::apiserver {

struct SqliteFailure {
  int code = 0;      // SQLite's, without the extension
  int os_error = 0;  // errno, when the system refused
  std::string text = {};

  // No room: the device, a quota, a file size limit.
  [[nodiscard]] bool disk_full() const;
};

template <class T = void>
using SqliteResult = std::expected<T, SqliteFailure>;

class Sqlite;

// One prepared statement. Bound text and blobs are not copied: they outlive the step.
class SqliteStatement {
 public:
  void bind(int index, std::int64_t value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void bind_null(int index);

  // True when there is a row to read.
  [[nodiscard]] SqliteResult<bool> step();
  // For statements without rows; ready to be bound again.
  [[nodiscard]] SqliteResult<> run();
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;  // of text or blob; "" for null

 private:
  friend class Sqlite;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Sqlite {
 public:
  // The file must exist.
  [[nodiscard]] static SqliteResult<Sqlite> open(const std::string& path);

  [[nodiscard]] SqliteResult<SqliteStatement> prepare(std::string_view sql);
  // Statements without parameters; rows are thrown away.
  [[nodiscard]] SqliteResult<> execute(const std::string& sql);
  // The first column of the first row of a query, e.g. "PRAGMA user_version".
  [[nodiscard]] SqliteResult<std::int64_t> integer(std::string_view sql);

  [[nodiscard]] bool in_transaction() const;

  enum class Checkpoint : std::uint8_t { kPassive, kTruncate };
  [[nodiscard]] SqliteResult<> checkpoint(Checkpoint mode);

  // Pages in the write-ahead log after the last commit.
  [[nodiscard]] int wal_pages() const { return *wal_pages_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  explicit Sqlite(sqlite3* database);

  std::unique_ptr<int> wal_pages_ = std::make_unique<int>(0);  // SQLite's hook holds its address
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace dynamod::apiserver
