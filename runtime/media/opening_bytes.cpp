#include "runtime/media/opening_bytes.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace camfleet::media {
namespace {

/// Of all sources that are being opened. 1,000 cameras whose first pictures have half a megabyte fit.
constexpr std::int64_t most_of_all = 512LL << 20U;

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
    // Who holds more than its share does not wait: it would be for itself.
    while (all().read > most_of_all && all().read > read_ && !must_stop()) all().fewer.wait_for(lock, look);
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
