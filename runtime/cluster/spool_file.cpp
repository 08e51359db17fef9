#include "runtime/cluster/spool_file.hpp"

#include <algorithm>
#include <random>

#include "runtime/cluster/records.hpp"

namespace camfleet::cluster {
namespace {

constexpr int spool_version = 3;
/// Had no ended slices.
constexpr int version_of_results = 2;
/// Removed at once, where the spool is full: otherwise each further result would be looked at by itself.
constexpr std::uint64_t made_room_part = 50;

std::int64_t signed_of(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}
std::uint64_t unsigned_at(SQLite::Statement& row, int column) {
  return static_cast<std::uint64_t>(row.getColumn(column).getInt64());
}

/// While one lives, commits do not wait for the disk: what comes back after a power cut is known to the
/// scheduler.
class Unhurried {
 public:
  explicit Unhurried(SQLite::Database& database) : database_(&database) {
    database.exec("PRAGMA synchronous = NORMAL");
  }
  ~Unhurried() { database_->tryExec("PRAGMA synchronous = FULL"); }
  Unhurried(const Unhurried&) = delete;
  Unhurried& operator=(const Unhurried&) = delete;

 private:
  SQLite::Database* database_;
};

}  // namespace

SpoolFile::SpoolFile(const std::string& path)
    : path_(path), connection_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
  connection_.database().setBusyTimeout(1000);
}

result<void> SpoolFile::begin() {
  auto& database = connection_.database();
  // One process has it: another would use the same numbers. What was sent is not to be forgotten by a machine
  // that loses power: its numbers would be used again.
  // A picture is on two pages in the place of a dozen, and what is removed is neither written over first nor,
  // as a rule, written a second time.
  database.exec(
      "PRAGMA page_size = 32768; PRAGMA secure_delete = OFF; PRAGMA locking_mode = EXCLUSIVE; "
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000");
  database.exec("BEGIN IMMEDIATE; COMMIT");
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version != 0 && version != version_of_results && version != spool_version)
    return fail(Errc::unsupported, path_, "is no spool of this camfleet; give another file");
  if (version != spool_version) {
    SQLite::Transaction making(database);
    if (version == 0) {
      database.exec(
          "CREATE TABLE spool (id INTEGER NOT NULL, acknowledged INTEGER NOT NULL, fleet INTEGER NOT NULL);"
          "CREATE TABLE results (number INTEGER PRIMARY KEY, record BLOB NOT NULL, picture BLOB NOT NULL)");
      std::random_device random;
      connection_.run("INSERT INTO spool VALUES (?, 0, 0)",
                      signed_of((std::uint64_t{random()} << 31U) ^ std::uint64_t{random()}));
    }
    database.exec(
        "CREATE TABLE ended (instance TEXT NOT NULL, device TEXT NOT NULL, due_at INTEGER NOT NULL, "
        "protocol INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (instance, device, due_at)) "
        "WITHOUT ROWID");
    database.exec("PRAGMA user_version = " + std::to_string(spool_version));
    making.commit();
  }
  connection_.rows("SELECT id, acknowledged FROM spool", [&](SQLite::Statement& row) {
    id_ = unsigned_at(row, 0);
    acknowledged_ = unsigned_at(row, 1);
  });
  recount();
  return success();
}

std::uint64_t SpoolFile::last_number() {
  std::uint64_t last = acknowledged_;
  connection_.rows("SELECT coalesce(max(number), 0) FROM results",
                   [&](SQLite::Statement& row) { last = std::max(last, unsigned_at(row, 0)); });
  return last;
}

std::vector<Result> SpoolFile::read(std::uint64_t after, std::uint64_t bytes) {
  std::vector<Result> found;
  std::uint64_t size = 0;
  connection_.rows_while(
      "SELECT number, record, picture FROM results WHERE number > ? ORDER BY number",
      [&](SQLite::Statement& statement) { statement.bind(1, signed_of(after)); },
      [&](SQLite::Statement& row) {
        const SQLite::Column picture = row.getColumn(2);
        const auto* first = static_cast<const std::uint8_t*>(picture.getBlob());
        found.push_back(
            {unsigned_at(row, 0), row.getColumn(1).getString(), {first, first + picture.getBytes()}});
        size += found.back().record.size() + found.back().picture.size();
        return size < bytes;
      });
  return found;
}

void SpoolFile::acknowledge(std::uint64_t number) {
  if (number <= acknowledged_) return;
  const Unhurried unhurried(connection_.database());
  SQLite::Transaction removing(connection_.database());
  std::uint64_t bytes = 0;
  connection_.rows(
      "SELECT coalesce(sum(length(record) + length(picture)), 0) FROM results WHERE number <= ?",
      [&](SQLite::Statement& statement) { statement.bind(1, signed_of(number)); },
      [&](SQLite::Statement& row) { bytes = unsigned_at(row, 0); });
  const int gone = connection_.run("DELETE FROM results WHERE number <= ?", signed_of(number));
  connection_.run("UPDATE spool SET acknowledged = ?", signed_of(number));
  removing.commit();
  acknowledged_ = number;
  size_.results -= static_cast<std::uint64_t>(gone);
  size_.bytes -= bytes;
}

std::uint64_t SpoolFile::fleet() {
  std::uint64_t fleet = 0;
  connection_.rows("SELECT fleet FROM spool", [&](SQLite::Statement& row) { fleet = unsigned_at(row, 0); });
  return fleet;
}

std::uint64_t SpoolFile::belong_to(std::uint64_t fleet) {
  const std::uint64_t before = this->fleet();
  if (before == fleet) return 0;
  SQLite::Transaction changing(connection_.database());
  int gone = 0;
  if (before != 0) {
    gone = connection_.run("DELETE FROM results");
    connection_.run("DELETE FROM ended");
  }
  connection_.run("UPDATE spool SET fleet = ?", signed_of(fleet));
  changing.commit();
  recount();
  return static_cast<std::uint64_t>(gone);
}

std::vector<EndedSlice> SpoolFile::ended() {
  std::vector<EndedSlice> ended;
  connection_.rows(
      "SELECT instance, device, due_at, records FROM ended WHERE protocol = ?",
      [](SQLite::Statement& statement) { statement.bind(1, std::int64_t{protocol_version}); },
      [&](SQLite::Statement& row) {
        ended.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                         Instant(Duration(row.getColumn(2).getInt64())), row.getColumn(3).getString()});
      });
  return ended;
}

void SpoolFile::recount() {
  connection_.rows("SELECT count(*), coalesce(sum(length(record) + length(picture)), 0) FROM results",
                   [&](SQLite::Statement& row) {
                     size_ = {unsigned_at(row, 0), unsigned_at(row, 1)};
                   });
}

SpoolFile::GivenWay SpoolFile::write(const Group& group, std::uint64_t most) {
  const auto write_all = [&] {
    SQLite::Transaction writing(connection_.database());
    put(group);
    const GivenWay given = make_room(most);
    writing.commit();
    return given;
  };
  if (!group.results.empty() || !group.ended.empty()) return write_all();
  const Unhurried unhurried(connection_.database());
  return write_all();
}

void SpoolFile::put(const Group& group) {
  const auto bind_bytes = [](SQLite::Statement& statement, int index, const auto& bytes) {
    // Null stands for no bytes at all, not for none.
    const void* first = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    statement.bindNoCopy(index, first, static_cast<int>(bytes.size()));
  };
  for (const Result& one : group.results) {
    connection_.run_with("INSERT INTO results VALUES (?, ?, ?)", [&](SQLite::Statement& statement) {
      statement.bind(1, signed_of(one.number));
      bind_bytes(statement, 2, one.record);
      bind_bytes(statement, 3, one.picture);
    });
    size_.bytes += one.record.size() + one.picture.size();
  }
  size_.results += group.results.size();
  for (const EndedSlice& one : group.ended) {
    connection_.run_with("INSERT OR REPLACE INTO ended VALUES (?, ?, ?, ?, ?)",
                         [&](SQLite::Statement& statement) {
                           statement.bind(1, one.instance);
                           statement.bind(2, one.device);
                           statement.bind(3, std::int64_t{one.due_at.time_since_epoch().count()});
                           statement.bind(4, std::int64_t{protocol_version});
                           bind_bytes(statement, 5, one.records);
                         });
  }
  for (const EndedSlice& one : group.forgotten)
    connection_.run("DELETE FROM ended WHERE instance = ? AND device = ? AND due_at = ?", one.instance,
                    one.device, std::int64_t{one.due_at.time_since_epoch().count()});
}

SpoolFile::GivenWay SpoolFile::make_room(std::uint64_t most) {
  GivenWay given;
  if (size_.bytes <= most) return given;
  const std::uint64_t excess = size_.bytes - (most - most / made_room_part);
  const Dropped pictures = drop(excess, "length(picture)",
                                "UPDATE results SET picture = x'' WHERE number <= ? AND length(picture) > 0");
  given.pictures = pictures.count;
  if (pictures.bytes >= excess) return given;
  given.findings = drop(excess - pictures.bytes, "length(record) + length(picture)",
                        "DELETE FROM results WHERE number <= ?")
                       .count;
  return given;
}

SpoolFile::Dropped SpoolFile::drop(std::uint64_t bytes, const std::string& size, const char* how) {
  std::uint64_t freed = 0;
  std::int64_t last = 0;
  connection_.rows_while(
      "SELECT number, " + size + " FROM results WHERE " + size + " > 0 ORDER BY number",
      [](SQLite::Statement&) {},
      [&](SQLite::Statement& row) {
        last = row.getColumn(0).getInt64();
        freed += unsigned_at(row, 1);
        return freed < bytes;
      });
  const int gone = connection_.run(how, last);
  recount();
  return {freed, static_cast<std::uint64_t>(gone)};
}

}  // namespace camfleet::cluster
