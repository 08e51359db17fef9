#include "runtime/service/upload_folder.hpp"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "actors/base/text.hpp"
#include "runtime/media/picture_decoder.hpp"
#include "runtime/media/source.hpp"

namespace camfleet::service {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 64;
constexpr std::string_view going = ".going-";  ///< no id has a dot in front

/// What of a name of the caller's can be one of a file here: no path, no dot in front.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, longest_name)) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    plain += is_plain ? c : '_';
  }
  return plain;
}

/// Its first bytes say what a picture is; a source looks at the ending alone.
std::string_view ending_of(std::string_view codec) {
  return codec == "png" ? ".png" : ".jpg";
}

void sync_folder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

result<std::unique_ptr<UploadFolder>> UploadFolder::open(const fs::path& folder, const Limits& limits) {
  std::unique_ptr<UploadFolder> uploads(new UploadFolder(fs::absolute(folder), limits));
  CAMFLEET_CHECK(uploads->take_over());
  return uploads;
}

result<void> UploadFolder::take_over() {
  std::error_code error;
  if (!fs::exists(folder_, error)) return success();
  for (const auto& source : fs::directory_iterator(folder_, error)) {
    std::error_code ignored;
    if (!source.is_directory(ignored)) {
      // What was being written when the last process ended.
      fs::remove(source.path(), ignored);
      continue;
    }
    if (source.path().filename().string().starts_with(going)) {
      fs::remove_all(source.path(), ignored);
      continue;
    }
    Kept& kept = kept_[source.path().filename().string()];
    for (const auto& picture : fs::directory_iterator(source.path(), ignored)) {
      const std::string name = picture.path().filename().string();
      const auto number = parse_int<std::uint64_t>(name.substr(0, name.find('_')));
      if (!number) continue;
      kept.next = std::max(kept.next, *number + 1);
      ++kept.pictures;
      kept.bytes += picture.file_size(ignored);
    }
    bytes_ += kept.bytes;
  }
  if (error) return fail(Errc::io, folder_.string(), "cannot be listed: " + error.message());
  return success();
}

result<std::string> UploadFolder::add(std::string_view source, std::string_view name,
                                      std::string_view picture) {
  media::PictureDecoder decoder(media::Limits{}.max_pixels);
  media::Frame frame;
  CAMFLEET_TRY(const std::string codec,
               decoder.decode({reinterpret_cast<const std::uint8_t*>(picture.data()), picture.size()},
                              name_text(name), frame));
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[std::string(source)];
  if (kept.pictures >= limits_.pictures)
    return fail(
        Errc::too_large, "data source " + quote(source),
        "has " + std::to_string(kept.pictures) + " pictures, which is the most; delete it and add another");
  if (bytes_ + picture.size() > limits_.bytes)
    return fail(Errc::too_large, "uploads",
                "would take more than " + std::to_string(limits_.bytes >> 20U) + " MiB; delete data sources");
  CAMFLEET_CHECK(plant::check_room(fs::exists(folder_) ? folder_ : folder_.parent_path(), picture.size(),
                                   limits_.reserve));
  const fs::path stem = fs::path(name).stem();
  const std::string file = fmt::format("{:08}_{}{}", kept.next, plain_name(stem.string()), ending_of(codec));
  std::error_code error;
  fs::create_directories(path_of(source), error);
  if (error) return fail(Errc::io, path_of(source).string(), "cannot be made: " + error.message());
  // A device that lists the folder meanwhile sees whole pictures alone.
  const fs::path part = folder_ / (file + ".part");
  CAMFLEET_CHECK(plant::write_whole(part, picture, plant::Durability::durable));
  fs::rename(part, path_of(source) / file, error);
  if (error) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return fail(Errc::io, part.string(), "cannot be moved: " + error.message());
  }
  sync_folder(path_of(source));
  sync_folder(folder_);
  ++kept.next;
  ++kept.pictures;
  kept.bytes += picture.size();
  bytes_ += picture.size();
  return file;
}

std::optional<fs::path> UploadFolder::set_aside(std::string_view source) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(source);
  if (found == kept_.end()) return std::nullopt;
  bytes_ -= found->second.bytes;
  kept_.erase(found);
  fs::path aside = folder_ / (std::string(going) + std::to_string(++set_aside_));
  std::error_code error;
  fs::rename(path_of(source), aside, error);
  return error ? path_of(source) : std::move(aside);
}

void UploadFolder::keep_only(const std::function<bool(const std::string&)>& is_there) {
  std::vector<std::string> gone;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [source, kept] : kept_) {
      if (!is_there(source)) gone.push_back(source);
    }
  }
  for (const std::string& source : gone) {
    std::error_code ignored;
    if (const auto left = set_aside(source)) fs::remove_all(*left, ignored);
  }
}

std::string UploadFolder::url_of(std::string_view source) const {
  return media::file_url(path_of(source).string(), "pictures");
}

}  // namespace camfleet::service
