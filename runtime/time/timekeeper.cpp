#include "runtime/time/timekeeper.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace camfleet::timing {
namespace {

__extension__ using Wide = __int128;

/// A clock that has moved is noticed within twice as long.
constexpr Duration look_every = milliseconds(400);

}  // namespace

Timekeeper::Timekeeper(Instant start, Speed speed, unsigned analyses_at_once)
    : start_(start), speed_(speed), analyses_at_once_(analyses_at_once) {
  assert(analyses_at_once >= 1 && (speed.is_max() || *speed.millionths > 0));
}

Timekeeper::~Timekeeper() {
  stop();
}

void Timekeeper::follow(ClockWatch::Read clocks, Moved moved) {
  assert(!going_ && speed_.is_real_time());
  clocks_ = std::move(clocks);
  moved_ = std::move(moved);
}

void Timekeeper::move(Duration by) {
  assert(!clocks_);
  shift_.fetch_add(by.count(), std::memory_order_acq_rel);
  const std::lock_guard lock(mutex_);
  wake_.notify_one();
}

void Timekeeper::go(Fire fire) {
  fire_ = std::move(fire);
  began_ = std::chrono::steady_clock::now();
  if (clocks_) {
    watch_.emplace(clocks_);
    looked_at_ = began_;
    set_wall(watch_->reading());
  }
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
  std::deque<Row> dropped;
  const std::lock_guard lock(mutex_);
  wall_timers_.clear();
  steady_timers_.clear();
  dropped.swap(rows_);
  taken_ = 0;
}

Instant Timekeeper::now() const {
  if (!going_ && clocks_) return clocks_().wall;
  return steady_now() + shift();
}

Instant Timekeeper::steady_now() const {
  if (!going_) return start_;
  if (speed_.is_max()) return start_ + Duration(jumped_.load(std::memory_order_acquire));
  const std::int64_t elapsed = Duration(std::chrono::steady_clock::now() - began_).count();
  return start_ + Duration(static_cast<std::int64_t>(Wide{elapsed} * *speed_.millionths / Speed::real_time));
}

void Timekeeper::set_wall(const ClockReading& reading) {
  // The steady clock of the library is the machine's, awake.
  const Instant steady = start_ + (reading.awake - began_.time_since_epoch());
  shift_.store((reading.wall - steady).count(), std::memory_order_release);
}

std::optional<ClockMove> Timekeeper::look_at_clocks() {
  const auto present = std::chrono::steady_clock::now();
  if (!watch_ || present - looked_at_ < look_every) return std::nullopt;
  looked_at_ = present;
  const ClockMove move = watch_->look();
  if (!move.happened()) return std::nullopt;
  return move;
}

std::chrono::steady_clock::time_point Timekeeper::real(Instant steady) const {
  const Wide nanoseconds = Wide{(steady - start_).count()} * Speed::real_time / *speed_.millionths;
  const auto most = Duration(std::chrono::hours(24 * 365 * 100)).count();
  // One more, so that the timer never goes off before its instant.
  return began_ + Duration(static_cast<std::int64_t>(std::min<Wide>(nanoseconds + 1, most)));
}

TimerId Timekeeper::add(Heap& heap, Instant at, Timer timer) {
  const std::lock_guard lock(mutex_);
  // What it holds must not outlive who sets it.
  if (stopping_) return {is_free};
  const bool is_first = heap.empty() || at < heap.front().at;
  std::size_t row = rows_.size();
  if (taken_ < rows_.size()) {
    row = free_;
    free_ = rows_[row].timer.tag.number;
  } else {
    assert(row >> row_bits == 0);
    rows_.emplace_back();
  }
  const Id id = (next_number_++ << row_bits) | row;
  rows_[row] = {std::move(timer), id};
  ++taken_;
  heap.push_back({at, id});
  std::ranges::push_heap(heap, std::greater<>());
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
  row.timer.tag.number = static_cast<std::uint32_t>(free_);
  free_ = number;
  --taken_;
  return timer;
}

TimerId Timekeeper::set(ActorId owner, Instant at, TimerTag tag) {
  return add(wall_timers_, at, {owner, tag, nullptr});
}

TimerId Timekeeper::set_after(ActorId owner, Duration span, TimerTag tag) {
  return add(steady_timers_, steady_now() + span, {owner, tag, nullptr});
}

void Timekeeper::call(Instant at, Job<> then) {
  add(wall_timers_, at, {{}, {}, std::move(then)});
}

void Timekeeper::cancel(TimerId timer) {
  const std::lock_guard lock(mutex_);
  if (Row* row = find(timer.value)) take(*row);
  compact(wall_timers_);
  compact(steady_timers_);
}

void Timekeeper::compact(Heap& heap) {
  // All that are taken may be in the other one.
  if (heap.size() < 64 || heap.size() < 2 * taken_) return;
  std::erase_if(heap, [&](const Entry& entry) { return find(entry.id) == nullptr; });
  std::ranges::make_heap(heap, std::greater<>());
}

std::size_t Timekeeper::waiting() {
  const std::lock_guard lock(mutex_);
  return wall_timers_.size() + steady_timers_.size();
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

void WorkToken::end() {
  static_assert(alignof(Timekeeper) > 1);
  const std::uintptr_t ended = std::exchange(time_, no_work);
  Timekeeper& time =
      *reinterpret_cast<Timekeeper*>(ended & ~std::uintptr_t{1});  // NOLINT(performance-no-int-to-ptr)
  (ended & 1U) != 0 ? time.analysis_ends() : time.work_ends();
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

void Timekeeper::pop(Heap& heap) {
  std::ranges::pop_heap(heap, std::greater<>());
  heap.pop_back();
}

void Timekeeper::prune(Heap& heap) {
  while (!heap.empty() && find(heap.front().id) == nullptr) pop(heap);
}

Instant Timekeeper::next_due() const {
  Instant next = end_of_time;
  if (!steady_timers_.empty()) next = steady_timers_.front().at;
  if (!wall_timers_.empty()) next = std::min(next, wall_timers_.front().at - shift());
  return next;
}

void Timekeeper::take_due(std::vector<Timer>& due) {
  const Instant steady = steady_now();
  const Instant wall = steady + shift();
  while (true) {
    prune(wall_timers_);
    prune(steady_timers_);
    const bool wall_due = !wall_timers_.empty() && wall_timers_.front().at <= wall;
    const bool steady_due = !steady_timers_.empty() && steady_timers_.front().at <= steady;
    if (!wall_due && !steady_due) return;
    // In the order of their instants, and of being set.
    const bool takes_wall =
        wall_due && (!steady_due || std::pair(wall_timers_.front().at - shift(), wall_timers_.front().id) <
                                        std::pair(steady_timers_.front().at, steady_timers_.front().id));
    Heap& heap = takes_wall ? wall_timers_ : steady_timers_;
    due.push_back(take(*find(heap.front().id)));
    pop(heap);
  }
}

void Timekeeper::fire_all(std::vector<Timer>& due) {
  // All of an instant together: whoever they wake is woken once.
  for (Timer& timer : due) {
    if (timer.then) {
      timer.then();
    } else {
      fire_(timer.owner, timer.tag);
    }
  }
  due.clear();
}

void Timekeeper::run() {
  std::vector<Timer> due;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (const auto move = look_at_clocks()) {
      lock.unlock();
      const bool follows = moved_(*move, watch_->reading().wall);
      lock.lock();
      if (!follows) return wake_.wait(lock, [this] { return stopping_; });
      set_wall(watch_->reading());
    }
    take_due(due);
    const Instant next = next_due();
    if (!due.empty()) {
      lock.unlock();
      fire_all(due);
      lock.lock();
    } else if (watch_) {
      wake_.wait_until(lock, std::min(real(next), looked_at_ + look_every));
    } else if (next == end_of_time || (speed_.is_max() && !may_jump())) {
      wake_.wait(lock);
    } else if (!speed_.is_max()) {
      wake_.wait_until(lock, real(next));
    } else {
      jumped_.store((next - start_).count(), std::memory_order_release);
    }
  }
}

}  // namespace camfleet::timing
