#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/base/error.hpp"

namespace camfleet::media {

/// Why a file or a folder could not be opened, by errno: not_found, forbidden, or unreadable. `kind` is
/// "file" or "folder".
Error file_error(int code, const std::string& where, std::string_view kind);

/// The endings by which pictures and clips in a folder are told, in small letters, parted by spaces.
extern const std::string_view picture_endings;
extern const std::string_view clip_endings;

/// What one folder holds, told by the endings of its files' names alone. Folders in it are not looked into.
class MediaFolder {
 public:
  enum class Kind { pictures, clips };

  /// Lists it; at most `most` names of each kind are kept. Errors: not_found, forbidden, unreadable (no
  /// folder), too_large.
  static result<MediaFolder> list(const std::string& path, const std::string& where, std::size_t most);

  /// In natural order.
  [[nodiscard]] const std::vector<std::string>& pictures() const { return pictures_; }
  [[nodiscard]] const std::vector<std::string>& clips() const { return clips_; }

  /// What is passed over by who takes `taken`: "3 files are passed over (2 .txt, 1 .db)"; empty: nothing is.
  [[nodiscard]] std::string passed_over(Kind taken) const;

 private:
  std::vector<std::string> pictures_;
  std::vector<std::string> clips_;
  std::map<std::string, std::uint64_t, std::less<>> others_;  ///< files by ending; "" = other endings
  std::uint64_t folders_ = 0;
};

}  // namespace camfleet::media
