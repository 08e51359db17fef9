#include "tools/camfleet/cli/footage_arguments.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/media/media_folder.hpp"
#include "runtime/media/secrets.hpp"
#include "runtime/media/source.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::cli {
namespace {

constexpr std::size_t most_devices = 10'000;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

std::string name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

result<void> FootageArguments::add(const std::string& argument) {
  if (argument.find("://") != std::string::npos) {
    const auto url = media::parse_source_url(argument);
    if (!url.has_value() || url.value().scheme != "file" || !is_folder(url.value().path))
      return add_device(media::redacted(argument), argument, media::redacted(argument));
    const std::size_t question = std::min(argument.find('?'), argument.size());
    return add_folder(without_last_slash(url.value().path), argument.substr(question), argument);
  }
  std::error_code code;
  const auto path = without_last_slash(std::filesystem::absolute(argument, code).lexically_normal().string());
  const auto status = std::filesystem::status(path, code);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(
        Errc::not_found, argument,
        "no such file or folder; give a video file, a folder of clips or of pictures, or a source URL");
  }
  if (is_folder(path)) return add_folder(path, "", argument);
  return add_device(name_of(path), media::file_url(path), argument);
}

result<void> FootageArguments::add_folder(const std::string& path, const std::string& query,
                                          const std::string& argument) {
  using media::MediaFolder;
  CAMFLEET_TRY(const MediaFolder folder, MediaFolder::list(path, argument, media::Limits{}.max_pictures));
  if (folder.clips().empty() && folder.pictures().empty()) {
    const std::string others = folder.passed_over(MediaFolder::Kind::clips);
    return fail(Errc::not_found, argument,
                std::string("holds no clips (").append(media::clip_endings) + ") and no pictures (" +
                    std::string(media::picture_endings) + ")" + (others.empty() ? "" : "; " + others));
  }
  if (folder.clips().empty())
    return add_device(name_of(path), media::file_url(path, "pictures") + query, argument);
  for (const std::string& clip : folder.clips())
    CAMFLEET_CHECK(add_device(clip, media::file_url(path + "/" + clip) + query, argument + "/" + clip));
  std::string others = folder.passed_over(MediaFolder::Kind::clips);
  if (!folder.pictures().empty()) others += "; " + media::file_url(path, "pictures") + " takes its pictures";
  if (!others.empty()) problems_->add({Errc::unsupported, without_last_slash(argument), others});
  return success();
}

result<void> FootageArguments::add_device(std::string name, std::string source, const std::string& argument) {
  if (!is_plain_utf8(name))
    return fail(Errc::invalid_field, argument,
                "the name has a control character or is not UTF-8; rename the file");
  if (devices_.size() == most_devices)
    return fail(Errc::too_large, argument,
                "is one clip too many; a replay has at most " + std::to_string(most_devices));
  // Ids have at most 128 characters; a number may follow.
  while (utf8_length(name) > max_name_length - 8) name.erase(0, 1 + utf8_length(name) % 4);
  // No character is left in part.
  while (!name.empty() && (static_cast<unsigned char>(name[0]) & 0xC0U) == 0x80U) name.erase(0, 1);
  sim::ScenarioDevice device;
  device.id = name;
  device.source = std::move(source);
  for (int i = 2; !taken_.insert(device.id).second; ++i) device.id = name + "#" + std::to_string(i);
  devices_.push_back(std::move(device));
  return success();
}

}  // namespace camfleet::cli
