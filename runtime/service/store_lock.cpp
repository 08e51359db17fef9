#include "runtime/service/store_lock.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace camfleet::service {

result<StoreLock> StoreLock::take(const std::string& store) {
  StoreLock lock;
  lock.store_ = store;
  // Without O_NONBLOCK a FIFO would be waited for.
  lock.descriptor_ = ::open(store.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (lock.descriptor_ < 0)
    return fail(Errc::io, store,
                std::string("cannot be opened for writing: ") + std::strerror(errno) +
                    "; give a file in a folder that is there and can be written");
  struct stat status {};
  if (::fstat(lock.descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    return fail(Errc::unsupported, store,
                "is no SQLite database; give a file that camfleet made, or a new one");
  lock.old_descriptor_ = ::open((store + ".lock").c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  for (const int descriptor : {lock.descriptor_, lock.old_descriptor_}) {
    if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return fail(Errc::limit, store, "belongs to another process that runs; give each its own --store");
  }
  if (status.st_nlink > 1)
    return fail(
        Errc::unsupported, store,
        "has " + std::to_string(status.st_nlink) +
            " hard links, and its -wal would lie beside one of them alone; remove the others, or copy it");
  return lock;
}

result<void> StoreLock::check() const {
  struct stat own {};
  struct stat named {};
  const bool is_there = ::stat(store_.c_str(), &named) == 0 && ::fstat(descriptor_, &own) == 0 &&
                        own.st_dev == named.st_dev && own.st_ino == named.st_ino;
  if (is_there) return success();
  return fail(
      Errc::io, store_,
      "was moved, removed or replaced under the process that has it open; start it again with the file "
      "that is to go on");
}

StoreLock::~StoreLock() {
  for (const int descriptor : {descriptor_, old_descriptor_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

}  // namespace camfleet::service
