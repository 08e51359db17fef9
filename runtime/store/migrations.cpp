#include "runtime/store/migrations.hpp"

#include <array>
#include <functional>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

namespace camfleet::store {
namespace {

constexpr std::array<const char*, 9> all_migrations{
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
    // Every order that a page can have has its index, and counts are kept by six hours: no page reads more
    // than its own rows and those that it skips.
    R"sql(
ALTER TABLE slices ADD COLUMN reason TEXT;
ALTER TABLE slices ADD COLUMN node TEXT;
ALTER TABLE slices ADD COLUMN samples INTEGER;
ALTER TABLE slices ADD COLUMN analysed INTEGER;
ALTER TABLE slices ADD COLUMN gated INTEGER;
UPDATE slices SET
  reason = CAST(json_extract(line, '$.reason') AS TEXT),
  node = CAST(json_extract(line, '$.node') AS TEXT),
  samples = (SELECT CAST(sum(json_extract(value, '$.due')) AS INTEGER) FROM json_each(line, '$.algorithms') WHERE type = 'object'),
  analysed = (SELECT CAST(sum(json_extract(value, '$.analysed')) AS INTEGER) FROM json_each(line, '$.algorithms') WHERE type = 'object'),
  gated = (SELECT CAST(sum(json_extract(value, '$.gated')) AS INTEGER) FROM json_each(line, '$.algorithms') WHERE type = 'object')
WHERE json_valid(line);
DROP INDEX slices_by_due;
CREATE INDEX slices_by_outcome ON slices (instance, outcome, due, device, reason);
CREATE INDEX slices_newest ON slices (outcome, due, instance, device, reason);
CREATE INDEX slices_by_device ON slices (device, due, instance, outcome, reason);
CREATE TABLE slice_counts (
  span INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  slices INTEGER NOT NULL,
  PRIMARY KEY (instance, span, outcome, reason)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER slice_is_counted AFTER INSERT ON slices BEGIN
  INSERT INTO slice_counts VALUES
    (-1000000000, new.instance, new.outcome, ifnull(new.reason, ''), 1),
    (new.due / 10800000000000 - (new.due % 10800000000000 < 0), new.instance, new.outcome, ifnull(new.reason, ''), 1)
  ON CONFLICT DO UPDATE SET slices = slices + 1;
END;
CREATE TRIGGER slice_is_not_counted AFTER DELETE ON slices BEGIN
  UPDATE slice_counts SET slices = slices - 1 WHERE instance = old.instance AND outcome = old.outcome
    AND reason = ifnull(old.reason, '')
    AND span IN (-1000000000, old.due / 10800000000000 - (old.due % 10800000000000 < 0));
END;
CREATE INDEX slice_counts_of_all_time ON slice_counts (instance, outcome, reason, slices) WHERE span = -1000000000;
CREATE INDEX slice_counts_by_span ON slice_counts (span, instance, outcome, reason, slices);
INSERT INTO slice_counts
  SELECT due / 10800000000000 - (due % 10800000000000 < 0), instance, outcome, ifnull(reason, ''), count(*)
  FROM slices GROUP BY 1, 2, 3, 4;
INSERT INTO slice_counts
  SELECT -1000000000, instance, outcome, reason, sum(slices) FROM slice_counts GROUP BY 2, 3, 4;
DROP INDEX findings_by_at;
CREATE UNIQUE INDEX findings_once ON findings (instance, algorithm, at, device, due);
CREATE INDEX findings_newest ON findings (algorithm, at, instance, device);
CREATE INDEX findings_by_device ON findings (device, at, instance, algorithm);
CREATE TABLE finding_labels (
  label TEXT NOT NULL,
  at INTEGER NOT NULL,
  finding INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  device TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  PRIMARY KEY (label, at, finding)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding_counts (
  span INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  findings INTEGER NOT NULL,
  PRIMARY KEY (instance, span, algorithm)
) STRICT, WITHOUT ROWID;
CREATE TABLE label_counts (
  label TEXT NOT NULL,
  span INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  findings INTEGER NOT NULL,
  PRIMARY KEY (label, instance, span, algorithm)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER label_is_counted AFTER INSERT ON finding_labels BEGIN
  INSERT INTO label_counts VALUES
    (new.label, -1000000000, new.instance, new.algorithm, 1),
    (new.label, new.at / 10800000000000 - (new.at % 10800000000000 < 0), new.instance, new.algorithm, 1)
  ON CONFLICT DO UPDATE SET findings = findings + 1;
END;
CREATE TRIGGER label_is_not_counted AFTER DELETE ON finding_labels BEGIN
  UPDATE label_counts SET findings = findings - 1 WHERE label = old.label AND instance = old.instance
    AND algorithm = old.algorithm
    AND span IN (-1000000000, old.at / 10800000000000 - (old.at % 10800000000000 < 0));
END;
INSERT OR IGNORE INTO finding_labels
  SELECT json_extract(box.value, '$.label'), at, findings.id, instance, device, algorithm
  FROM findings, json_each(CASE WHEN json_valid(line) THEN line ELSE '{}' END, '$.boxes') AS box
  WHERE box.type = 'object' AND json_type(box.value, '$.label') = 'text';
CREATE TRIGGER finding_is_counted AFTER INSERT ON findings BEGIN
  INSERT INTO finding_counts VALUES
    (-1000000000, new.instance, new.algorithm, 1),
    (new.at / 10800000000000 - (new.at % 10800000000000 < 0), new.instance, new.algorithm, 1)
  ON CONFLICT DO UPDATE SET findings = findings + 1;
  INSERT OR IGNORE INTO finding_labels
    SELECT json_extract(box.value, '$.label'), new.at, new.id, new.instance, new.device, new.algorithm
    FROM json_each(CASE WHEN json_valid(new.line) THEN new.line ELSE '{}' END, '$.boxes') AS box
    WHERE box.type = 'object' AND json_type(box.value, '$.label') = 'text';
END;
CREATE TRIGGER finding_is_not_counted AFTER DELETE ON findings BEGIN
  UPDATE finding_counts SET findings = findings - 1 WHERE instance = old.instance AND algorithm = old.algorithm
    AND span IN (-1000000000, old.at / 10800000000000 - (old.at % 10800000000000 < 0));
  DELETE FROM finding_labels WHERE at = old.at AND finding = old.id AND label IN
    (SELECT json_extract(box.value, '$.label')
     FROM json_each(CASE WHEN json_valid(old.line) THEN old.line ELSE '{}' END, '$.boxes') AS box WHERE box.type = 'object');
END;
CREATE INDEX finding_counts_of_all_time ON finding_counts (instance, algorithm, findings) WHERE span = -1000000000;
CREATE INDEX finding_counts_by_span ON finding_counts (span, instance, algorithm, findings);
CREATE INDEX label_counts_by_span ON label_counts (label, span, instance, algorithm, findings);
CREATE INDEX labels_by_device ON finding_labels (label, device, at, finding, instance, algorithm);
CREATE INDEX labels_by_instance ON finding_labels (label, instance, at, finding, device, algorithm);
CREATE INDEX label_counts_of_all_time ON label_counts (label, instance, algorithm, findings) WHERE span = -1000000000;
INSERT INTO finding_counts
  SELECT at / 10800000000000 - (at % 10800000000000 < 0), instance, algorithm, count(*)
  FROM findings GROUP BY 1, 2, 3;
INSERT INTO finding_counts SELECT -1000000000, instance, algorithm, sum(findings) FROM finding_counts GROUP BY 2, 3;
)sql",
    R"sql(
CREATE TABLE nodes (
  name TEXT NOT NULL PRIMARY KEY,
  acu INTEGER NOT NULL,
  region TEXT NOT NULL,
  algorithms TEXT NOT NULL  -- a line each
) WITHOUT ROWID;
CREATE TABLE spools (
  made INTEGER PRIMARY KEY AUTOINCREMENT,
  node TEXT NOT NULL,
  spool INTEGER NOT NULL,
  number INTEGER NOT NULL,
  UNIQUE (node, spool)
);
CREATE TABLE identity (id INTEGER NOT NULL);
INSERT INTO identity VALUES (random() | 1);
)sql",
    R"sql(
ALTER TABLE nodes ADD COLUMN schemes TEXT NOT NULL DEFAULT '';  -- a line each; none: not known
ALTER TABLE open_slices ADD COLUMN so_far TEXT NOT NULL DEFAULT '';
)sql",
};

std::int32_t pragma(SQLite::Database& database, const char* query) {
  return database.execAndGet(query).getInt();
}

/// While one lives, statements end with SQLITE_INTERRUPT once `give_up` says so.
class GivesUp {
 public:
  GivesUp(SQLite::Database& database, const std::function<bool()>& give_up)
      : database_(database.getHandle()), give_up_(&give_up) {
    constexpr int steps = 100'000;
    const auto ask = [](void* self) { return (*static_cast<GivesUp*>(self)->give_up_)() ? 1 : 0; };
    if (give_up) sqlite3_progress_handler(database_, steps, ask, this);
  }
  ~GivesUp() { sqlite3_progress_handler(database_, 0, nullptr, nullptr); }
  GivesUp(const GivesUp&) = delete;
  GivesUp& operator=(const GivesUp&) = delete;

 private:
  sqlite3* database_;
  const std::function<bool()>* give_up_;
};

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

result<void> migrate(SQLite::Database& database, const std::string& path, const Opening& opening) {
  const auto newest = static_cast<std::int32_t>(migrations().size());
  const GivesUp gives_up(database, opening.give_up);
  CAMFLEET_TRY(const std::int32_t before, schema_version(database, path));
  while (true) {
    SQLite::Transaction step(database, SQLite::TransactionBehavior::IMMEDIATE);
    CAMFLEET_TRY(const std::int32_t version, schema_version(database, path));
    if (version == newest) return success();
    if (before > 0 && opening.migrates) opening.migrates(version, version + 1);
    try {
      database.exec(migrations()[static_cast<std::size_t>(version)]);
    } catch (const SQLite::Exception& error) {
      if (error.getErrorCode() != SQLITE_INTERRUPT) throw;
      return fail(Errc::ended, path,
                  "was given up on its way to schema " + std::to_string(version + 1) + "; it is as it was");
    }
    database.exec("PRAGMA application_id = " + std::to_string(application_id));
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    step.commit();
  }
}

}  // namespace camfleet::store
