// The thin layer over libsqlite3.
#include "apiserver/store/sqlite.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/result.h"

namespace dynamod::apiserver {

namespace {

constexpr int kPrimaryCode = 0xff;

// SQLite keeps the system's error for statements, and loses it for COMMIT: then errno still has it.
std::unexpected<SqliteFailure> failure_of(sqlite3* database) {
  const int last_error = errno;
  const int kept = database ? sqlite3_system_errno(database) : 0;
  const int os_error = kept != 0 ? kept : last_error;
  const int code = database ? sqlite3_errcode(database) & kPrimaryCode : SQLITE_NOMEM;
  std::string text = database ? sqlite3_errmsg(database) : "out of memory";
  const bool system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL;
  if (system && os_error != 0) text = fmt::format("{}: {}", text, std::strerror(os_error));
  return std::unexpected(SqliteFailure{code, system ? os_error : 0, std::move(text)});
}

int note_wal_pages(void* pages, sqlite3* /*database*/, const char* /*schema*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

int size_of(std::string_view value) {
  DYN_ASSERT(value.size() <= 0x7fffffff);
  return static_cast<int>(value.size());
}

}  // namespace

bool SqliteFailure::disk_full() const {
  return code == SQLITE_FULL || os_error == ENOSPC || os_error == EDQUOT || os_error == EFBIG;
}

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqliteStatement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
}

void SqliteStatement::bind_text(int index, std::string_view value) {
  sqlite3_bind_text(statement_.get(), index, value.data(), size_of(value), SQLITE_STATIC);
}

void SqliteStatement::bind_blob(int index, std::string_view value) {
  sqlite3_bind_blob(statement_.get(), index, value.data(), size_of(value), SQLITE_STATIC);
}

void SqliteStatement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index);
}

SqliteResult<bool> SqliteStatement::step() {
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure_of(sqlite3_db_handle(statement_.get()));
}

SqliteResult<> SqliteStatement::run() {
  const SqliteResult<bool> stepped = step();
  reset();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string SqliteStatement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (!data) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void Sqlite::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Sqlite::Sqlite(sqlite3* database) : database_(database) {}

// The hook also takes the place of SQLite's automatic checkpoints.
SqliteResult<Sqlite> Sqlite::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  Sqlite opened(database);
  if (code != SQLITE_OK) return failure_of(database);
  sqlite3_wal_hook(database, note_wal_pages, opened.wal_pages_.get());
  return opened;
}

SqliteResult<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), size_of(sql),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure_of(database_.get());
  return SqliteStatement(statement);
}

SqliteResult<> Sqlite::execute(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure_of(database_.get());
  return {};
}

SqliteResult<std::int64_t> Sqlite::integer(std::string_view sql) {
  TRY(SqliteStatement statement, prepare(sql));
  TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

bool Sqlite::in_transaction() const {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

SqliteResult<> Sqlite::checkpoint(Checkpoint mode) {
  const int how =
      mode == Checkpoint::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  int pages = 0;
  int moved = 0;
  errno = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, how, &pages, &moved);
  if (code != SQLITE_OK) return failure_of(database_.get());
  *wal_pages_ = pages - moved;  // a log that was moved as a whole starts again at its beginning
  return {};
}

}  // namespace dynamod::apiserver
