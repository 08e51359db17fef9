#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/store/sqlite_connection.hpp"

namespace camfleet::store {

/// Connections that read, each for one thread at a time.
class Readers {
 public:
  static constexpr std::size_t count = 4;

  /// Throws SQLite::Exception.
  explicit Readers(const std::string& path) {
    for (std::size_t i = 0; i < count; ++i)
      free_.push_back(std::make_unique<Connection>(path, SQLite::OPEN_READONLY));
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
    is_free_.wait(lock, [this] { return !free_.empty(); });
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }
  void give_back(std::unique_ptr<Connection> one) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(one));
    is_free_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable is_free_;
  std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace camfleet::store
