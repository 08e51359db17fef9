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
  Entry entry;
  entry.changes.push_back(std::move(change));
  add(std::move(entry));
}

void Recorder::add(store::PutFinding finding, std::vector<std::uint8_t> jpeg,
                   std::optional<store::Change> and_then) {
  Entry entry;
  entry.changes.emplace_back(std::move(finding));
  if (and_then) entry.changes.push_back(*std::move(and_then));
  entry.jpeg = std::move(jpeg);
  add(std::move(entry));
}

bool Recorder::takes_pictures() const {
  const std::lock_guard lock(mutex_);
  return picture_bytes_ < limits_.picture_bytes / 2;
}

void Recorder::add(Entry entry) {
  std::size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    // Nothing that came before it waits for a picture.
    if (entry.jpeg.empty() && entries_.empty() && !is_writing_) {
      return commits_.submit(std::move(entry.changes));
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
      std::get<store::PutFinding>(entry.changes.front()).finding.picture = std::move(kept).value();
    else
      hooks_.picture_lost(kept.error());
  }
  commits_.submit(std::move(entry.changes));
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
