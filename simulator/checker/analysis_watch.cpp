#include "simulator/checker/analysis_watch.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace camfleet::check {

bool AnalysisWatch::Samples::add(Duration since_due, bool every_frame) {
  if (every_frame || since_due < Duration(0)) {
    const bool is_new = frames_.insert(since_due).second;
    count_ += is_new ? 1 : 0;
    return is_new;
  }
  const auto second = static_cast<std::size_t>(since_due / seconds(1));
  if (second / 64 >= seconds_.size()) seconds_.resize(second / 64 + 1);
  const std::uint64_t bit = std::uint64_t{1} << (second % 64);
  const bool is_new = (seconds_[second / 64] & bit) == 0;
  seconds_[second / 64] |= bit;
  count_ += is_new ? 1 : 0;
  return is_new;
}

void AnalysisWatch::Samples::clear() {
  std::ranges::fill(seconds_, 0);
  frames_.clear();
  count_ = 0;
}

AnalysisWatch::Open* AnalysisWatch::find(const SliceKey& key) {
  if (key.device.value >= open_.size()) return nullptr;
  for (const auto& one : open_[key.device.value]) {
    if (one->key == key) return one.get();
  }
  return nullptr;
}

std::string AnalysisWatch::name(const SliceKey& key) {
  return "of instance " + std::to_string(key.instance.value) + " and device " +
         std::to_string(key.device.value) + " due at " + to_iso(key.due_at);
}

void AnalysisWatch::saw(ActorId to, const BeginSlice& message) {
  const SliceKey key{message.instance, DeviceIx{to.number}, message.slice_due_at};
  Open* open = find(key);
  if (open == nullptr) {
    if (key.device.value >= open_.size()) open_.resize(key.device.value + 1U);
    open_[key.device.value].push_back(std::make_unique<Open>());
    open = open_[key.device.value].back().get();
    open->key = key;
    open->every_frame = message.every_frame;
    open->present.resize(message.algorithms);
  } else {
    // What was analysed before and not told of is analysed again.
    if (open->all.empty()) open->all = open->present;
    for (Samples& one : open->present) one.clear();
  }
  open->place = to.place();
  open->strays.erase(to.place());
}

void AnalysisWatch::saw(ActorId to, const RenameSlice& message) {
  Open* open = find({message.instance, DeviceIx{to.number}, message.slice_due_at});
  if (open == nullptr) return;
  open->place = to.place();
  open->strays.erase(to.place());
}

void AnalysisWatch::saw(Instant now, ActorId to, const Sample& message) {
  Open* open = find({message.instance, message.device, message.due_at});
  // It has its row by now: whoever looks at it is not listened to.
  if (open == nullptr || message.algorithm >= open->present.size()) return;
  const Duration since = message.at - message.due_at;
  if (open->place != to.place()) {
    const Instant first = open->strays.try_emplace(to.place(), now).first->second;
    if (now - first <= coming_to) return;
    breaches_->add("on two nodes", "at " + to_iso(now) + " a sample at " + to_iso(message.at) +
                                       " of the slice " + name(open->key) + " is analysed at place " +
                                       std::to_string(to.place().number) + ", and it runs at " +
                                       std::to_string(open->place.number));
    return;
  }
  if (!open->all.empty()) open->all[message.algorithm].add(since, open->every_frame);
  if (!open->present[message.algorithm].add(since, open->every_frame))
    breaches_->add("analysed twice",
                   "the sample at " + to_iso(message.at) + " of the slice " + name(open->key));
}

void AnalysisWatch::ended(const SliceRow& row) {
  const Open* open = find(row.key);
  const std::vector<Samples>* seen = open == nullptr     ? nullptr
                                     : open->all.empty() ? &open->present
                                                         : &open->all;
  for (std::size_t i = 0; i < row.algorithms.size(); ++i) {
    const std::uint64_t had = seen == nullptr ? 0 : (*seen)[i].count();
    if (row.algorithms[i].analysed > had)
      breaches_->add("not analysed", "the slice " + name(row.key) + " counts " +
                                         std::to_string(row.algorithms[i].analysed) + " samples, " +
                                         std::to_string(had) + " were given to an analyzer");
  }
  if (open != nullptr)
    std::erase_if(open_[row.key.device.value], [&](const auto& one) { return one.get() == open; });
}

void AnalysisWatch::close() {
  for (std::size_t place = 0; place < open_samples_.size(); ++place) {
    if (open_samples_[place] != 0)
      breaches_->add("not answered", std::to_string(open_samples_[place]) +
                                         " samples more were given to the analyzer of place " +
                                         std::to_string(place) + " than it has answered");
  }
}

}  // namespace camfleet::check
