// The database file of a store: its schema, who may open it, and the rows of the log. Blocking; one
// thread at a time. When these run, and on which thread, is sqlite_journal.h's business.
#pragma once

#include <optional>
#include <string>

#include "apiserver/store/journal.h"
#include "apiserver/store/sqlite.h"

namespace dynamod::apiserver {

class SqliteLog {
 public:
  // Opens `path` for this process alone, and makes it (mode 0600) when it is not there; its folder
  // must be. Errors are sentences for the user: in use, foreign, newer, damaged, no right.
  [[nodiscard]] static Result<SqliteLog> open(const std::string& path);

  [[nodiscard]] Result<JournalContents> load();

  // All of it or nothing, on disk when it returns. When the disk is full it folds the write-ahead
  // log into the database, which may make room, and tries once more.
  [[nodiscard]] SqliteResult<> append(const JournalBatch& batch);

  [[nodiscard]] SqliteResult<> checkpoint(Sqlite::Checkpoint mode) {
    return database_.checkpoint(mode);
  }

  [[nodiscard]] int wal_pages() const { return database_.wal_pages(); }

 private:
  struct Statements {
    SqliteStatement begin;
    SqliteStatement commit;
    SqliteStatement insert;
    SqliteStatement erase;
    SqliteStatement set_floor;
  };

  SqliteLog(std::string path, Sqlite database, Statements statements);

  [[nodiscard]] static SqliteResult<Statements> prepare(Sqlite& database);
  [[nodiscard]] SqliteResult<> transact(const JournalBatch& batch);
  [[nodiscard]] SqliteResult<> write_rows(const JournalBatch& batch);
  [[nodiscard]] SqliteResult<> insert(const JournalEntry& entry);

  std::string path_;
  Sqlite database_;
  Statements statements_;
  Revision floor_ = 0;
};

// What a failure at run time means to a user: kUnavailable, naming the file.
[[nodiscard]] Error sqlite_error(const std::string& path, const SqliteFailure& failure);

}  // namespace dynamod::apiserver
