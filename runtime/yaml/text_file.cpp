#include "runtime/yaml/text_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace camfleet::yaml {
namespace {

class File {
 public:
  explicit File(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

result<std::string> read_text_file(const std::string& path, std::string_view what) {
  const std::string right = "; give the path of " + std::string(what);
  const File file(path);
  if (file.number() < 0 && (errno == ENOENT || errno == ENOTDIR))
    return fail(Errc::not_found, path, "no such file" + right);
  const auto unreadable = [&] {
    return fail(Errc::unreadable, path, std::string("cannot be read: ") + std::strerror(errno));
  };
  if (file.number() < 0) return unreadable();
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return unreadable();
  if (!S_ISREG(status.st_mode)) return fail(Errc::unreadable, path, "not a regular file" + right);
  const auto too_large = [&](std::uintmax_t size) {
    return fail(Errc::too_large, path, std::to_string(size) + " bytes; at most 16 MiB");
  };
  if (static_cast<std::uintmax_t>(status.st_size) > max_bytes)
    return too_large(static_cast<std::uintmax_t>(status.st_size));
  std::string text;
  text.resize(max_bytes + 1);
  std::size_t size = 0;
  // It may grow meanwhile.
  while (size < text.size()) {
    const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_bytes) return too_large(size);
  text.resize(size);
  text.shrink_to_fit();
  return text;
}

}  // namespace camfleet::yaml
