#pragma once

#include <string>
#include <utility>

#include "actors/base/error.hpp"

namespace camfleet::service {

/// A store belongs to one process at a time: the lock is on the file itself, by whatever name it is opened,
/// and ends with the process. Outlives every other descriptor of the file: closing any of them in the same
/// process would end SQLite's own locks (POSIX, fcntl).
/// Earlier versions locked PATH.lock, which is locked as well where it is there.
class StoreLock {
 public:
  /// Makes the file when it is not there. Errors: io: it cannot be opened for writing; unsupported: it has
  /// several hard links, of which the log lies beside one alone, or is no file; limit: another process has
  /// it.
  static result<StoreLock> take(const std::string& store);

  /// Errors: io: the name leads to another file now, or to none.
  [[nodiscard]] result<void> check() const;

  StoreLock() = default;
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept
      : store_(std::move(other.store_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        old_descriptor_(std::exchange(other.old_descriptor_, -1)) {}
  StoreLock& operator=(StoreLock&& other) noexcept {
    std::swap(store_, other.store_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(old_descriptor_, other.old_descriptor_);
    return *this;
  }

 private:
  std::string store_;
  int descriptor_ = -1;
  int old_descriptor_ = -1;  ///< of PATH.lock
};

}  // namespace camfleet::service
