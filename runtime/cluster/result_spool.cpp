#include "runtime/cluster/result_spool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "runtime/store/sqlite_connection.hpp"
#include "runtime/store/sqlite_file.hpp"

namespace camfleet::cluster {
namespace {

/// Kept in memory of what is written.
constexpr std::uint64_t most_recent_bytes = 8ULL << 20U;
constexpr int spool_version = 2;
/// Removed at once, where the spool is full: otherwise each further result would be looked at by itself.
constexpr std::uint64_t made_room_part = 50;

std::int64_t signed_of(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

}  // namespace

class ResultSpool::Impl {
 public:
  Impl(const std::string& path, const Limits& limits, Durable durable, Failed failed)
      : path_(path),
        limits_(limits),
        on_durable_(std::move(durable)),
        failed_(std::move(failed)),
        file_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
    file_.database().setBusyTimeout(1000);
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    work_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  result<void> begin() {
    auto& database = file_.database();
    // One process has it: another would use the same numbers. What was sent is not to be forgotten by a
    // machine that loses power: its numbers would be used again.
    // A picture is on two pages in the place of a dozen, and what is removed is neither written over first
    // nor, as a rule, written a second time.
    database.exec(
        "PRAGMA page_size = 32768; PRAGMA secure_delete = OFF; PRAGMA locking_mode = EXCLUSIVE; "
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000");
    database.exec("BEGIN IMMEDIATE; COMMIT");
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version != 0 && version != spool_version)
      return fail(Errc::unsupported, path_, "is no spool of this camfleet; give another file");
    if (version == 0) {
      SQLite::Transaction making(database);
      database.exec(
          "CREATE TABLE spool (id INTEGER NOT NULL, acknowledged INTEGER NOT NULL, fleet INTEGER NOT NULL);"
          "CREATE TABLE results (number INTEGER PRIMARY KEY, record BLOB NOT NULL, picture BLOB NOT NULL)");
      std::random_device random;
      file_.run("INSERT INTO spool VALUES (?, 0, 0)",
                signed_of((std::uint64_t{random()} << 31U) ^ std::uint64_t{random()}));
      database.exec("PRAGMA user_version = " + std::to_string(spool_version));
      making.commit();
    }
    file_.rows("SELECT id, acknowledged FROM spool", [&](SQLite::Statement& row) {
      id_ = static_cast<std::uint64_t>(row.getColumn(0).getInt64());
      acknowledged_ = static_cast<std::uint64_t>(row.getColumn(1).getInt64());
    });
    last_ = acknowledged_;
    file_.rows("SELECT coalesce(max(number), 0) FROM results", [&](SQLite::Statement& row) {
      last_ = std::max(last_, static_cast<std::uint64_t>(row.getColumn(0).getInt64()));
    });
    durable_ = last_;
    recount();
    thread_ = std::thread([this] { run(); });
    return success();
  }

  [[nodiscard]] std::uint64_t id() const { return id_; }

  std::uint64_t add(std::string record, std::string picture) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_bytes_ + picture.size() > limits_.waiting_bytes && !picture.empty()) {
        picture.clear();
        ++counts_.pictures_lost;
      }
      waiting_bytes_ += picture.size();
      number = ++last_;
      waiting_.push_back({number, std::move(record), std::move(picture)});
    }
    work_.notify_one();
    return number;
  }

  void count_lost_picture() {
    const std::lock_guard lock(mutex_);
    ++counts_.pictures_lost;
  }
  [[nodiscard]] std::uint64_t durable() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }

  result<std::vector<Result>> read(std::uint64_t after, std::uint64_t bytes) {
    std::vector<Result> found = take_recent(after, bytes);
    if (!found.empty()) return found;
    const std::lock_guard lock(file_mutex_);
    try {
      std::uint64_t size = 0;
      file_.rows_while(
          "SELECT number, record, picture FROM results WHERE number > ? ORDER BY number",
          [&](SQLite::Statement& statement) { statement.bind(1, signed_of(after)); },
          [&](SQLite::Statement& row) {
            found.push_back({static_cast<std::uint64_t>(row.getColumn(0).getInt64()),
                             row.getColumn(1).getString(), row.getColumn(2).getString()});
            size += found.back().record.size() + found.back().picture.size();
            return size < bytes;
          });
    } catch (const SQLite::Exception& error) {
      return fail(Errc::io, path_, error.what());
    }
    return found;
  }

  bool acknowledge(std::uint64_t number) {
    const std::lock_guard lock(file_mutex_);
    if (number <= acknowledged_) return true;
    try {
      // What comes back after a power cut is known to the scheduler.
      const Unhurried unhurried(file_.database());
      SQLite::Transaction removing(file_.database());
      std::uint64_t bytes = 0;
      file_.rows(
          "SELECT coalesce(sum(length(record) + length(picture)), 0) FROM results WHERE number <= ?",
          [&](SQLite::Statement& statement) { statement.bind(1, signed_of(number)); },
          [&](SQLite::Statement& row) { bytes = static_cast<std::uint64_t>(row.getColumn(0).getInt64()); });
      const int gone = file_.run("DELETE FROM results WHERE number <= ?", signed_of(number));
      file_.run("UPDATE spool SET acknowledged = ?", signed_of(number));
      removing.commit();
      acknowledged_ = number;
      count(-std::int64_t{gone}, -static_cast<std::int64_t>(bytes));
      return true;
    } catch (const SQLite::Exception& error) {
      failed_({Errc::io, path_, error.what()});
      return false;
    }
  }

  std::uint64_t belong_to(std::uint64_t fleet) {
    const std::lock_guard lock(file_mutex_);
    try {
      std::int64_t before = 0;
      file_.rows("SELECT fleet FROM spool",
                 [&](SQLite::Statement& row) { before = row.getColumn(0).getInt64(); });
      if (before == signed_of(fleet)) return 0;
      SQLite::Transaction changing(file_.database());
      const int gone = before == 0 ? 0 : file_.run("DELETE FROM results");
      file_.run("UPDATE spool SET fleet = ?", signed_of(fleet));
      changing.commit();
      recount();
      const std::lock_guard counts(mutex_);
      recent_.clear();
      recent_bytes_ = 0;
      counts_.findings_lost += static_cast<std::uint64_t>(gone);
      return static_cast<std::uint64_t>(gone);
    } catch (const SQLite::Exception& error) {
      failed_({Errc::io, path_, error.what()});
      return 0;
    }
  }

  [[nodiscard]] Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  /// While one lives, commits do not wait for the disk.
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

  /// Of the file, whose mutex is held.
  void recount() {
    file_.rows("SELECT count(*), coalesce(sum(length(record) + length(picture)), 0) FROM results",
               [&](SQLite::Statement& row) {
                 const std::lock_guard lock(mutex_);
                 counts_.results = static_cast<std::uint64_t>(row.getColumn(0).getInt64());
                 counts_.bytes = static_cast<std::uint64_t>(row.getColumn(1).getInt64());
               });
  }
  void count(std::int64_t results, std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    counts_.results += static_cast<std::uint64_t>(results);
    counts_.bytes += static_cast<std::uint64_t>(bytes);
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      std::vector<Result> group = std::exchange(waiting_, {});
      waiting_bytes_ = 0;
      lock.unlock();
      const bool is_written = write(group);
      lock.lock();
      if (!is_written) counts_.findings_lost += group.size();
      const std::uint64_t last = durable_ = group.back().number;
      // What has given way is not to be sent from memory.
      if (std::exchange(has_given_way_, false)) {
        recent_.clear();
        recent_bytes_ = 0;
      } else if (is_written) {
        remember(group);
      }
      lock.unlock();
      on_durable_(last);
      lock.lock();
    }
  }

  /// As many of the newest are kept in memory: they need not be read again. The mutex is held.
  void remember(std::vector<Result>& group) {
    for (Result& one : group) {
      recent_bytes_ += one.picture.size() + one.record.size();
      recent_.push_back(std::move(one));
    }
    while (recent_bytes_ > most_recent_bytes) forget_oldest();
  }
  void forget_oldest() {
    recent_bytes_ -= recent_.front().picture.size() + recent_.front().record.size();
    recent_.pop_front();
  }
  /// Those after `after`, where the next one is in memory; then they are there no longer.
  std::vector<Result> take_recent(std::uint64_t after, std::uint64_t bytes) {
    std::vector<Result> taken;
    const std::lock_guard lock(mutex_);
    while (!recent_.empty() && recent_.front().number <= after) forget_oldest();
    for (std::uint64_t size = 0; size < bytes && !recent_.empty() && recent_.front().number == after + 1;
         ++after) {
      Result& next = recent_.front();
      size += next.picture.size() + next.record.size();
      recent_bytes_ -= next.picture.size() + next.record.size();
      taken.push_back(std::move(next));
      recent_.pop_front();
    }
    return taken;
  }

  bool write(const std::vector<Result>& group) {
    const std::lock_guard lock(file_mutex_);
    std::uint64_t bytes = 0;
    for (const Result& one : group) bytes += one.record.size() + one.picture.size();
    try {
      SQLite::Transaction writing(file_.database());
      for (const Result& one : group) {
        file_.run_with("INSERT INTO results VALUES (?, ?, ?)", [&](SQLite::Statement& statement) {
          statement.bind(1, signed_of(one.number));
          statement.bind(2, one.record.data(), static_cast<int>(one.record.size()));
          statement.bind(3, one.picture.data(), static_cast<int>(one.picture.size()));
        });
      }
      count(static_cast<std::int64_t>(group.size()), static_cast<std::int64_t>(bytes));
      make_room();
      writing.commit();
      return true;
    } catch (const std::exception& error) {
      failed_({Errc::io, path_, error.what()});
    }
    try {
      recount();
    } catch (const SQLite::Exception& error) {
      failed_({Errc::io, path_, error.what()});
    }
    return false;
  }

  /// Beyond the limit the oldest give way.
  void make_room() {
    const std::uint64_t there = counts().bytes;
    if (there <= limits_.bytes) return;
    const std::uint64_t excess = there - (limits_.bytes - limits_.bytes / made_room_part);
    const std::uint64_t freed = drop(
        excess, "length(picture)",
        "UPDATE results SET picture = x'' WHERE number <= ? AND length(picture) > 0", &Counts::pictures_lost);
    if (freed < excess)
      drop(excess - freed, "length(record) + length(picture)", "DELETE FROM results WHERE number <= ?",
           &Counts::findings_lost);
  }

  /// Answers how many bytes that gave.
  std::uint64_t drop(std::uint64_t bytes, const std::string& size, const char* how,
                     std::uint64_t Counts::*lost) {
    std::uint64_t freed = 0;
    std::int64_t last = 0;
    file_.rows_while(
        "SELECT number, " + size + " FROM results WHERE " + size + " > 0 ORDER BY number",
        [](SQLite::Statement&) {},
        [&](SQLite::Statement& row) {
          last = row.getColumn(0).getInt64();
          freed += static_cast<std::uint64_t>(row.getColumn(1).getInt64());
          return freed < bytes;
        });
    const int gone = file_.run(how, last);
    recount();
    const std::lock_guard lock(mutex_);
    has_given_way_ = true;
    counts_.*lost += static_cast<std::uint64_t>(gone);
    return freed;
  }

  const std::string path_;
  const Limits limits_;
  const Durable on_durable_;
  const Failed failed_;
  std::mutex file_mutex_;  ///< taken before the other
  store::Connection file_;
  std::uint64_t id_ = 0;
  std::uint64_t acknowledged_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::vector<Result> waiting_;
  std::uint64_t waiting_bytes_ = 0;  ///< of their pictures
  std::deque<Result> recent_;        ///< that are written, the oldest first
  std::uint64_t recent_bytes_ = 0;
  bool has_given_way_ = false;  ///< something, in the write that is under way
  std::uint64_t last_ = 0;
  std::uint64_t durable_ = 0;
  Counts counts_;
  bool ending_ = false;
  std::thread thread_;
};

ResultSpool::ResultSpool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResultSpool::~ResultSpool() = default;

result<std::unique_ptr<ResultSpool>> ResultSpool::open(const std::string& path, const Limits& limits,
                                                       Durable durable, Failed failed) {
  CAMFLEET_CHECK(store::look_at_file(path));
  try {
    auto impl = std::make_unique<Impl>(path, limits, std::move(durable), std::move(failed));
    CAMFLEET_CHECK(impl->begin());
    return std::unique_ptr<ResultSpool>(new ResultSpool(std::move(impl)));
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_BUSY)
      return fail(Errc::bad_usage, path, "is another node's; give each its own with --spool");
    return fail(Errc::io, path, error.what());
  }
}

std::uint64_t ResultSpool::id() const {
  return impl_->id();
}
std::uint64_t ResultSpool::add(std::string record, std::string picture) {
  return impl_->add(std::move(record), std::move(picture));
}
void ResultSpool::count_lost_picture() {
  impl_->count_lost_picture();
}
std::uint64_t ResultSpool::durable() const {
  return impl_->durable();
}
result<std::vector<Result>> ResultSpool::read(std::uint64_t after, std::uint64_t bytes) {
  return impl_->read(after, bytes);
}
bool ResultSpool::acknowledge(std::uint64_t number) {
  return impl_->acknowledge(number);
}
std::uint64_t ResultSpool::belong_to(std::uint64_t fleet) {
  return impl_->belong_to(fleet);
}
ResultSpool::Counts ResultSpool::counts() const {
  return impl_->counts();
}

}  // namespace camfleet::cluster
