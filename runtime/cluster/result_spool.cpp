#include "runtime/cluster/result_spool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/cluster/spool_file.hpp"
#include "runtime/store/sqlite_file.hpp"

namespace camfleet::cluster {
namespace {

/// Kept in memory of what is written.
constexpr std::uint64_t most_recent_bytes = 8ULL << 20U;
}  // namespace

class ResultSpool::Impl {
 public:
  Impl(const std::string& path, const Limits& limits, Durable durable, Failed failed)
      : path_(path),
        limits_(limits),
        on_durable_(std::move(durable)),
        failed_(std::move(failed)),
        file_(path) {}
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
    CAMFLEET_CHECK(file_.begin());
    last_ = durable_ = before_recent_ = file_.last_number();
    size_ = file_.size();
    thread_ = std::thread([this] { run(); });
    return success();
  }

  [[nodiscard]] std::uint64_t id() const { return file_.id(); }

  std::uint64_t add(std::string record, std::vector<std::uint8_t> picture) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_bytes_ + picture.size() > limits_.waiting_bytes && !picture.empty()) {
        picture.clear();
        ++pictures_lost_;
      }
      waiting_bytes_ += picture.size();
      number = ++last_;
      waiting_.results.push_back({number, std::move(record), std::move(picture)});
    }
    work_.notify_one();
    return number;
  }
  std::uint64_t add(EndedSlice slice) {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      // It is not to be removed again because it has been there before.
      std::erase_if(waiting_.forgotten, [&](const EndedSlice& one) { return is_same(one, slice); });
      number = ++last_;
      waiting_.ended.push_back(std::move(slice));
    }
    work_.notify_one();
    return number;
  }
  void forget(EndedSlice slice) {
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(waiting_.ended, [&](const EndedSlice& one) { return is_same(one, slice); });
      waiting_.forgotten.push_back(std::move(slice));
    }
    work_.notify_one();
  }

  void count_lost_picture() {
    const std::lock_guard lock(mutex_);
    ++pictures_lost_;
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
      return file_.read(after, bytes);
    } catch (const SQLite::Exception& error) {
      return fail(Errc::io, path_, error.what());
    }
  }

  bool acknowledge(std::uint64_t number) {
    return guarded([&] { file_.acknowledge(number); });
  }

  std::uint64_t belong_to(std::uint64_t fleet) {
    std::uint64_t gone = 0;
    guarded([&] {
      gone = file_.belong_to(fleet);
      if (gone == 0) return;
      const std::lock_guard lock(mutex_);
      forget_recent();
      findings_lost_ += gone;
    });
    return gone;
  }

  Former former() {
    Former former;
    guarded([&] { former = {file_.fleet(), file_.ended()}; });
    return former;
  }
  void settle() {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return !has_work() && !is_writing_; });
  }

  [[nodiscard]] Counts counts() const {
    const std::lock_guard lock(mutex_);
    return {size_.results, size_.bytes, pictures_lost_, findings_lost_};
  }

 private:
  static bool is_same(const EndedSlice& one, const EndedSlice& other) {
    return one.due_at == other.due_at && one.instance == other.instance && one.device == other.device;
  }
  [[nodiscard]] bool has_work() const {
    return !waiting_.results.empty() || !waiting_.ended.empty() || !waiting_.forgotten.empty();
  }

  /// Does something with the file. Whether that was possible: it may not be written now.
  template <class Work>
  bool guarded(const Work& work) {
    const std::lock_guard lock(file_mutex_);
    bool is_done = false;
    try {
      work();
      is_done = true;
    } catch (const std::exception& error) {
      failed_({Errc::io, path_, error.what()});
    }
    try {
      if (!is_done) file_.recount();
    } catch (const SQLite::Exception& error) {
      failed_({Errc::io, path_, error.what()});
    }
    const std::lock_guard sizes(mutex_);
    size_ = file_.size();
    return is_done;
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      is_writing_ = false;
      settled_.notify_all();
      work_.wait(lock, [this] { return ending_ || has_work(); });
      if (!has_work()) return;
      is_writing_ = true;
      SpoolFile::Group group = std::exchange(waiting_, {});
      const std::uint64_t last = last_;
      waiting_bytes_ = 0;
      lock.unlock();
      SpoolFile::GivenWay given;
      const bool is_written = guarded([&] { given = file_.write(group, limits_.bytes); });
      lock.lock();
      if (!is_written) findings_lost_ += group.results.size();
      pictures_lost_ += given.pictures;
      findings_lost_ += given.findings;
      durable_ = last;
      // What has given way is not to be sent from memory.
      if (given.pictures + given.findings > 0) {
        forget_recent();
      } else if (is_written) {
        remember(group.results);
      }
      lock.unlock();
      on_durable_(last);
      lock.lock();
    }
  }

  /// As many of the newest are kept in memory: they need not be read again. The mutex is held; the same for
  /// those that follow.
  void remember(std::vector<Result>& group) {
    for (Result& one : group) {
      recent_bytes_ += one.picture.size() + one.record.size();
      recent_.push_back(std::move(one));
    }
    while (recent_bytes_ > most_recent_bytes) forget_oldest();
  }
  void forget_oldest() {
    recent_bytes_ -= recent_.front().picture.size() + recent_.front().record.size();
    before_recent_ = recent_.front().number;
    recent_.pop_front();
  }
  void forget_recent() {
    if (!recent_.empty()) before_recent_ = recent_.back().number;
    recent_.clear();
    recent_bytes_ = 0;
  }
  /// Those after `after`, where the next one is in memory; then they are there no longer.
  std::vector<Result> take_recent(std::uint64_t after, std::uint64_t bytes) {
    std::vector<Result> taken;
    const std::lock_guard lock(mutex_);
    while (!recent_.empty() && recent_.front().number <= after) forget_oldest();
    if (after < before_recent_) return taken;
    for (std::uint64_t size = 0; size < bytes && !recent_.empty();) {
      Result next = std::move(recent_.front());
      size += next.picture.size() + next.record.size();
      recent_bytes_ -= next.picture.size() + next.record.size();
      before_recent_ = next.number;
      recent_.pop_front();
      taken.push_back(std::move(next));
    }
    return taken;
  }

  const std::string path_;
  const Limits limits_;
  const Durable on_durable_;
  const Failed failed_;
  std::mutex file_mutex_;  ///< taken before the other
  SpoolFile file_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable settled_;
  SpoolFile::Group waiting_;
  std::uint64_t waiting_bytes_ = 0;  ///< of their pictures
  bool is_writing_ = false;
  std::deque<Result> recent_;  ///< that are written, the oldest first
  std::uint64_t recent_bytes_ = 0;
  std::uint64_t before_recent_ = 0;  ///< the number of the last result that is in the file alone
  std::uint64_t last_ = 0;
  std::uint64_t durable_ = 0;
  SpoolFile::Size size_;
  std::uint64_t pictures_lost_ = 0;
  std::uint64_t findings_lost_ = 0;
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
std::uint64_t ResultSpool::add(std::string record, std::vector<std::uint8_t> picture) {
  return impl_->add(std::move(record), std::move(picture));
}
std::uint64_t ResultSpool::add(EndedSlice slice) {
  return impl_->add(std::move(slice));
}
void ResultSpool::forget(EndedSlice slice) {
  impl_->forget(std::move(slice));
}
ResultSpool::Former ResultSpool::former() {
  impl_->settle();
  return impl_->former();
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
