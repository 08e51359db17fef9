#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/plant/whole_file.hpp"

namespace camfleet::service {

/// Pictures of findings on disk, the oldest of which give way. Thread-safe.
class PictureFolder {
 public:
  struct Limits {
    std::uint64_t bytes = 1ULL << 30U;
    Duration age = std::chrono::hours(24 * 7);    ///< by the machine's clock
    std::uint64_t reserve = plant::disk_reserve;  ///< bytes of the disk that stay free
  };

  /// Hears how many pictures gave way for space, and their bytes; must not call the folder.
  using GaveWay = std::function<void(std::size_t pictures, std::uint64_t bytes)>;

  /// Makes the folder and takes over what is there. Errors: io.
  static result<std::unique_ptr<PictureFolder>> open(const std::filesystem::path& folder,
                                                     const Limits& limits, GaveWay gave_way = {});

  /// Keeps a JPEG and gives it a name that none had before, also in an earlier process: what names a picture
  /// may outlive it. Errors: io; nothing of it stays then.
  result<std::string> keep(const std::vector<std::uint8_t>& jpeg);
  /// Removes one, where it is still there: nothing names it.
  void drop(std::string_view name);
  /// Errors: not_found: it gave way, or never was.
  [[nodiscard]] result<std::string> read(std::string_view name) const;
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Kept {
    std::string name;
    std::uint64_t bytes;
    Instant at;
  };
  PictureFolder(std::filesystem::path folder, const Limits& limits, GaveWay gave_way)
      : folder_(std::move(folder)), limits_(limits), gave_way_(std::move(gave_way)) {}
  /// The oldest give way: beyond the limits, and while the disk has no room for so many further bytes.
  /// Errors: io.
  result<void> make_room(Instant now, std::uint64_t further);

  std::filesystem::path folder_;
  Limits limits_;
  GaveWay gave_way_;
  mutable std::mutex mutex_;
  std::deque<Kept> kept_;  ///< oldest first
  std::uint64_t bytes_ = 0;
};

}  // namespace camfleet::service
