#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "runtime/plant/whole_file.hpp"

namespace camfleet::service {

/// The pictures that were uploaded to data sources, a folder for each, in the order in which they came.
/// Thread-safe.
class UploadFolder {
 public:
  struct Limits {
    std::uint64_t pictures = 100'000;             ///< of one data source
    std::uint64_t bytes = 4ULL << 30U;            ///< of all
    std::uint64_t reserve = plant::disk_reserve;  ///< bytes of the disk that stay free
  };

  /// Makes the folder and takes over what is there. Errors: io.
  static result<std::unique_ptr<UploadFolder>> open(const std::filesystem::path& folder,
                                                    const Limits& limits);

  /// Keeps a picture of JPEG, PNG or another format that the media layer decodes, on the disk when it
  /// returns; gives the name of its file: its number and what of `name` can be one. Errors: what the decoder
  /// says of a picture that is none; too_large: a limit; io.
  result<std::string> add(std::string_view source, std::string_view name, std::string_view picture);
  /// A data source goes, and its pictures with it: they are no longer there, but for a folder that is still
  /// to be deleted, which may take long; none: there were none.
  [[nodiscard]] std::optional<std::filesystem::path> set_aside(std::string_view source);
  /// Removes the data sources that are gone: the last process may have ended before it could.
  void keep_only(const std::function<bool(const std::string&)>& is_there);
  /// Where a device finds them.
  [[nodiscard]] std::string url_of(std::string_view source) const;

 private:
  struct Kept {
    std::uint64_t next = 1;
    std::uint64_t pictures = 0;
    std::uint64_t bytes = 0;
  };
  UploadFolder(std::filesystem::path folder, const Limits& limits)
      : folder_(std::move(folder)), limits_(limits) {}
  result<void> take_over();
  [[nodiscard]] std::filesystem::path path_of(std::string_view source) const { return folder_ / source; }

  std::filesystem::path folder_;
  Limits limits_;
  std::mutex mutex_;
  std::map<std::string, Kept, std::less<>> kept_;  ///< by data source
  std::uint64_t bytes_ = 0;
  std::uint64_t set_aside_ = 0;
};

}  // namespace camfleet::service
