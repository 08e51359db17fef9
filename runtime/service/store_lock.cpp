#include "runtime/service/store_lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace camfleet::service {

result<StoreLock> StoreLock::take(const std::string& store) {
  const std::string path = store + ".lock";
  StoreLock lock;
  lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.descriptor_ < 0)
    return fail(Errc::io, path, std::string("cannot be made: ") + std::strerror(errno));
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0)
    return fail(Errc::limit, store, "belongs to another process that runs; give each its own --store");
  return lock;
}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace camfleet::service
