#include "runtime/service/picture_folder.hpp"

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <tuple>

#include <fmt/format.h>

#include "actors/base/text.hpp"
#include "runtime/plant/whole_file.hpp"

namespace camfleet::service {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view suffix = ".jpg";

Instant machine_now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

bool is_name(std::string_view name) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return !name.empty() && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string new_name() {
  static std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) name += fmt::format("{:08x}", random());
  return name.append(suffix);
}

}  // namespace

result<std::unique_ptr<PictureFolder>> PictureFolder::open(const fs::path& folder, const Limits& limits,
                                                           GaveWay gave_way) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Errc::io, folder.string(), "cannot be made: " + error.message());
  std::unique_ptr<PictureFolder> pictures(new PictureFolder(folder, limits, std::move(gave_way)));
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (!is_name(name) || !entry.is_regular_file(ignored)) continue;
    const auto written = std::chrono::file_clock::to_sys(entry.last_write_time(ignored));
    pictures->kept_.push_back({std::move(name), entry.file_size(ignored),
                               Instant(std::chrono::duration_cast<Duration>(written.time_since_epoch()))});
    pictures->bytes_ += pictures->kept_.back().bytes;
  }
  if (error) return fail(Errc::io, folder.string(), "cannot be listed: " + error.message());
  std::ranges::sort(pictures->kept_, {}, &Kept::at);
  std::ignore = pictures->make_room(machine_now(), 0);
  return pictures;
}

result<void> PictureFolder::make_room(Instant now, std::uint64_t further) {
  std::size_t pictures = 0;
  std::uint64_t bytes = 0;
  const auto has_room = [&] { return plant::check_room(folder_, further, limits_.reserve); };
  while (!kept_.empty()) {
    const bool is_aged = kept_.front().at + limits_.age < now;
    if (!is_aged && bytes_ + further <= limits_.bytes && has_room().has_value()) break;
    if (!is_aged) {
      ++pictures;
      bytes += kept_.front().bytes;
    }
    std::error_code ignored;
    fs::remove(folder_ / kept_.front().name, ignored);
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
  }
  if (pictures > 0 && gave_way_) gave_way_(pictures, bytes);
  return has_room();
}

result<std::string> PictureFolder::keep(const std::vector<std::uint8_t>& jpeg) {
  const std::lock_guard lock(mutex_);
  std::string name = new_name();
  const fs::path path = folder_ / name;
  const Instant now = machine_now();
  CAMFLEET_CHECK(make_room(now, jpeg.size()));
  CAMFLEET_CHECK(plant::write_whole(path, {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()},
                                    plant::Durability::cached));
  kept_.push_back({name, jpeg.size(), now});
  bytes_ += jpeg.size();
  return name;
}

void PictureFolder::drop(std::string_view name) {
  const std::lock_guard lock(mutex_);
  // Those that go were kept a moment ago.
  const auto found = std::ranges::find(kept_.rbegin(), kept_.rend(), name, &Kept::name);
  if (found == kept_.rend()) return;
  std::error_code ignored;
  fs::remove(folder_ / found->name, ignored);
  bytes_ -= found->bytes;
  kept_.erase(std::next(found).base());
}

result<std::string> PictureFolder::read(std::string_view name) const {
  std::ifstream file(is_name(name) ? folder_ / name : fs::path(), std::ios::binary);
  if (!file) return fail(Errc::not_found, "picture", "is not kept any more");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::uint64_t PictureFolder::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace camfleet::service
