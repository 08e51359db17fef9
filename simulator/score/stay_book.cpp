#include "simulator/score/stay_book.hpp"

#include <algorithm>

namespace camfleet::score {

std::optional<StayBook::Entry> StayBook::entry_of(const SamplePlace& sample, std::uint32_t object) const {
  const std::uint32_t in_loop = clock_->in_loop(sample.frame);
  const Duration time = clock_->scene_time(in_loop);
  const std::int64_t loop = sample.frame - in_loop;
  const auto end = std::ranges::upper_bound(*stays_, object, {}, &scene::Stay::id);
  for (auto at = std::ranges::lower_bound(*stays_, object, {}, &scene::Stay::id); at != end; ++at) {
    const scene::Stay& stay = *at;
    const auto position = static_cast<std::uint32_t>(at - stays_->begin());
    // One that never goes is a single stay, however often the loop begins anew.
    if (stay.to - stay.from >= scene::loop_length) return Entry{position, 0, due_at_, std::nullopt};
    if (stay.from <= time && time < stay.to) return Entry{position, loop, sample.at - (time - stay.from), {}};
    const Duration later = time + scene::loop_length;
    if (stay.from <= later && later < stay.to)
      return Entry{position, loop - clock_->plan().frames(), sample.at - (later - stay.from), {}};
  }
  return std::nullopt;
}

void StayBook::note(const SamplePlace& sample, std::uint32_t object, bool is_found) {
  const auto entry = entry_of(sample, object);
  // Stays are exact to 20 ms alone: at their ends truth may be ahead of them.
  if (!entry) return;
  if (object >= last_.size()) last_.resize(object + 1, nothing);
  std::uint32_t& last = last_[object];
  const bool is_new =
      last == nothing || entries_[last].stay != entry->stay || entries_[last].loop != entry->loop;
  if (is_new) {
    last = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(*entry);
  }
  if (is_found && !entries_[last].found) entries_[last].found = sample.at;
}

void StayBook::close(SampleSums& into) const {
  for (const Entry& entry : entries_) {
    ++into.stays_due;
    if (!entry.found) continue;
    ++into.stays_seen;
    const Duration delay = std::max(Duration(0), *entry.found - std::max(entry.begin, due_at_));
    into.first_sight_us += static_cast<std::uint64_t>(delay / std::chrono::microseconds(1));
  }
}

}  // namespace camfleet::score
