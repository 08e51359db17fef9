#include "runtime/media/media_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <dirent.h>
#include <sys/stat.h>

#include "runtime/media/natural_order.hpp"

namespace camfleet::media {

const std::string_view picture_endings = ".jpg .jpeg .jpe .jfif .png .bmp .webp .pgm .ppm .tif .tiff";
const std::string_view clip_endings =
    ".mp4 .m4v .mov .qt .3gp .3g2 .mj2 .mkv .webm .ts .mts .m2ts .avi .divx .flv .f4v .mpg .mpeg .vob .m2v "
    ".mpv .ogg .ogv .asf .wmv .h264 .264 .avc .h265 .265 .hevc .ivf .dav";

namespace {

/// Endings that are counted apart, and those of them that are named.
constexpr std::size_t most_endings = 100;
constexpr std::size_t most_named = 5;
constexpr std::size_t longest_ending = 9;

/// ".jpg" of "A.JPG"; empty where there is none that is fit to be shown.
std::string ending_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > longest_ending) return "";
  std::string ending(name.substr(dot));
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    if (!plain) return "";
  }
  return ending.size() > 1 ? ending : "";
}

bool is_one_of(std::string_view endings, std::string_view ending) {
  while (!ending.empty() && !endings.empty()) {
    const std::size_t space = std::min(endings.find(' '), endings.size());
    if (endings.substr(0, space) == ending) return true;
    endings.remove_prefix(std::min(space + 1, endings.size()));
  }
  return false;
}

/// What cannot be read is no folder: it shows as a lost sample or slice, with its name.
bool is_folder(const std::string& parent, const dirent& entry) {
  if (entry.d_type == DT_REG) return false;
  if (entry.d_type == DT_DIR) return true;
  struct stat status {};
  return ::stat((parent + "/" + entry.d_name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string count_of(std::uint64_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

}  // namespace

Error file_error(int code, const std::string& where, std::string_view kind) {
  if (code == ENOENT || code == ENOTDIR)
    return {Errc::not_found, where, std::string("there is no such ").append(kind)};
  if (code == EACCES || code == EPERM) {
    return {Errc::forbidden, where,
            std::string("may not be read by the user that camfleet runs as (") + std::strerror(code) + ")"};
  }
  return {Errc::unreadable, where, std::string("cannot be read: ") + std::strerror(code)};
}

result<MediaFolder> MediaFolder::list(const std::string& path, const std::string& where, std::size_t most) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(path.c_str()), &::closedir);
  if (listing == nullptr) {
    if (errno == ENOTDIR) return fail(Errc::unreadable, where, "is not a folder; a single clip is file://");
    return pass(file_error(errno, where, "folder"));
  }
  MediaFolder folder;
  for (const dirent* entry = ::readdir(listing.get()); entry != nullptr; entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (is_folder(path, *entry)) {
      ++folder.folders_;
      continue;
    }
    std::string ending = ending_of(name);
    const bool is_picture = is_one_of(picture_endings, ending);
    if (is_picture || is_one_of(clip_endings, ending)) {
      auto& names = is_picture ? folder.pictures_ : folder.clips_;
      if (names.size() == most) {
        return fail(Errc::too_large, where,
                    std::string("has more than ") + count_of(most, is_picture ? "picture" : "clip"));
      }
      names.emplace_back(name);
      continue;
    }
    if (folder.others_.size() >= most_endings && !folder.others_.contains(ending)) ending.clear();
    ++folder.others_[std::move(ending)];
  }
  std::ranges::sort(folder.pictures_, natural_less);
  std::ranges::sort(folder.clips_, natural_less);
  return folder;
}

std::string MediaFolder::passed_over(Kind taken) const {
  auto counts = others_;
  for (const std::string& name : taken == Kind::pictures ? clips_ : pictures_) ++counts[ending_of(name)];
  std::uint64_t files = 0;
  std::vector<std::pair<std::uint64_t, std::string_view>> by_count;
  for (const auto& [ending, count] : counts) {
    files += count;
    if (!ending.empty()) by_count.emplace_back(count, ending);
  }
  std::ranges::stable_sort(by_count, [](const auto& a, const auto& b) { return a.first > b.first; });
  if (by_count.size() > most_named) by_count.resize(most_named);
  std::string named;
  std::uint64_t rest = files;
  for (const auto& [count, ending] : by_count) {
    named.append(named.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(ending);
    rest -= count;
  }
  if (rest > 0)
    named.append(named.empty() ? "" : ", ").append(std::to_string(rest)).append(" of other names");
  std::string text;
  if (files > 0) text = count_of(files, "file");
  if (folders_ > 0) text.append(text.empty() ? "" : " and ").append(count_of(folders_, "folder"));
  if (text.empty()) return text;
  text.append(files + folders_ == 1 ? " is" : " are").append(" passed over");
  return named.empty() ? text : text + " (" + named + ")";
}

}  // namespace camfleet::media
