#include "runtime/media/opening_bytes.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace camfleet::media {
namespace {

/// Of all sources that are being opened. 1,000 cameras whose first pictures have half a megabyte fit.
constexpr std::int64_t most_of_all = 512LL << 20U;

/// Who has read no more than this waits for nobody: it is as much as an honest source needs.
constexpr std::int64_t never_waits = 4LL << 20U;

constexpr std::chrono::milliseconds look(100);

struct All {
  std::mutex mutex;
  std::condition_variable fewer;
  std::int64_t read = 0;
};

All& all() {
  static All one;
  return one;
}

}  // namespace

bool OpeningBytes::add(std::int64_t count, const std::function<bool()>& must_stop) {
  if (!counts_) return true;
  {
    std::unique_lock lock(all().mutex);
    while (all().read > most_of_all && read_ > never_waits && !must_stop()) all().fewer.wait_for(lock, look);
    all().read += count;
  }
  read_ += count;
  return read_ <= most_;
}

void OpeningBytes::opened() {
  if (!counts_) return;
  counts_ = false;
  const std::lock_guard lock(all().mutex);
  all().read -= read_;
  all().fewer.notify_all();
}

}  // namespace camfleet::media
