#include "simulator/camera/library.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "actors/base/hash.hpp"
#include "simulator/camera/loop_file.hpp"
#include "simulator/scene/renderer.hpp"

namespace camfleet::camera {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".mkv";
/// A file that is being written, or was when its process ended.
constexpr std::string_view unfinished = ".part";
constexpr auto unfinished_for = std::chrono::hours(1);

/// "street-1-….0123abcd.": what the name of a file of this loop begins with; its own hash follows.
std::string stem_of(const LoopKey& key) {
  return key.text() + "." + to_hex(scene::render_version()).substr(0, 8) + ".";
}

/// True for what a library wrote: whatever else lies in its folder is not its own.
bool is_own(const fs::path& path) {
  const std::string name = path.filename().string();
  const auto begins = [&](std::string_view scene) { return name.starts_with(std::string(scene) + "-"); };
  return std::ranges::any_of(scene::scene_names, begins) && name.find("kbps.") != std::string::npos &&
         (name.ends_with(suffix) || name.ends_with(unfinished));
}

/// Regular files in a folder; empty when it cannot be read.
std::vector<fs::directory_entry> files_in(const fs::path& folder) {
  std::vector<fs::directory_entry> files;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code)) {
    if (at->is_regular_file(code)) files.push_back(*at);
  }
  return files;
}

}  // namespace

Library::Library(Settings settings) : settings_(std::move(settings)) {}

Library::~Library() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Job& job : jobs_) job.loop->fail({Errc::ended, job.loop->key().text(), "is not made any further"});
    jobs_.clear();
    wake_.notify_all();
  }
  for (std::thread& maker : makers_) maker.join();
}

fs::path Library::standard_folder() {
  const auto variable = [](const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::string() : std::string(text);
  };
  if (const std::string own = variable("CAMFLEET_CAMERAS_DIR"); !own.empty()) return own;
  const std::string cache = variable("XDG_CACHE_HOME");
  const std::string home = variable("HOME");
  const fs::path folder = !cache.empty() ? fs::path(cache) : fs::path(home.empty() ? "/" : home) / ".cache";
  return folder / "camfleet" / "cameras";
}

std::vector<fs::path> Library::files_of(const LoopKey& key) const {
  std::vector<fs::path> found;
  if (settings_.folder.empty()) return found;
  const std::string stem = stem_of(key);
  for (const auto& file : files_in(settings_.folder)) {
    const std::string name = file.path().filename().string();
    if (name.starts_with(stem) && name.ends_with(suffix)) found.push_back(file.path());
  }
  return found;
}

std::shared_ptr<Loop> Library::read(const LoopKey& key) const {
  for (const fs::path& file : files_of(key)) {
    const auto hash = hash_of_file(file);
    const bool whole =
        hash.has_value() && file.filename().string() == stem_of(key) + hash.value() + std::string(suffix);
    if (whole) {
      auto loop = read_loop(key, file);
      if (loop.has_value()) {
        std::error_code ignored;
        fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
        return std::move(loop).value();
      }
    }
    // Damaged: it is made again.
    std::error_code ignored;
    fs::remove(file, ignored);
  }
  return nullptr;
}

std::shared_ptr<Loop> Library::open(const LoopKey& key) {
  const std::lock_guard lock(mutex_);
  const std::string name = key.text();
  if (const auto found = loops_.find(name); found != loops_.end()) {
    if (auto loop = found->second.lock(); loop != nullptr && !loop->failure()) return loop;
  }
  std::shared_ptr<Loop> loop = read(key);
  if (loop == nullptr) {
    loop = std::make_shared<Loop>(key);
    jobs_.push_back({loop, nullptr});
    if (makers_.size() < std::max(1U, settings_.makers)) makers_.emplace_back([this] { run(); });
    wake_.notify_one();
  }
  std::erase_if(loops_, [](const auto& entry) { return entry.second.expired(); });
  loops_.insert_or_assign(name, loop);
  return loop;
}

result<void> Library::make(const std::vector<LoopKey>& keys,
                           const std::function<bool(const Progress&)>& tell) {
  Progress progress{0, keys.size()};
  // As many at once as are made at once: what is whole is on the disk, and need not be held.
  std::deque<std::shared_ptr<Loop>> making;
  auto next = keys.begin();
  while (true) {
    if (!tell(progress))
      return fail(Errc::ended, "streams of synthetic cameras",
                  std::to_string(progress.made) + " of " + std::to_string(progress.all) +
                      " are made; the others were not waited for");
    if (progress.made == progress.all) return success();
    if (next != keys.end() && making.size() < settings_.makers) {
      making.push_back(open(*next++));
      continue;
    }
    if (const auto failure = making.front()->failure()) return pass(*failure);
    if (making.front()->is_whole()) {
      making.pop_front();
      ++progress.made;
    } else {
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
}

void Library::run() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      // One after the other, unless somebody waits for another one.
      auto next = std::ranges::find_if(jobs_, [](const Job& one) { return one.loop->is_wanted(); });
      if (next == jobs_.end()) next = jobs_.begin();
      job = std::move(*next);
      jobs_.erase(next);
    }
    make(job);
  }
}

void Library::make(Job& job) {
  if (job.renderer == nullptr) {
    const LoopKey& key = job.loop->key();
    auto renderer = scene::Renderer::make(key.scene, key.variant, key.size);
    if (!renderer.has_value()) return job.loop->fail(renderer.error());
    job.renderer = std::move(renderer).value();
  }
  const auto unit = job.loop->next_unit();
  if (unit) {
    const auto made = make_unit(*job.loop, *unit, *job.renderer, &stopping_);
    if (!made.has_value()) return job.loop->fail(made.error());
  }
  if (job.loop->is_whole()) return keep(job.loop);
  const std::lock_guard lock(mutex_);
  if (stopping_) return job.loop->fail({Errc::ended, job.loop->key().text(), "is not made any further"});
  jobs_.push_front(std::move(job));
  wake_.notify_one();
}

void Library::keep(const std::shared_ptr<Loop>& loop) {
  const auto hold = [&] {
    const std::lock_guard lock(mutex_);
    unkept_.push_back(loop);
    std::uint64_t bytes = 0;
    for (const auto& held : unkept_) bytes += held->bytes();
    for (; bytes > settings_.max_bytes && unkept_.size() > 1; unkept_.pop_front())
      bytes -= unkept_.front()->bytes();
  };
  if (settings_.folder.empty()) return hold();
  const auto written = write(*loop);
  if (!written.has_value()) {
    hold();
    return report(written.error());
  }
  bound();
  std::error_code ignored;
  if (fs::exists(written.value(), ignored)) return;
  hold();
  report({Errc::limit, settings_.folder.string(),
          "loop " + loop->key().text() +
              " is larger than all of them may be, and will be made anew the next time; "
              "give a larger --camera-cache"});
}

result<fs::path> Library::write(const Loop& loop) const {
  std::error_code code;
  fs::create_directories(settings_.folder, code);
  const fs::path part =
      settings_.folder / (loop.key().text() + "." + std::to_string(::getpid()) + std::string(unfinished));
  const auto give_up = [&](const Error& error) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return fail(Errc::io, settings_.folder.string(),
                "a camera's loop cannot be kept, and will be made anew the next time (" + error.what +
                    "); make room, or set CAMFLEET_CAMERAS_DIR to a folder that can be written");
  };
  if (const auto written = write_loop(loop, part); !written.has_value()) return give_up(written.error());
  const auto hash = hash_of_file(part);
  if (!hash.has_value()) return give_up(hash.error());
  fs::path path = settings_.folder / (stem_of(loop.key()) + hash.value() + std::string(suffix));
  fs::rename(part, path, code);
  if (code) return give_up({Errc::io, "", code.message()});
  return path;
}

void Library::bound() const {
  auto files = files_in(settings_.folder);
  std::erase_if(files, [](const fs::directory_entry& file) { return !is_own(file.path()); });
  std::error_code code;
  const auto now = fs::file_time_type::clock::now();
  std::erase_if(files, [&](const fs::directory_entry& file) {
    const bool left =
        file.path().extension() == unfinished && now - file.last_write_time(code) > unfinished_for;
    return left && fs::remove(file.path(), code);
  });
  std::erase_if(files, [](const fs::directory_entry& file) { return file.path().extension() != suffix; });
  std::ranges::sort(files, {}, [](const fs::directory_entry& file) {
    std::error_code ignored;
    return file.last_write_time(ignored);
  });
  std::uint64_t sum = 0;
  for (const auto& file : files) sum += file.file_size(code);
  for (auto file = files.begin(); file != files.end() && sum > settings_.max_bytes; ++file) {
    sum -= file->file_size(code);
    fs::remove(file->path(), code);
  }
}

void Library::report(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    if (told_[error.line()]++ > 0) return;
  }
  if (settings_.problem) settings_.problem(error);
}

}  // namespace camfleet::camera
