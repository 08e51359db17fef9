#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/store/commit_queue.hpp"

namespace camfleet::service {

/// Has what becomes of slices, and what is found in them, written down behind the backs of those who run
/// them: none of its functions waits for a disk. Changes reach the store in the order in which they came, a
/// finding after its picture was written. Thread-safe.
class Recorder {
 public:
  struct Limits {
    /// Changes that may wait: beyond them no slice is to begin and no sample to be analysed, until half of
    /// them are written. What was begun is taken all the same.
    std::size_t changes = 100'000;
    /// Of pictures that wait; further ones are lost.
    std::uint64_t picture_bytes = 64ULL << 20U;
  };
  struct Hooks {
    /// Writes a JPEG and says its name; it may take its time. Errors: io.
    std::function<result<std::string>(const std::vector<std::uint8_t>& jpeg)> keep;
    std::function<void(const Error&)> picture_lost;
    /// From now on there is no room, or again; with the number of changes that wait. On any thread.
    std::function<void(bool is_behind, std::size_t waiting)> behind;
  };

  /// Both outlive it.
  Recorder(store::CommitQueue& commits, const Limits& limits, Hooks hooks);
  ~Recorder() { stop(); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Whether there is room for what a further slice or sample brings.
  bool takes_more();
  /// The same of slices that are over, as after an absence: they leave most of the room to what happens now.
  bool takes_backlog() { return takes_more() && waiting() < limits_.changes / backlog_part; }
  void add(store::Change change);
  /// `jpeg` is its picture; empty: it has none. `and_then`: durable together with it.
  void add(store::PutFinding finding, std::vector<std::uint8_t> jpeg,
           std::optional<store::Change> and_then = std::nullopt);
  /// Whether there is room for a picture that can be waited for.
  [[nodiscard]] bool takes_pictures() const;

  /// Changes that are not in the store yet.
  [[nodiscard]] std::size_t waiting() const;
  /// All that came before is handed to the store; nothing more may come.
  void stop();

 private:
  static constexpr std::size_t backlog_part = 10;
  struct Entry {
    std::vector<store::Change> changes;  ///< where there is a picture, of the first
    std::vector<std::uint8_t> jpeg;
  };
  void add(Entry entry);
  void run();
  void write(Entry entry);

  store::CommitQueue& commits_;
  const Limits limits_;
  const Hooks hooks_;
  std::atomic<bool> is_behind_ = false;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Entry> entries_;
  std::uint64_t picture_bytes_ = 0;  ///< of those
  bool is_writing_ = false;          ///< one that is no longer among them
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of them
};

}  // namespace camfleet::service
