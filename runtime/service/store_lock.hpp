#pragma once

#include <string>
#include <utility>

#include "actors/error.hpp"

namespace camfleet::service {

/// A store belongs to one process at a time: the lock of PATH.lock, which ends with the process.
class StoreLock {
 public:
  /// Errors: io: the file cannot be made; limit: another process has it.
  static result<StoreLock> take(const std::string& store);

  StoreLock() = default;
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  StoreLock& operator=(StoreLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

 private:
  int descriptor_ = -1;
};

}  // namespace camfleet::service
