#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/base/error.hpp"
#include "simulator/camera/loop.hpp"

namespace camfleet::camera {

/// The loops of synthetic cameras: each is made once, kept as a file, and shared by all cameras that show it.
/// Thread-safe.
class Library {
 public:
  struct Settings {
    std::filesystem::path folder;                       ///< made when it is not there; empty: nothing is kept
    std::uint64_t max_bytes = std::uint64_t{2} << 30U;  ///< of all files together: the longest unused go
    unsigned makers = 1;                                ///< loops that are made at once
    /// Hears of what cannot be kept, each once; from any thread.
    std::function<void(const Error&)> problem{};
  };

  explicit Library(Settings settings);
  /// Gives up what is being made.
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// The folder that tools/setup fills: $CAMFLEET_CAMERAS_DIR, else camfleet/cameras in the user's cache.
  static std::filesystem::path standard_folder();

  /// The loop, at once: read from its file, else it is being made from now on, in the order in which its
  /// groups are waited for. A file that is damaged is made again. Where it cannot be made, it says why.
  std::shared_ptr<Loop> open(const LoopKey& key);

  /// How far the making is, in loops and their groups.
  struct Progress {
    std::size_t made = 0;
    std::size_t all = 0;
  };
  /// Makes those of the loops that are not there, and waits for it; `tell` is called now and then, and stops
  /// it by false. Errors: the first of them; ended: it was stopped.
  result<void> make(const std::vector<LoopKey>& keys, const std::function<bool(const Progress&)>& tell);

 private:
  struct Job {
    std::shared_ptr<Loop> loop;
    std::unique_ptr<scene::Renderer> renderer;
  };

  [[nodiscard]] std::shared_ptr<Loop> read(const LoopKey& key) const;
  [[nodiscard]] std::vector<std::filesystem::path> files_of(const LoopKey& key) const;
  void run();
  void make(Job& job);
  /// Writes a loop that is whole; holds it where that is not possible.
  void keep(const std::shared_ptr<Loop>& loop);
  /// Its path.
  [[nodiscard]] result<std::filesystem::path> write(const Loop& loop) const;
  /// Removes the files that were not used for the longest time, until all fit.
  void bound() const;
  void report(const Error& error);

  Settings settings_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::weak_ptr<Loop>, std::less<>> loops_;  ///< by key
  std::deque<Job> jobs_;
  std::deque<std::shared_ptr<Loop>> unkept_;  ///< whole, and not on the disk; the last ones, up to max_bytes
  std::map<std::string, std::size_t, std::less<>> told_;
  std::atomic<bool> stopping_ = false;  ///< set with the lock
  std::vector<std::thread> makers_;
};

}  // namespace camfleet::camera
