#include "runtime/media/picture_source.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/media/media_folder.hpp"
#include "runtime/media/picture_decoder.hpp"
#include "runtime/media/source_url.hpp"
#include "runtime/media/timeline.hpp"

namespace camfleet::media {

namespace {

class PictureSource final : public Source {
 public:
  PictureSource(const SourceUrl& url, const OpenOptions& options, const MediaFolder& folder)
      : folder_(url.path),
        where_(url.text),
        spf_(options.spf),
        names_(folder.pictures()),
        decoder_(options.limits.max_pixels) {
    info_.kind = SourceKind::pictures;
    info_.passed_over = folder.passed_over(MediaFolder::Kind::pictures);
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
    into.file = names_[number];
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
  CAMFLEET_TRY(const MediaFolder folder,
               MediaFolder::list(url.path, url.text, static_cast<std::size_t>(options.limits.max_pictures)));
  if (folder.pictures().empty()) {
    const std::string others = folder.passed_over(MediaFolder::Kind::pictures);
    return fail(Errc::not_found, url.text,
                "the folder has no pictures; right would be files named " + std::string(picture_endings) +
                    (others.empty() ? "" : "; " + others));
  }
  return std::unique_ptr<Source>(std::make_unique<PictureSource>(url, options, folder));
}

}  // namespace camfleet::media
