#include "runtime/plant/timekeeper.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace camfleet::plant {
namespace {

__extension__ using Wide = __int128;

}  // namespace

Timekeeper::Timekeeper(Instant start, Speed speed, unsigned analyses_at_once)
    : start_(start), speed_(speed), analyses_at_once_(analyses_at_once) {
  assert(analyses_at_once >= 1 && (speed.is_max() || *speed.millionths > 0));
}

Timekeeper::~Timekeeper() {
  stop();
}

void Timekeeper::go(Fire fire) {
  fire_ = std::move(fire);
  began_ = std::chrono::steady_clock::now();
  going_ = true;
  thread_ = std::thread([this] { run(); });
}

void Timekeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // What the timers hold ends now, while who set them is there.
  const std::lock_guard lock(mutex_);
  heap_.clear();
  rows_.clear();
  taken_ = 0;
}

Instant Timekeeper::now() const {
  if (!going_) return start_;
  if (speed_.is_max()) return start_ + Duration(jumped_.load(std::memory_order_acquire));
  const std::int64_t elapsed = Duration(std::chrono::steady_clock::now() - began_).count();
  return start_ + Duration(static_cast<std::int64_t>(Wide{elapsed} * *speed_.millionths / Speed::real_time));
}

std::chrono::steady_clock::time_point Timekeeper::real(Instant at) const {
  const Wide nanoseconds = Wide{(at - start_).count()} * Speed::real_time / *speed_.millionths;
  const auto most = Duration(std::chrono::hours(24 * 365 * 100)).count();
  // One more, so that the timer never goes off before its instant.
  return began_ + Duration(static_cast<std::int64_t>(std::min<Wide>(nanoseconds + 1, most)));
}

TimerId Timekeeper::add(Instant at, Timer timer) {
  const std::lock_guard lock(mutex_);
  const bool is_first = heap_.empty() || at < heap_.front().at;
  std::size_t row = rows_.size();
  if (taken_ < rows_.size()) {
    row = free_;
    free_ = static_cast<std::size_t>(rows_[row].timer.tag);
  } else {
    assert(row >> row_bits == 0);
    rows_.emplace_back();
  }
  const Id id = (next_number_++ << row_bits) | row;
  rows_[row] = {std::move(timer), id};
  ++taken_;
  heap_.push_back({at, id});
  std::ranges::push_heap(heap_, std::greater<>());
  if (is_first) wake_.notify_one();
  return {id};
}

Timekeeper::Row* Timekeeper::find(Id id) {
  const std::size_t row = id & ((Id{1} << row_bits) - 1);
  return row < rows_.size() && rows_[row].id == id ? &rows_[row] : nullptr;
}

Timekeeper::Timer Timekeeper::take(Row& row) {
  const std::size_t number = row.id & ((Id{1} << row_bits) - 1);
  Timer timer = std::move(row.timer);
  row = {};
  row.timer.tag = free_;
  free_ = number;
  --taken_;
  return timer;
}

TimerId Timekeeper::set(ActorId owner, Instant at, std::uint64_t tag) {
  return add(at, {owner, tag, nullptr});
}

void Timekeeper::call(Instant at, std::function<void()> then) {
  add(at, {{}, 0, std::make_unique<std::function<void()>>(std::move(then))});
}

void Timekeeper::cancel(TimerId timer) {
  const std::lock_guard lock(mutex_);
  if (Row* row = find(timer.value)) take(*row);
  // Entries of cancelled timers go when they are due, or here when they are most of the heap.
  if (heap_.size() < 64 || heap_.size() < 2 * taken_) return;
  std::erase_if(heap_, [&](const Entry& entry) { return find(entry.id) == nullptr; });
  std::ranges::make_heap(heap_, std::greater<>());
}

std::size_t Timekeeper::waiting() {
  const std::lock_guard lock(mutex_);
  return heap_.size();
}

bool Timekeeper::may_jump() const {
  return busy_.load(std::memory_order_acquire) == 0 &&
         analyses_.load(std::memory_order_acquire) < analyses_at_once_;
}

void Timekeeper::wake_if_idle() {
  if (!speed_.is_max() || !may_jump()) return;
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void Timekeeper::work_ends() {
  const std::int64_t before = busy_.fetch_sub(1, std::memory_order_acq_rel);
  assert(before > 0);
  if (before == 1) wake_if_idle();
}

void Timekeeper::analysis_ends() {
  const std::int64_t before = analyses_.fetch_sub(1, std::memory_order_acq_rel);
  assert(before > 0);
  if (before == analyses_at_once_) wake_if_idle();
}

void Timekeeper::take_due(std::vector<Timer>& due) {
  const Instant present = now();
  while (!heap_.empty()) {
    const Entry first = heap_.front();
    Row* row = find(first.id);
    if (row != nullptr && first.at > present) return;
    std::ranges::pop_heap(heap_, std::greater<>());
    heap_.pop_back();
    if (row != nullptr) due.push_back(take(*row));
  }
}

void Timekeeper::run() {
  std::vector<Timer> due;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    take_due(due);
    const bool waits = due.empty() && (heap_.empty() || (speed_.is_max() && !may_jump()));
    if (waits) {
      wake_.wait(lock);
    } else if (due.empty() && !speed_.is_max()) {
      wake_.wait_until(lock, real(heap_.front().at));
    } else if (due.empty()) {
      jumped_.store((heap_.front().at - start_).count(), std::memory_order_release);
    } else {
      lock.unlock();
      // All of an instant together: whoever they wake is woken once.
      for (const Timer& timer : due) {
        if (timer.then) {
          (*timer.then)();
        } else {
          fire_(timer.owner, timer.tag);
        }
      }
      due.clear();
      lock.lock();
    }
  }
}

}  // namespace camfleet::plant
