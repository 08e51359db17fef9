#include "runtime/media/picture_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

#include "runtime/media/picture_decoder.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/media/timeline.hpp"

namespace camfleet::media {

namespace {

constexpr std::array<std::string_view, 9> endings = {".jpg", ".jpeg", ".png", ".bmp", ".webp",
                                                     ".pgm", ".ppm",  ".tif", ".tiff"};
constexpr std::string_view endings_text = ".jpg .jpeg .png .bmp .webp .pgm .ppm .tif .tiff";

bool named_like_a_picture(std::string_view name) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    if (name.size() <= ending.size()) return false;
    const std::string_view last = name.substr(name.size() - ending.size());
    return std::equal(last.begin(), last.end(), ending.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  });
}

/// Anything but a folder: what cannot be read shows as a lost sample, with its name.
bool is_a_file(const std::string& folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return true;
  if (entry.d_type == DT_DIR) return false;
  struct stat status {};
  return ::stat((folder + "/" + entry.d_name).c_str(), &status) != 0 || !S_ISDIR(status.st_mode);
}

result<std::vector<std::string>> picture_names(const std::string& folder, const std::string& where,
                                               const Limits& limits) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), &::closedir);
  if (listing == nullptr) {
    const int code = errno;
    if (code == ENOENT) return fail(Errc::not_found, where, "there is no such folder");
    if (code == ENOTDIR) return fail(Errc::unreadable, where, "is not a folder; a single clip is file://");
    return fail(Errc::unreadable, where, std::string("cannot be listed: ") + std::strerror(code));
  }
  std::vector<std::string> names;
  for (const dirent* entry = ::readdir(listing.get()); entry != nullptr; entry = ::readdir(listing.get())) {
    if (!named_like_a_picture(entry->d_name) || !is_a_file(folder, *entry)) continue;
    if (names.size() >= static_cast<std::size_t>(limits.max_pictures)) {
      return fail(Errc::too_large, where,
                  "has more than " + std::to_string(limits.max_pictures) + " pictures");
    }
    names.emplace_back(entry->d_name);
  }
  if (names.empty()) {
    return fail(Errc::not_found, where,
                "the folder has no pictures; right would be files named " + std::string(endings_text));
  }
  std::sort(names.begin(), names.end());
  return names;
}

class PictureSource final : public Source {
 public:
  PictureSource(const SourceUrl& url, const OpenOptions& options, std::vector<std::string> names)
      : folder_(url.path),
        where_(url.text),
        spf_(options.spf),
        names_(std::move(names)),
        decoder_(options.limits.max_pixels) {
    info_.kind = SourceKind::pictures;
    info_.length = spf_ * static_cast<std::int64_t>(names_.size());
    info_.frame_interval = spf_;
    // A damaged first picture is no reason to refuse the others.
    Frame first;
    if (auto codec = decoder_.decode(folder_ + "/" + names_.front(), first)) {
      info_.codec = codec.value();
      info_.width = first.width;
      info_.height = first.height;
    }
  }

  const SourceInfo& info() const override { return info_; }
  const Error& error() const override { return error_; }

  ReadStatus read(Duration target, Frame& into) override {
    return give(static_cast<std::size_t>(std::max(target, Duration{0}) / spf_), into);
  }

  ReadStatus next(Frame& into) override { return give(next_, into); }

 private:
  ReadStatus give(std::size_t number, Frame& into) {
    if (number >= names_.size()) {
      next_ = names_.size();
      error_ = {Errc::ended, where_, "there are only " + std::to_string(names_.size()) + " pictures"};
      return ReadStatus::ended;
    }
    next_ = number + 1;
    auto decoded = decoder_.decode(folder_ + "/" + names_[number], into);
    if (!decoded) {
      error_ = within(where_, std::move(decoded).error());
      return ReadStatus::lost;
    }
    into.media_time = spf_ * static_cast<std::int64_t>(number);
    return ReadStatus::frame;
  }

  std::string folder_;
  std::string where_;
  Duration spf_;
  std::vector<std::string> names_;
  PictureDecoder decoder_;
  SourceInfo info_;
  Error error_{Errc::ended, "", ""};
  std::size_t next_ = 0;
};

}  // namespace

result<std::unique_ptr<Source>> open_picture_source(const SourceUrl& url, const OpenOptions& options) {
  CAMFLEET_CHECK(check_query(url, {"loop", "start"}));
  if (!url.path.starts_with('/')) {
    return fail(Errc::invalid_field, url.text,
                "the path must be absolute, with three slashes: pictures:///folder");
  }
  if (options.spf <= Duration{0} || options.spf > longest_media / options.limits.max_pictures) {
    return fail(Errc::invalid_field, url.text,
                "seconds per frame must be above 0 and at most " +
                    seconds_text(longest_media / options.limits.max_pictures));
  }
  CAMFLEET_TRY(auto names, picture_names(url.path, url.text, options.limits));
  return std::unique_ptr<Source>(std::make_unique<PictureSource>(url, options, std::move(names)));
}

}  // namespace camfleet::media
