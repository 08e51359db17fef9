#include "runtime/store/migrations.hpp"

#include <array>

#include <SQLiteCpp/SQLiteCpp.h>

namespace camfleet::store {
namespace {

constexpr std::array<const char*, 6> all_migrations{
    R"sql(
CREATE TABLE instances (
  id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  fields TEXT NOT NULL,
  phases TEXT NOT NULL,
  created INTEGER NOT NULL,
  ended INTEGER,
  last_due INTEGER
) STRICT;
CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  fields TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE open_slices (
  instance INTEGER NOT NULL,
  device TEXT NOT NULL,
  due INTEGER NOT NULL,
  planned INTEGER NOT NULL,
  PRIMARY KEY (instance, device, due)
) STRICT, WITHOUT ROWID;
CREATE TABLE slices (
  instance INTEGER NOT NULL,
  device TEXT NOT NULL,
  due INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (instance, device, due)
) STRICT;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY,
  instance INTEGER NOT NULL,
  device TEXT NOT NULL,
  due INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  at INTEGER NOT NULL,
  line TEXT NOT NULL,
  picture TEXT NOT NULL
) STRICT;
)sql",
    // They hold every column that a query can name, so that counting and skipping read no line.
    R"sql(
CREATE INDEX slices_by_due ON slices (instance, due, device, outcome);
CREATE INDEX findings_by_at ON findings (instance, at, device, algorithm);
)sql",
    R"sql(
CREATE TABLE removed_devices (
  instance INTEGER NOT NULL,
  device TEXT NOT NULL,
  PRIMARY KEY (instance, device)
) STRICT, WITHOUT ROWID;
)sql",
    // Switches were a field of the device, one for all projects: each that has an instance gets its own.
    R"sql(
CREATE TABLE switched_streams (
  project TEXT NOT NULL,
  device TEXT NOT NULL,
  is_on INTEGER NOT NULL,
  PRIMARY KEY (device, project)
) STRICT, WITHOUT ROWID;
INSERT INTO switched_streams (project, device, is_on)
  SELECT project, id, json_extract(fields, '$.StreamOn') FROM devices
  WHERE json_extract(fields, '$.StreamOn') IS NOT NULL;
INSERT OR IGNORE INTO switched_streams (project, device, is_on)
  SELECT DISTINCT instances.project, devices.id, json_extract(devices.fields, '$.StreamOn')
  FROM devices, instances
  WHERE json_extract(devices.fields, '$.StreamOn') IS NOT NULL AND instances.ended IS NULL;
DELETE FROM devices WHERE ifnull(json_extract(fields, '$.Type'), '') = '';
UPDATE devices SET fields = json_remove(fields, '$.StreamOn');
)sql",
    // A row with `until` stands for all slices of its instance that were due from `due` until then.
    R"sql(
CREATE TABLE life (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  alive INTEGER NOT NULL,
  is_rehearsal INTEGER NOT NULL
) STRICT;
ALTER TABLE slices ADD COLUMN until INTEGER;
CREATE INDEX missed_spans ON slices (instance, due, until) WHERE until IS NOT NULL;
)sql",
    // What was analysed again after a restart was stored again.
    R"sql(
DELETE FROM findings WHERE id NOT IN
  (SELECT min(id) FROM findings GROUP BY instance, device, due, algorithm, at);
DROP INDEX findings_by_at;
CREATE UNIQUE INDEX findings_by_at ON findings (instance, at, device, algorithm, due);
-- Set while a process has the store open, in the file itself and not in its log alone.
CREATE TABLE usage (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  is_open INTEGER NOT NULL
) STRICT;
)sql",
};

std::int32_t pragma(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

}  // namespace

std::span<const char* const> migrations() {
  return all_migrations;
}

result<std::int32_t> schema_version(SQLite::Database& database, const std::string& path) {
  const std::int32_t owner = pragma(database, "PRAGMA application_id");
  const std::int32_t version = pragma(database, "PRAGMA user_version");
  const bool blank =
      owner == 0 && version == 0 && pragma(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (blank) return 0;
  if (owner != application_id || version < 1) {
    return fail(Errc::unsupported, path,
                "is a database of another program; give a file that camfleet made, or a new one");
  }
  const auto newest = static_cast<std::int32_t>(migrations().size());
  if (version > newest) {
    return fail(Errc::unsupported, path,
                "has schema " + std::to_string(version) + ", this camfleet knows schemas up to " +
                    std::to_string(newest) + "; use the camfleet that made it, or a newer one");
  }
  return version;
}

result<void> migrate(SQLite::Database& database, const std::string& path) {
  const auto newest = static_cast<std::int32_t>(migrations().size());
  while (true) {
    SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
    CAMFLEET_TRY(const std::int32_t version, schema_version(database, path));
    if (version == newest) return success();
    database.exec(migrations()[static_cast<std::size_t>(version)]);
    database.exec("PRAGMA application_id = " + std::to_string(application_id));
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    step.commit();
  }
}

}  // namespace camfleet::store
