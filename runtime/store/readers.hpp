#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/store/sqlite_connection.hpp"

namespace camfleet::store {

/// Connections that read, each for one thread at a time. While they are held nobody else begins, so that
/// those who read come to an end, and the write-ahead log can begin anew.
class Readers {
 public:
  static constexpr std::size_t count = 4;

  /// Throws SQLite::Exception.
  explicit Readers(const std::string& path) {
    for (std::size_t i = 0; i < count; ++i)
      free_.push_back(std::make_unique<Connection>(path, SQLite::OPEN_READONLY));
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
  }
  void let_go() {
    {
      const std::lock_guard lock(mutex_);
      is_held_ = false;
    }
    may_take_.notify_all();
  }
  /// They are held, and nobody reads any more.
  [[nodiscard]] bool are_drained() const {
    const std::lock_guard lock(mutex_);
    return is_held_ && free_.size() == count;
  }

  /// One of them, for as long as this lives; waits for one that is free.
  class Lease {
   public:
    explicit Lease(Readers& all) : all_(&all), one_(all.take()) {}
    ~Lease() { all_->give_back(std::move(one_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& operator*() const { return *one_; }

   private:
    Readers* all_;
    std::unique_ptr<Connection> one_;
  };

 private:
  std::unique_ptr<Connection> take() {
    std::unique_lock lock(mutex_);
    may_take_.wait(lock, [this] { return !is_held_ && !free_.empty(); });
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }
  void give_back(std::unique_ptr<Connection> one) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(one));
    may_take_.notify_one();
  }

  mutable std::mutex mutex_;
  std::condition_variable may_take_;
  bool is_held_ = false;
  std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace camfleet::store
