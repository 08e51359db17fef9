#include "runtime/store/sqlite_file.hpp"

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace camfleet::store {
namespace {

namespace fs = std::filesystem;

/// The first bytes of a file (https://sqlite.org/fileformat.html, section 1.3).
class Header {
 public:
  static constexpr std::size_t whole = 100;

  explicit Header(const std::string& path) : bytes_(whole, '\0') {
    std::ifstream file(path, std::ios::binary);
    file.read(bytes_.data(), static_cast<std::streamsize>(whole));
    bytes_.resize(static_cast<std::size_t>(file.gcount()));
  }

  [[nodiscard]] bool may_be_database() const {
    constexpr std::string_view magic("SQLite format 3\0", 16);
    return bytes_.empty() || bytes_.starts_with(magic);
  }
  /// Bytes that the file should have; 0: it does not tell, as an old version of SQLite wrote it last.
  [[nodiscard]] std::uint64_t file_size() const {
    if (bytes_.size() < whole) return bytes_.empty() ? 0 : whole;
    if (number(24, 4) != number(92, 4)) return 0;
    const std::uint64_t page = number(16, 2) == 1 ? 65536 : number(16, 2);
    if (page < 512 || !std::has_single_bit(page)) return 0;
    return page * number(28, 4);
  }

 private:
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const {
    std::uint32_t value = 0;
    for (const char byte : std::string_view(bytes_).substr(at, size))
      value = (value << 8U) | static_cast<std::uint8_t>(byte);
    return value;
  }

  std::string bytes_;
};

/// Whether the log is there and holds something. It lies beside the file itself, not beside a link to it.
bool has_changes_in_log(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  const std::uint64_t size = fs::file_size((error ? path : real.string()) + "-wal", error);
  return !error && size > 0;
}

}  // namespace

result<bool> look_at_file(const std::string& path) {
  const Header header(path);
  if (!header.may_be_database()) return no_database(path);
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  const bool log_has_changes = has_changes_in_log(path);
  if ((error || size == 0) && log_has_changes)
    return fail(
        Errc::corrupt, path,
        "is empty, and its -wal, which would be removed, is not; put the file back beside it, or move the "
        "-wal away");
  // With a log SQLite may have been about to write the rest.
  if (!error && !log_has_changes && size < header.file_size())
    return fail(Errc::corrupt, path,
                "is cut off: it has " + std::to_string(size) + " bytes of " +
                    std::to_string(header.file_size()) +
                    "; put back a whole copy, with its -wal where there is one");
  return log_has_changes;
}

}  // namespace camfleet::store
