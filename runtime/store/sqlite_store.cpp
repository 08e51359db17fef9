#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>
#include <type_traits>

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <sqlite3.h>

#include "actors/text.hpp"
#include "actors/time.hpp"
#include "runtime/store/migrations.hpp"
#include "runtime/store/store.hpp"

namespace camfleet::store {
namespace {

constexpr int busy_milliseconds = 10'000;

/// A connection with its prepared statements; each use leaves the statement reset, also when it throws.
class Connection {
 public:
  Connection(const std::string& path, int flags) : database_(path, flags, busy_milliseconds) {}

  SQLite::Database& database() { return database_; }

  /// The number of rows that changed.
  template <class... Args>
  int run(std::string_view sql, const Args&... args) {
    const Use use(prepared(sql));
    if constexpr (sizeof...(args) > 0) SQLite::bind(use.statement, args...);
    return use.statement.exec();
  }

  /// `bind(statement)`, then `read(statement)` for each row.
  template <class Bind, class Read>
  void rows(std::string_view sql, const Bind& bind, const Read& read) {
    const Use use(prepared(sql));
    bind(use.statement);
    while (use.statement.executeStep()) read(use.statement);
  }
  template <class Read>
  void rows(std::string_view sql, const Read& read) {
    rows(
        sql, [](SQLite::Statement&) {}, read);
  }

 private:
  struct Use {
    explicit Use(SQLite::Statement& used) : statement(used) {}
    ~Use() { statement.tryReset(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    SQLite::Statement& statement;
  };

  SQLite::Statement& prepared(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      std::string text(sql);
      SQLite::Statement made(database_, text);
      found = statements_.emplace(std::move(text), std::move(made)).first;
    }
    return found->second;
  }

  SQLite::Database database_;
  std::map<std::string, SQLite::Statement, std::less<>> statements_;
};

std::string text_of(const SliceName& name) {
  return "the slice of instance " + std::to_string(name.instance) + ", device " + quote(name.device) +
         ", due " + to_iso(Instant(Duration(name.due)));
}

/// A JSON array of whole numbers.
std::string list_text(const std::vector<std::int64_t>& numbers) {
  std::string text = "[";
  for (const std::int64_t number : numbers) {
    if (text.size() > 1) text += ',';
    append_int(text, number);
  }
  return text += ']';
}

std::optional<std::vector<std::int64_t>> read_list(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const auto number = parse_int(text.substr(0, comma));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return numbers;
}

/// Stores one change; throws SQLite::Exception.
struct Apply {
  Connection& to;

  result<void> operator()(const PutInstance& change) const {
    const InstanceRecord& instance = change.instance;
    const int made = to.run(
        "INSERT INTO instances (id, project, name, fields, phases, created) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        instance.id, instance.project, instance.name, instance.fields, list_text(instance.phases),
        instance.created);
    if (made == 1) return success();
    return fail(Errc::broken_invariant, "instance " + std::to_string(instance.id),
                "is stored already; an id is given once");
  }

  result<void> operator()(const EndInstance& change) const {
    to.run("UPDATE instances SET ended = ? WHERE id = ? AND ended IS NULL", change.at, change.id);
    return success();
  }

  result<void> operator()(const RemoveDevices& change) const {
    for (const std::string& device : change.devices)
      to.run("INSERT OR IGNORE INTO removed_devices (instance, device) VALUES (?, ?)", change.instance,
             device);
    return success();
  }

  result<void> operator()(const PutDevice& change) const {
    to.run("INSERT OR REPLACE INTO devices (id, project, fields, created) VALUES (?, ?, ?, ?)",
           change.device.id, change.device.project, change.device.fields, change.device.created);
    return success();
  }

  result<void> operator()(const DropDevice& change) const {
    to.run("DELETE FROM devices WHERE id = ?", change.id);
    return (*this)(DropSwitches{change.id});
  }

  result<void> operator()(const SwitchStream& change) const {
    to.run("INSERT OR REPLACE INTO switched_streams (project, device, is_on) VALUES (?, ?, ?)",
           change.stream.project, change.stream.device, std::int32_t{change.stream.on});
    return success();
  }

  result<void> operator()(const DropSwitches& change) const {
    to.run("DELETE FROM switched_streams WHERE device = ?", change.device);
    return success();
  }

  result<void> operator()(const SliceDue& change) const {
    const SliceName& name = change.name;
    const int made = to.run(
        "INSERT INTO open_slices (instance, device, due, planned) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
        "(SELECT 1 FROM slices WHERE instance = ?1 AND device = ?2 AND due = ?3) ON CONFLICT DO NOTHING",
        name.instance, name.device, name.due, change.planned);
    if (made != 1) {
      return fail(Errc::broken_invariant, text_of(name), "became due twice; a slice becomes due once");
    }
    // It must outlive the slice.
    to.run("UPDATE instances SET last_due = max(ifnull(last_due, ?1), ?1) WHERE id = ?2", name.due,
           name.instance);
    return success();
  }

  result<void> operator()(const SliceEnded& change) const {
    const SliceName& name = change.slice.name;
    if (to.run("DELETE FROM open_slices WHERE instance = ? AND device = ? AND due = ?", name.instance,
               name.device, name.due) != 1) {
      return fail(Errc::broken_invariant, text_of(name),
                  "ended without being due, or twice; a slice ends once, after it became due");
    }
    if (to.run("INSERT INTO slices (instance, device, due, outcome, line) VALUES (?, ?, ?, ?, ?) "
               "ON CONFLICT DO NOTHING",
               name.instance, name.device, name.due, change.slice.outcome, change.slice.line) != 1) {
      return fail(Errc::broken_invariant, text_of(name), "has an outcome already; a slice ends once");
    }
    return success();
  }

  result<void> operator()(const PutFinding& change) const {
    const FindingRecord& finding = change.finding;
    to.run(
        "INSERT INTO findings (instance, device, due, algorithm, at, line, picture) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        finding.slice.instance, finding.slice.device, finding.slice.due, finding.algorithm, finding.at,
        finding.line, finding.picture);
    return success();
  }

  result<void> operator()(const Probe& /*change*/) const {
    SQLite::Database& database = to.database();
    // Written although it is the same: SQLite does not compare.
    database.exec("PRAGMA user_version = " + database.execAndGet("PRAGMA user_version").getString());
    return success();
  }
};

/// The conditions of a query and the values of their parameters.
class Filter {
 public:
  Filter(const Query& query, const std::string& time)
      : text_("instance IN (SELECT value FROM json_each(?))") {
    values_.emplace_back(list_text(query.instances));
    add("device = ?", query.device);
    add(time + " >= ?", query.from);
    add(time + " < ?", query.to);
  }

  template <class T>
  void add(const std::string& condition, const std::optional<T>& value) {
    if (!value) return;
    text_ += " AND " + condition;
    values_.emplace_back(*value);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// The number of the last parameter.
  int bind(SQLite::Statement& statement) const {
    int number = 0;
    for (const auto& value : values_) {
      ++number;
      std::visit([&](const auto& bound) { statement.bind(number, bound); }, value);
    }
    return number;
  }

 private:
  std::string text_;
  std::vector<std::variant<std::int64_t, std::string>> values_;
};

/// What is listed of a table, and in which order.
struct Listing {
  std::string table;
  std::string columns;
  std::string order;
  bool has_rowid = true;
};

std::int64_t clamped(std::size_t number) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(number, static_cast<std::size_t>(most)));
}

/// Within the caller's transaction.
template <class T, class Read>
Page<T> read_page(Connection& from, const Listing& listing, const Filter& filter, const Query& query,
                  const Read& read) {
  Page<T> page;
  from.rows(
      "SELECT count(*) FROM " + listing.table + " WHERE " + filter.text(),
      [&](SQLite::Statement& to) { filter.bind(to); },
      [&](SQLite::Statement& row) { page.total = static_cast<std::uint64_t>(row.getColumn(0).getInt64()); });
  const std::string what = " FROM " + listing.table + " WHERE ";
  const std::string which = filter.text() + " ORDER BY " + listing.order + " LIMIT ? OFFSET ?";
  from.rows(
      // The inner query runs on an index alone: rows that are not on the page are never read.
      listing.has_rowid ? "SELECT " + listing.columns + what + "rowid IN (SELECT rowid" + what + which +
                              ") ORDER BY " + listing.order
                        : "SELECT " + listing.columns + what + which,
      [&](SQLite::Statement& to) {
        const int last = filter.bind(to);
        to.bind(last + 1, clamped(query.limit));
        to.bind(last + 2, clamped(query.offset));
      },
      [&](SQLite::Statement& row) { page.items.push_back(read(row)); });
  return page;
}

SliceName read_name(SQLite::Statement& row, int column) {
  return {row.getColumn(column).getInt64(), row.getColumn(column + 1).getString(),
          row.getColumn(column + 2).getInt64()};
}

SliceRecord read_slice(SQLite::Statement& row) {
  return {read_name(row, 0), row.getColumn(3).getString(), row.getColumn(4).getString()};
}

OpenSlice read_open(SQLite::Statement& row) {
  return {read_name(row, 0), row.getColumn(3).getInt64()};
}

const std::string slice_order = "due DESC, instance DESC, device DESC";
const Listing open_listing{"open_slices", "instance, device, due, planned", slice_order, false};
const Listing ended_listing{"slices", "instance, device, due, outcome, line", slice_order};

const std::string finding_columns = "id, instance, device, due, algorithm, at, line, picture";

FindingRecord read_finding(SQLite::Statement& row) {
  return {row.getColumn(0).getInt64(),  read_name(row, 1),
          row.getColumn(4).getString(), row.getColumn(5).getInt64(),
          row.getColumn(6).getString(), row.getColumn(7).getString()};
}

/// Not of the disk, of memory or of others who use the file: it would come again.
bool is_of_the_change(const SQLite::Exception& error) {
  constexpr std::array own{SQLITE_ERROR,    SQLITE_TOOBIG, SQLITE_CONSTRAINT,
                           SQLITE_MISMATCH, SQLITE_RANGE,  SQLITE_MISUSE};
  return std::ranges::find(own, error.getErrorCode()) != own.end();
}

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::string path)
      : path_(std::move(path)), writer_(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {}

  /// Before anything else. Throws SQLite::Exception.
  result<void> prepare() {
    SQLite::Database& database = writer_.database();
    // Looked at first, so that another program's file stays as it is.
    CAMFLEET_CHECK(schema_version(database, path_));
    if (sqlite3_db_readonly(database.getHandle(), "main") == 1) {
      return fail(Errc::io, path_, "cannot be written; give a file that can");
    }
    if (database.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
      return fail(Errc::io, path_, "cannot be kept with a write-ahead log; give a file on a local disk");
    }
    database.exec("PRAGMA synchronous = FULL");
    CAMFLEET_CHECK(migrate(database, path_));
    reader_.emplace(path_, SQLite::OPEN_READONLY);
    return success();
  }

  result<void> commit(std::span<const Change> changes) override {
    if (changes.empty()) return success();
    const std::lock_guard lock(writing_);
    return guarded("cannot be written", [&]() -> result<void> {
      SQLite::Transaction whole(writer_.database(), SQLite::TransactionBehavior::IMMEDIATE);
      const Apply apply{writer_};
      for (const Change& change : changes) CAMFLEET_CHECK(std::visit(apply, change));
      whole.commit();
      return success();
    });
  }

  result<State> load() override {
    return read([this](Connection& from) -> result<State> {
      State state;
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
      from.rows("SELECT instance, device, due, planned FROM open_slices ORDER BY due, instance, device",
                [&](SQLite::Statement& row) { state.open_slices.push_back(read_open(row)); });
      return state;
    });
  }

  result<SlicePage> slices(const Query& query) override {
    return read([&](Connection& from) -> result<SlicePage> {
      const SQLite::Transaction one_view(from.database());
      SlicePage page;
      Query rest = query;
      Filter filter(query, "due");
      if (query.state != SliceState::ended && !query.outcome) {
        auto open = read_page<OpenSlice>(from, open_listing, filter, query, read_open);
        rest.offset -= std::min<std::uint64_t>(rest.offset, open.total);
        rest.limit -= open.items.size();
        page.total = open.total;
        page.open = std::move(open.items);
      }
      if (query.state != SliceState::open) {
        filter.add("outcome = ?", query.outcome);
        auto ended = read_page<SliceRecord>(from, ended_listing, filter, rest, read_slice);
        page.total += ended.total;
        page.ended = std::move(ended.items);
      }
      return page;
    });
  }

  result<Page<FindingRecord>> findings(const Query& query) override {
    static const Listing listing{"findings", finding_columns, "at DESC, id DESC"};
    Filter filter(query, "at");
    filter.add("algorithm = ?", query.algorithm);
    filter.add("id = ?", query.finding);
    filter.add("instr(line, ?) > 0", query.line_part);
    return read([&](Connection& from) -> result<Page<FindingRecord>> {
      const SQLite::Transaction one_view(from.database());
      return read_page<FindingRecord>(from, listing, filter, query, read_finding);
    });
  }

  result<std::optional<FindingRecord>> finding(std::int64_t id) override {
    return read([&](Connection& from) -> result<std::optional<FindingRecord>> {
      std::optional<FindingRecord> found;
      from.rows(
          "SELECT " + finding_columns + " FROM findings WHERE id = ?",
          [&](SQLite::Statement& to) { to.bind(1, id); },
          [&](SQLite::Statement& row) { found = read_finding(row); });
      return found;
    });
  }

 private:
  template <class Work>
  std::invoke_result_t<const Work&> guarded(const char* trouble, const Work& work) const {
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      const Errc code = is_of_the_change(error) ? Errc::broken_invariant : Errc::io;
      return fail(code, path_, std::string(trouble) + ": " + error.what());
    }
  }

  template <class Work>
  std::invoke_result_t<const Work&, Connection&> read(const Work& work) {
    const std::lock_guard lock(reading_);
    return guarded("cannot be read", [&] { return work(*reader_); });
  }

  result<void> load_instances(Connection& from, State& state) const {
    std::optional<std::int64_t> damaged;
    from.rows(
        "SELECT id, project, name, fields, phases, created, last_due FROM instances "
        "WHERE ended IS NULL ORDER BY id",
        [&](SQLite::Statement& row) {
          const std::int64_t id = row.getColumn(0).getInt64();
          auto phases = read_list(row.getColumn(4).getString());
          if (!phases) damaged = id;
          state.instances.push_back(
              {id, row.getColumn(1).getString(), row.getColumn(2).getString(), row.getColumn(3).getString(),
               std::move(phases).value_or(std::vector<Nanoseconds>{}), row.getColumn(5).getInt64()});
          if (!row.isColumnNull(6)) state.last_due.push_back({id, row.getColumn(6).getInt64(), {}});
        });
    auto of = state.last_due.begin();
    from.rows(
        "SELECT slices.instance, slices.device FROM instances JOIN slices ON slices.instance = instances.id "
        "AND slices.due = instances.last_due WHERE instances.ended IS NULL ORDER BY instances.id",
        [&](SQLite::Statement& row) {
          of = std::ranges::find(of, state.last_due.end(), row.getColumn(0).getInt64(), &LastDue::instance);
          of->ended.push_back(row.getColumn(1).getString());
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
  std::mutex writing_;
  std::mutex reading_;
  Connection writer_;
  std::optional<Connection> reader_;  // closes first: the writer then brings the log into the file
};

/// False for a file that SQLite would take for an empty one, and write over, only because it is short.
bool may_be_database(const std::string& path) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  std::ifstream file(path, std::ios::binary);
  std::string start(magic.size(), ' ');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  return file.gcount() == 0 || start == magic;
}

}  // namespace

result<std::unique_ptr<Store>> open_sqlite(const std::string& path) {
  if (path.empty()) return fail(Errc::io, "database", "has no path; give a file");
  const auto no_database = [&] {
    return fail(Errc::unsupported, path,
                "is no SQLite database; give a file that camfleet made, or a new one");
  };
  if (!may_be_database(path)) return no_database();
  try {
    auto store = std::make_unique<SqliteStore>(path);
    CAMFLEET_CHECK(store->prepare());
    return result<std::unique_ptr<Store>>(std::move(store));
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_NOTADB) return no_database();
    return fail(Errc::io, path,
                std::string("cannot be opened for writing: ") + error.what() +
                    "; give a file in a folder that is there and can be written");
  }
}

}  // namespace camfleet::store
