#include "runtime/plant/whole_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace camfleet::plant {
namespace {

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

result<void> check_room(const std::filesystem::path& folder, std::uint64_t bytes, std::uint64_t reserve) {
  struct statvfs disk {};
  // What cannot be asked is told by the write.
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0) return success();
  const std::uint64_t all = std::uint64_t{disk.f_blocks} * disk.f_frsize;
  const std::uint64_t left = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::uint64_t kept = std::min(reserve, all / 8);
  if (left >= kept && left - kept >= bytes) return success();
  return fail(Errc::io, folder.string(),
              "has " + std::to_string(left >> 10U) + " KiB free on its disk, of which " +
                  std::to_string(kept >> 10U) + " are kept for what matters more; make room");
}

result<void> write_whole(const std::filesystem::path& path, std::string_view bytes, Durability durability) {
  const auto failed = [&](int reason) {
    return fail(Errc::io, path.string(), std::string("cannot be written: ") + std::strerror(reason));
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed(errno);
  bool is_written = write_all(file, bytes) && (durability == Durability::cached || ::fsync(file) == 0);
  int reason = is_written ? 0 : errno;
  // Some disks tell only now that they are full.
  if (::close(file) != 0 && is_written) {
    is_written = false;
    reason = errno;
  }
  if (is_written) return success();
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return failed(reason);
}

void keep_whole_lines(const std::filesystem::path& path) {
  std::error_code ignored;
  std::uintmax_t size = std::filesystem::file_size(path, ignored);
  std::ifstream file(path, std::ios::binary);
  if (ignored || !file) return;
  constexpr std::uintmax_t step = 64UL << 10U;
  std::string part;
  while (size > 0) {
    const std::uintmax_t from = size - std::min(size, step);
    part.resize(size - from);
    file.seekg(static_cast<std::streamoff>(from));
    if (!file.read(part.data(), static_cast<std::streamsize>(part.size()))) return;
    const std::size_t end = part.rfind('\n');
    size = end == std::string::npos ? from : from + end + 1;
    if (end != std::string::npos) break;
  }
  std::filesystem::resize_file(path, size, ignored);
}

}  // namespace camfleet::plant
