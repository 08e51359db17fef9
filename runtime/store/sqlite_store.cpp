#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <system_error>
#include <type_traits>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "runtime/store/migrations.hpp"
#include "runtime/store/readers.hpp"
#include "runtime/store/sqlite_changes.hpp"
#include "runtime/store/sqlite_connection.hpp"
#include "runtime/store/sqlite_file.hpp"
#include "runtime/store/sqlite_pages.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::store {
namespace {

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream left(text);
  for (std::string line; std::getline(left, line);) lines.push_back(line);
  return lines;
}

/// Not of the disk, of memory or of others who use the file: it would come again.
bool is_of_the_change(const SQLite::Exception& error) {
  constexpr std::array own{SQLITE_ERROR,    SQLITE_TOOBIG, SQLITE_CONSTRAINT,
                           SQLITE_MISMATCH, SQLITE_RANGE,  SQLITE_MISUSE};
  return std::ranges::find(own, error.getErrorCode()) != own.end();
}

bool is_of_damage(const SQLite::Exception& error) {
  return error.getErrorCode() == SQLITE_CORRUPT;
}

auto damaged(const std::string& path, const SQLite::Exception& error) {
  return fail(Errc::corrupt, path,
              std::string("is damaged: ") + error.what() +
                  "; keep it, and put back a whole copy of it and of its -wal");
}

/// What a page may take to read.
constexpr std::chrono::seconds longest_read(5);

/// From this size on the write-ahead log is brought into the file as soon as those who read are through;
/// while reads overlap, SQLite alone never begins it anew.
constexpr std::uintmax_t most_log = 16U << 20U;
/// How soon it is tried again where another process reads.
constexpr std::chrono::seconds shortens_again(10);

/// The schema from which on a store tells whether it was closed.
constexpr std::int32_t usage_version = 6;

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, bool has_log)
      : path_(std::move(path)),
        has_log_(has_log),
        writer_(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {}
  ~SqliteStore() override {
    if (!readers_) return;
    readers_.reset();
    const auto closed = guarded("cannot be written", [this]() -> result<void> {
      note_usage(false);
      // Also of a file that was moved: a log that stayed behind would be taken for that of the next one.
      writer_.database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return success();
    });
    // Without its log it would look as if that was lost.
    if (!closed.has_value())
      sqlite3_db_config(writer_.database().getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  /// Before anything else. Throws SQLite::Exception.
  result<void> prepare(const Opening& opening) {
    SQLite::Database& database = writer_.database();
    // Looked at first, so that another program's file stays as it is.
    CAMFLEET_TRY(const std::int32_t version, schema_version(database, path_));
    has_lost_log_ = !has_log_ && version >= usage_version && was_left_open(database);
    if (has_lost_log_ && opening.lost_log == LostLog::refuse)
      return fail(
          Errc::corrupt, path_,
          "was not closed, and its -wal, which holds its last changes, is gone; put that back beside it. "
          "Where there is none, or this is a copy that SQLite's backup made, --accept-lost-log goes on "
          "without");
    if (sqlite3_db_readonly(database.getHandle(), "main") == 1) {
      return fail(Errc::io, path_, "cannot be written; give a file that can");
    }
    if (database.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      return fail(Errc::io, path_, "cannot be kept with a write-ahead log; give a file on a local disk");
    }
    database.exec("PRAGMA synchronous = FULL");
    CAMFLEET_CHECK(migrate(database, path_, opening));
    readers_.emplace(path_);
    note_usage(true);
    // A log that is lost later must not take this with it.
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    return success();
  }

  result<Committed> commit(std::span<const Change> changes) override {
    if (changes.empty()) return Committed{};
    const std::lock_guard lock(writing_);
    auto outcome = guarded("cannot be written", [&]() -> result<Committed> {
      Committed committed;
      SQLite::Transaction whole(writer_.database(), SQLite::TransactionBehavior::IMMEDIATE);
      for (std::size_t i = 0; i < changes.size(); ++i) {
        CAMFLEET_TRY(const Applied applied, apply(writer_, changes[i]));
        if (applied == Applied::repeated) committed.repeated.push_back(i);
        if (applied == Applied::orphaned) committed.orphaned.push_back(i);
      }
      whole.commit();
      return committed;
    });
    if (log_bytes() >= most_log && std::chrono::steady_clock::now() >= shortens_from_) readers_->hold();
    shorten_log();
    return outcome;
  }

  result<State> load() override {
    const auto as_long_as_it_takes = std::chrono::hours(24);
    const auto all = [this](Connection& from) -> result<State> {
      State state;
      state.has_lost_log = has_lost_log_;
      const SQLite::Transaction one_view(from.database());
      CAMFLEET_CHECK(load_instances(from, state));
      from.rows("SELECT id, project, fields, created FROM devices ORDER BY created, id",
                [&](SQLite::Statement& row) {
                  state.devices.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                                           row.getColumn(2).getString(), row.getColumn(3).getInt64()});
                });
      from.rows("SELECT project, device, is_on FROM switched_streams", [&](SQLite::Statement& row) {
        state.switches.push_back(
            {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getInt() != 0});
      });
      from.rows(
          "SELECT instance, device, due, planned, so_far FROM open_slices ORDER BY due, instance, device",
          [&](SQLite::Statement& row) {
            state.open_slices.push_back(read_open(row));
            state.open_slices.back().so_far = row.getColumn(4).getString();
          });
      from.rows(
          "SELECT instance, due, until, line FROM slices WHERE until IS NOT NULL AND instance IN "
          "(SELECT id FROM instances WHERE ended IS NULL) ORDER BY instance, due",
          [&](SQLite::Statement& row) {
            state.spans.push_back({row.getColumn(0).getInt64(), row.getColumn(1).getInt64(),
                                   row.getColumn(2).getInt64(), row.getColumn(3).getString()});
          });
      load_cluster(from, state);
      from.rows("SELECT alive, is_rehearsal FROM life", [&](SQLite::Statement& row) {
        state.life = Life{row.getColumn(0).getInt64(), row.getColumn(1).getInt() != 0};
      });
      return state;
    };
    return read(all, as_long_as_it_takes);
  }

  result<Withdrawn> withdraw(Nanoseconds now) override {
    const std::lock_guard lock(writing_);
    return guarded("cannot be written", [&]() -> result<Withdrawn> {
      SQLite::Transaction whole(writer_.database(), SQLite::TransactionBehavior::IMMEDIATE);
      const Withdrawn withdrawn = withdraw_missed(writer_, now);
      whole.commit();
      return withdrawn;
    });
  }

  result<SlicePage> slices(const Query& query) override {
    return read([&](Connection& from) -> result<SlicePage> {
      const SQLite::Transaction one_view(from.database());
      return list_slices(from, query);
    });
  }

  result<Page<FindingRecord>> findings(const Query& query) override {
    return read([&](Connection& from) -> result<Page<FindingRecord>> {
      const SQLite::Transaction one_view(from.database());
      return list_findings(from, query);
    });
  }

  result<std::optional<FindingRecord>> finding(std::int64_t id) override {
    return read(
        [&](Connection& from) -> result<std::optional<FindingRecord>> { return find_finding(from, id); });
  }

 private:
  static bool was_left_open(SQLite::Database& database) {
    return database.execAndGet("SELECT ifnull(max(is_open), 0) FROM usage").getInt() == 1;
  }
  void note_usage(bool is_open) {
    writer_.run("INSERT OR REPLACE INTO usage (only, is_open) VALUES (1, ?)", std::int32_t{is_open});
  }

  static void load_cluster(Connection& from, State& state) {
    constexpr const char* nodes = "SELECT name, acu, region, algorithms, schemes FROM nodes ORDER BY name";
    from.rows(nodes, [&](SQLite::Statement& row) {
      state.nodes.push_back({row.getColumn(0).getString(), row.getColumn(1).getUInt(),
                             row.getColumn(2).getString(), lines_in(row.getColumn(3).getString()),
                             lines_in(row.getColumn(4).getString())});
    });
    from.rows("SELECT id FROM identity", [&](SQLite::Statement& row) {
      state.identity = static_cast<std::uint64_t>(row.getColumn(0).getInt64());
    });
    from.rows("SELECT node, spool, number FROM spools ORDER BY node, made", [&](SQLite::Statement& row) {
      state.spools.push_back({row.getColumn(0).getString(),
                              static_cast<std::uint64_t>(row.getColumn(1).getInt64()),
                              static_cast<std::uint64_t>(row.getColumn(2).getInt64())});
    });
  }

  template <class Work>
  std::invoke_result_t<const Work&> guarded(const char* trouble, const Work& work) const {
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      if (is_of_damage(error)) return damaged(path_, error);
      if (error.getErrorCode() == SQLITE_INTERRUPT)
        return fail(Errc::timed_out, "store",
                    "looking through its rows takes longer than " + std::to_string(longest_read.count()) +
                        " s; ask for one instance, one device or less time");
      const Errc code = is_of_the_change(error) ? Errc::broken_invariant : Errc::io;
      return fail(code, path_, std::string(trouble) + ": " + error.what());
    }
  }

  template <class Work>
  std::invoke_result_t<const Work&, Connection&> read(const Work& work,
                                                      std::chrono::nanoseconds span = longest_read) {
    const Reading reading{this};
    const Readers::Lease from(*readers_);
    return guarded("cannot be read", [&] {
      (*from).allow(span);
      return work(*from);
    });
  }

  /// Whoever was the last to read shortens the log, however the reading ended.
  struct Reading {
    explicit Reading(SqliteStore* of) : store(of) {}
    ~Reading() {
      if (!store->readers_->are_drained()) return;
      const std::lock_guard lock(store->writing_);
      store->shorten_log();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    SqliteStore* store;
  };

  [[nodiscard]] std::uintmax_t log_bytes() {
    std::error_code none;
    const char* const log = sqlite3_filename_wal(sqlite3_db_filename(writer_.database().getHandle(), "main"));
    const auto bytes = std::filesystem::file_size(log, none);
    return none ? 0 : bytes;
  }

  /// Once nobody reads, where that was waited for. Within `writing_`.
  void shorten_log() {
    if (!readers_->are_drained()) return;
    sqlite3* const database = writer_.database().getHandle();
    // Another process that reads is not waited for.
    sqlite3_busy_timeout(database, 0);
    const int code =
        sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(database, busy_milliseconds);
    if (code != SQLITE_OK) shortens_from_ = std::chrono::steady_clock::now() + shortens_again;
    readers_->let_go();
  }

  result<void> load_instances(Connection& from, State& state) const {
    std::optional<std::int64_t> damaged;
    const auto read_instance = [](SQLite::Statement& row) -> InstanceRecord {
      return {row.getColumn(0).getInt64(),
              row.getColumn(1).getString(),
              row.getColumn(2).getString(),
              row.getColumn(3).getString(),
              {},
              row.getColumn(4).getInt64()};
    };
    from.rows(
        "SELECT id, project, name, fields, created, phases, last_due FROM instances "
        "WHERE ended IS NULL ORDER BY id",
        [&](SQLite::Statement& row) {
          InstanceRecord& instance = state.instances.emplace_back(read_instance(row));
          auto phases = read_list(row.getColumn(5).getString());
          if (!phases) damaged = instance.id;
          instance.phases = std::move(phases).value_or(std::vector<Nanoseconds>{});
          if (!row.isColumnNull(6)) state.last_due.push_back({instance.id, row.getColumn(6).getInt64(), {}});
        });
    from.rows(
        "SELECT id, project, name, fields, created FROM instances "
        "WHERE ended IS NOT NULL AND id IN (SELECT instance FROM open_slices) ORDER BY id",
        [&](SQLite::Statement& row) { state.ended_instances.push_back(read_instance(row)); });
    auto of = state.last_due.begin();
    from.rows(
        "SELECT slices.instance, slices.device, slices.due FROM instances CROSS JOIN slices INDEXED BY "
        "slices_by_outcome ON slices.instance = "
        "instances.id AND slices.outcome IN ('done', 'partial', 'missed', 'skipped') AND slices.due >= "
        "instances.last_due AND slices.until IS NULL "
        "WHERE instances.ended IS NULL ORDER BY instances.id",
        [&](SQLite::Statement& row) {
          of = std::ranges::find(of, state.last_due.end(), row.getColumn(0).getInt64(), &LastDue::instance);
          of->ended.push_back({row.getColumn(1).getString(), row.getColumn(2).getInt64()});
        });
    from.rows("SELECT ifnull(max(id), 0) FROM instances",
              [&](SQLite::Statement& row) { state.last_instance = row.getColumn(0).getInt64(); });
    from.rows(
        "SELECT instance, device FROM removed_devices WHERE instance IN "
        "(SELECT id FROM instances WHERE ended IS NULL)",
        [&](SQLite::Statement& row) {
          state.removed_devices.emplace_back(row.getColumn(0).getInt64(), row.getColumn(1).getString());
        });
    if (!damaged) return success();
    return fail(Errc::io, path_,
                "the phases of instance " + std::to_string(*damaged) +
                    " are damaged; they are a JSON list of whole numbers");
  }

  const std::string path_;
  const bool has_log_;  ///< before it was opened
  bool has_lost_log_ = false;
  std::mutex writing_;
  std::chrono::steady_clock::time_point shortens_from_;  ///< it could not be, and is not tried before
  Connection writer_;
  std::optional<Readers> readers_;  // close first: the writer then brings the log into the file
};

}  // namespace

result<std::unique_ptr<Store>> open_sqlite(const std::string& path, const Opening& opening) {
  if (path.empty()) return fail(Errc::io, "database", "has no path; give a file");
  CAMFLEET_TRY(const bool has_log, look_at_file(path));
  try {
    auto store = std::make_unique<SqliteStore>(path, has_log);
    CAMFLEET_CHECK(store->prepare(opening));
    return result<std::unique_ptr<Store>>(std::move(store));
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_NOTADB) return no_database(path);
    if (is_of_damage(error)) return damaged(path, error);
    return fail(Errc::io, path,
                std::string("cannot be opened for writing: ") + error.what() +
                    "; give a file in a folder that is there and can be written");
  }
}

}  // namespace camfleet::store
