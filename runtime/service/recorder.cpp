#include "runtime/service/recorder.hpp"

#include <utility>
#include <variant>

namespace camfleet::service {

Recorder::Recorder(store::CommitQueue& commits, const Limits& limits, Hooks hooks)
    : commits_(commits), limits_(limits), hooks_(std::move(hooks)), thread_([this] { run(); }) {}

bool Recorder::takes_more() {
  const std::size_t now = waiting();
  bool was_behind = is_behind_;
  const bool is_behind = was_behind ? now > limits_.changes / 2 : now >= limits_.changes;
  if (is_behind != was_behind && is_behind_.compare_exchange_strong(was_behind, is_behind))
    hooks_.behind(is_behind, now);
  return !is_behind;
}

std::size_t Recorder::waiting() const {
  const std::lock_guard lock(mutex_);
  return entries_.size() + (is_writing_ ? 1 : 0) + commits_.waiting();
}

void Recorder::add(store::Change change) {
  add(Entry{std::move(change), {}});
}

void Recorder::add(store::FindingRecord finding, std::vector<std::uint8_t> jpeg) {
  add(Entry{store::PutFinding{std::move(finding)}, std::move(jpeg)});
}

void Recorder::add(Entry entry) {
  std::size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    // Nothing that came before it waits for a picture.
    if (entry.jpeg.empty() && entries_.empty() && !is_writing_) {
      std::vector<store::Change> changes;
      changes.push_back(std::move(entry.change));
      return commits_.submit(std::move(changes));
    }
    if (picture_bytes_ + entry.jpeg.size() > limits_.picture_bytes) {
      lost = entry.jpeg.size();
      entry.jpeg.clear();
    }
    picture_bytes_ += entry.jpeg.size();
    entries_.push_back(std::move(entry));
  }
  work_.notify_one();
  if (lost > 0)
    hooks_.picture_lost(
        {Errc::limit, "pictures",
         "as many as may wait for the disk do so; one of " + std::to_string(lost) + " bytes is lost"});
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return ending_ || !entries_.empty(); });
    if (entries_.empty()) return;
    Entry next = std::move(entries_.front());
    entries_.pop_front();
    is_writing_ = true;
    lock.unlock();
    const std::size_t bytes = next.jpeg.size();
    write(std::move(next));
    lock.lock();
    is_writing_ = false;
    picture_bytes_ -= bytes;
  }
}

void Recorder::write(Entry entry) {
  if (!entry.jpeg.empty()) {
    auto kept = hooks_.keep(entry.jpeg);
    if (kept.has_value())
      std::get<store::PutFinding>(entry.change).finding.picture = std::move(kept).value();
    else
      hooks_.picture_lost(kept.error());
  }
  std::vector<store::Change> changes;
  changes.push_back(std::move(entry.change));
  commits_.submit(std::move(changes));
}

void Recorder::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return;
    ending_ = true;
  }
  work_.notify_one();
  thread_.join();
}

}  // namespace camfleet::service
