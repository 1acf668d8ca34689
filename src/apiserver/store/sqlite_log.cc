// One table holds everything: a row for each change, with the whole object. The newest row of a
// key is its state, the rows above the floor are the watch history, and other rows are deleted.
#include "apiserver/store/sqlite_log.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/json.h"
#include "base/unique_fd.h"

namespace dynamod::apiserver {

namespace {

constexpr std::int64_t kApplicationId = 0x64796e6d;  // "dynm": in the file's header
constexpr std::int64_t kSchemaVersion = 1;

constexpr auto kSchema = R"(
  BEGIN;
  CREATE TABLE change (
    revision INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    removed INTEGER NOT NULL,
    create_revision INTEGER NOT NULL,
    uid TEXT NOT NULL,
    decided_at INTEGER NOT NULL,  -- milliseconds since 1970
    labels TEXT,                  -- a JSON object, or null
    fields TEXT,                  -- a JSON object, or null
    object BLOB NOT NULL
  ) STRICT;
  CREATE TABLE position (floor INTEGER NOT NULL) STRICT;
  INSERT INTO position VALUES (1);
  PRAGMA application_id = 0x64796e6d;
  PRAGMA user_version = 1;
  COMMIT;
)";

constexpr std::string_view kSelect =
    "SELECT revision, collection, namespace, name, removed, create_revision, uid, decided_at, "
    "labels, fields, object FROM change ORDER BY revision";

std::int64_t signed_of(Revision revision) {
  return static_cast<std::int64_t>(revision);
}

Revision revision_of(std::int64_t value) {
  return static_cast<Revision>(value);
}

template <class Pairs>
std::string encode_pairs(const Pairs& pairs) {
  json::object object;
  for (const auto& [name, value] : pairs) object.insert_or_assign(name, value);
  return encode_json(object);
}

Result<json::object> decode_pairs(const std::string& text) {
  if (text.empty()) return json::object();
  TRY(json::value value, decode_json(text));
  json::object* object = value.if_object();
  if (!object) return fail(Error::Kind::kInvalid, "not an object");
  for (const auto& [name, item] : *object)
    if (!item.is_string()) return fail(Error::Kind::kInvalid, "not a text");
  return std::move(*object);
}

Result<JournalEntry> entry_of(const SqliteStatement& row) {
  StoredObject object;
  object.revision = revision_of(row.integer(0));
  object.key = kube::ObjectKey{row.text(2), row.text(3)};
  object.create_revision = revision_of(row.integer(5));
  object.uid = row.text(6);
  TRY(const json::object labels, decode_pairs(row.text(8)));
  for (const auto& [name, value] : labels) object.labels.emplace(name, value.as_string());
  TRY(const json::object fields, decode_pairs(row.text(9)));
  for (const auto& [name, value] : fields) object.fields.emplace_back(name, value.as_string());
  object.bytes = row.text(10);
  const auto decided_at = std::chrono::milliseconds(row.integer(7));
  return JournalEntry{row.text(1), std::make_shared<const StoredObject>(std::move(object)),
                      row.integer(4) != 0, WallTime(decided_at)};
}

Error cannot_open(const std::string& path, int code) {
  const auto kind =
      code == EACCES || code == EPERM ? Error::Kind::kForbidden : Error::Kind::kInvalid;
  return Error{kind, fmt::format("cannot open {}: {}", path, std::strerror(code))};
}

// The objects include Secrets: nobody else may read the file. SQLite gives its log the same mode.
// The folder is synced, so that the name is there after a power cut.
Result<> make_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    if (errno == EEXIST) return {};
    return std::unexpected(cannot_open(path, errno));
  }
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0)
    return std::unexpected(cannot_open(folder, errno));
  return {};
}

// Failures while the file is opened and read.
Error opening_error(const std::string& path, const SqliteFailure& failure) {
  const auto invalid = [](std::string message) {
    return Error{Error::Kind::kInvalid, std::move(message)};
  };
  switch (failure.code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error{Error::Kind::kUnavailable,
                   fmt::format("{} is in use by another process: only one dynamod may run on a "
                               "data folder",
                               path)};
    case SQLITE_NOTADB:
      return invalid(fmt::format("{} is not a dynamod database: choose another data folder", path));
    case SQLITE_CORRUPT:
      return invalid(
          fmt::format("{} is damaged ({}): restore it from a backup, or move it away to "
                      "start empty",
                      path, failure.text));
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Error{Error::Kind::kForbidden,
                   fmt::format("{} cannot be written: {}", path, failure.text)};
    default:
      return invalid(fmt::format("cannot open {}: {}", path, failure.text));
  }
}

// Locks the file for this connection, for as long as it is open. Without shared memory, since
// nobody else may come; then durable commits in a write-ahead log.
SqliteResult<> take(Sqlite& database) {
  CHECK_OK(database.execute("PRAGMA locking_mode = EXCLUSIVE"));
  CHECK_OK(database.execute("BEGIN EXCLUSIVE"));
  CHECK_OK(database.execute("COMMIT"));
  CHECK_OK(database.execute("PRAGMA synchronous = FULL"));
  return {};
}

// Makes the tables in an empty file, and refuses a file of somebody else.
Result<> check_schema(Sqlite& database, const std::string& path) {
  const auto told = [&path](const SqliteFailure& failure) { return opening_error(path, failure); };
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(told(tables.error()));
  const auto application = database.integer("PRAGMA application_id");
  if (!application) return std::unexpected(told(application.error()));
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return std::unexpected(told(version.error()));

  const bool fresh = *tables == 0 && *application == 0;
  if (!fresh && *application != kApplicationId) {
    return fail(
        Error::Kind::kInvalid,
        fmt::format("{} is a database of another program: choose another data folder", path));
  }
  if (!fresh && *version > kSchemaVersion) {
    return fail(Error::Kind::kInvalid,
                fmt::format("{} was written by a newer dynamod (schema {}, this one knows {}): use "
                            "that version",
                            path, *version, kSchemaVersion));
  }
  // After the checks: a foreign file stays as it was.
  if (auto done = database.execute("PRAGMA journal_mode = WAL"); !done)
    return std::unexpected(told(done.error()));
  if (!fresh) return {};
  if (auto done = database.execute(kSchema); !done) return std::unexpected(told(done.error()));
  return {};
}

}  // namespace

Error sqlite_error(const std::string& path, const SqliteFailure& failure) {
  if (failure.disk_full()) {
    return Error{Error::Kind::kUnavailable,
                 fmt::format("the disk of {} is full: nothing can be written until there is room "
                             "({})",
                             path, failure.text)};
  }
  return Error{Error::Kind::kUnavailable, fmt::format("cannot write {}: {}", path, failure.text)};
}

SqliteLog::SqliteLog(std::string path, Sqlite database, Statements statements)
    : path_(std::move(path)), database_(std::move(database)), statements_(std::move(statements)) {}

Result<SqliteLog> SqliteLog::open(const std::string& path) {
  CHECK_OK(make_file(path));
  auto database = Sqlite::open(path);
  if (!database) return std::unexpected(opening_error(path, database.error()));
  if (auto taken = take(*database); !taken)
    return std::unexpected(opening_error(path, taken.error()));
  CHECK_OK(check_schema(*database, path));
  auto statements = prepare(*database);
  if (!statements) return std::unexpected(opening_error(path, statements.error()));
  return SqliteLog(path, *std::move(database), *std::move(statements));
}

SqliteResult<SqliteLog::Statements> SqliteLog::prepare(Sqlite& database) {
  TRY(SqliteStatement begin, database.prepare("BEGIN IMMEDIATE"));
  TRY(SqliteStatement commit, database.prepare("COMMIT"));
  TRY(SqliteStatement insert,
      database.prepare("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(SqliteStatement erase, database.prepare("DELETE FROM change WHERE revision = ?"));
  TRY(SqliteStatement set_floor, database.prepare("UPDATE position SET floor = ?"));
  return Statements{std::move(begin), std::move(commit), std::move(insert), std::move(erase),
                    std::move(set_floor)};
}

Result<JournalContents> SqliteLog::load() {
  JournalContents contents;
  const auto floor = database_.integer("SELECT floor FROM position");
  if (!floor) return std::unexpected(opening_error(path_, floor.error()));
  floor_ = contents.floor = revision_of(*floor);
  auto rows = database_.prepare(kSelect);
  if (!rows) return std::unexpected(opening_error(path_, rows.error()));
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(opening_error(path_, row.error()));
    if (!*row) return contents;
    Result<JournalEntry> entry = entry_of(*rows);
    if (!entry) {
      return fail(Error::Kind::kInvalid,
                  fmt::format("{} is damaged (row {}: {}): restore it from a backup, or move it "
                              "away to start empty",
                              path_, rows->integer(0), entry.error().message));
    }
    contents.entries.push_back(*std::move(entry));
  }
}

SqliteResult<> SqliteLog::append(const JournalBatch& batch) {
  SqliteResult<> done = transact(batch);
  if (done || !done.error().disk_full()) return done;
  if (!checkpoint(Sqlite::Checkpoint::kTruncate)) return done;
  return transact(batch);
}

SqliteResult<> SqliteLog::transact(const JournalBatch& batch) {
  SqliteResult<> done = write_rows(batch);
  if (done) {
    floor_ = batch.floor;
    return done;
  }
  // SQLite ends a transaction by itself after some errors; the first failure is what counts.
  if (database_.in_transaction()) (void)database_.execute("ROLLBACK");
  return done;
}

SqliteResult<> SqliteLog::write_rows(const JournalBatch& batch) {
  CHECK_OK(statements_.begin.run());
  for (const JournalEntry& entry : batch.entries) CHECK_OK(insert(entry));
  for (const Revision revision : batch.obsolete) {
    statements_.erase.bind(1, signed_of(revision));
    CHECK_OK(statements_.erase.run());
  }
  if (batch.floor != floor_) {
    statements_.set_floor.bind(1, signed_of(batch.floor));
    CHECK_OK(statements_.set_floor.run());
  }
  return statements_.commit.run();
}

SqliteResult<> SqliteLog::insert(const JournalEntry& entry) {
  const StoredObject& object = *entry.object;
  const std::string labels = object.labels.empty() ? "" : encode_pairs(object.labels);
  const std::string fields = object.fields.empty() ? "" : encode_pairs(object.fields);
  const auto decided_at = std::chrono::floor<std::chrono::milliseconds>(entry.decided_at);
  SqliteStatement& row = statements_.insert;
  const auto bind_optional = [&row](int index, const std::string& text) {
    if (text.empty()) {
      row.bind_null(index);
    } else {
      row.bind_text(index, text);
    }
  };
  row.bind(1, signed_of(object.revision));
  row.bind_text(2, entry.collection);
  row.bind_text(3, object.key.ns);
  row.bind_text(4, object.key.name);
  row.bind(5, entry.removed ? 1 : 0);
  row.bind(6, signed_of(object.create_revision));
  row.bind_text(7, object.uid);
  row.bind(8, decided_at.time_since_epoch().count());
  bind_optional(9, labels);
  bind_optional(10, fields);
  row.bind_blob(11, object.bytes);
  return row.run();
}

}  // namespace dynamod::apiserver
