#include "tests/actors/machines/story_world.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/actors/machines/message_text.hpp"

namespace camfleet::testing {
namespace {

std::string slice_text(const SliceKey& key) {
  return "instance=" + std::to_string(key.instance.value) + " device=" + std::to_string(key.device.value) +
         " due=" + to_text(key.due_at);
}

std::string place_text(Place place) {
  return place == home_place ? "home" : "node" + std::to_string(node_at(place).value);
}

std::string account_text(const AlgorithmAccount& account) {
  std::string text = std::to_string(account.analysed) + "/" + std::to_string(account.due);
  if (account.gated > 0) text += " gated " + std::to_string(account.gated);
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (account.dropped[i] == 0) continue;
    text += " ";
    text += to_text(static_cast<Reason>(i));
    text += " " + std::to_string(account.dropped[i]);
  }
  return text;
}

}  // namespace

std::string StoryWorld::line_of(ActorId to, const Message& message) {
  return to_text(to) + ": " + to_text(message);
}

std::string StoryWorld::name_of(const TimerTag& tag) const {
  std::string text = tag.kind < timer_names_.size() ? timer_names_[tag.kind] : "";
  if (tag.number > 0 || tag.use > 0) text += " " + std::to_string(tag.number) + "/" + std::to_string(tag.use);
  return text.empty() || text.starts_with(' ') ? text : " " + text;
}

TimerId StoryWorld::set_timer(Instant at, TimerTag tag, bool after_span) {
  timers_.push_back({next_id_, at, tag, after_span});
  say("timer" + name_of(tag) + " at " + to_text(goes_off(timers_.back())));
  return {next_id_++};
}

void StoryWorld::cancel_timer(TimerId timer) {
  const auto found = std::ranges::find(timers_, timer.value, &Timer::id);
  if (found == timers_.end()) return;
  say("no timer" + name_of(found->tag) + " at " + to_text(goes_off(*found)));
  timers_.erase(found);
}

std::optional<Instant> StoryWorld::next_timer() const {
  std::optional<Instant> next;
  for (const Timer& timer : timers_) next = std::min(next.value_or(end_of_time), goes_off(timer));
  return next;
}

std::optional<TimerFired> StoryWorld::take_timer() {
  const auto first = std::ranges::min_element(timers_, {}, [&](const Timer& one) { return goes_off(one); });
  if (first == timers_.end() || goes_off(*first) > now_) return std::nullopt;
  const TimerFired fired{first->tag};
  timers_.erase(first);
  return fired;
}

void StoryWorld::call(const std::string& name, const std::string& arguments) {
  say(name + " " + arguments);
  if (failing_ != name) return;
  failing_.clear();
  throw std::runtime_error(name);
}

bool StoryWorld::slice_due(const SliceKey& key, Duration planned) {
  if (is_full_) {
    say("no room for what is due: " + slice_text(key));
    return false;
  }
  call("due", slice_text(key) + " planned=" + to_text(planned));
  return true;
}

void StoryPlant::open(DeviceIx /*device*/, StreamIx stream, std::uint32_t spf_s) {
  world_->call("open", "stream=" + std::to_string(stream.value) + " spf_s=" + std::to_string(spf_s));
}

void StoryPlant::read(DeviceIx /*device*/, const ReadRequest& request) {
  std::string text = "stream=" + std::to_string(request.stream.value) +
                     " slot=" + std::to_string(request.slot.slot) + "/" + std::to_string(request.slot.use) +
                     " sample=" + std::to_string(request.sample) +
                     " not_before=" + to_text(request.not_before);
  if (request.target != Duration(0)) text += " target=" + to_text(request.target);
  if (request.every_frame) text += " every_frame";
  world_->call("read", text);
}

void StoryPlant::close(DeviceIx /*device*/, StreamIx stream) {
  world_->call("close", "stream=" + std::to_string(stream.value));
}

void StoryPlant::retain(FrameIx frame) {
  world_->call("retain", "frame=" + std::to_string(frame.value));
}

void StoryPlant::release(FrameIx frame) {
  world_->call("release", "frame=" + std::to_string(frame.value));
}

void StoryPlant::analyse(AnalyzerIx /*analyzer*/, std::uint32_t ticket, const Sample& sample) {
  world_->call("analyse", "ticket=" + std::to_string(ticket) +
                              " device=" + std::to_string(sample.device.value) +
                              " sample=" + std::to_string(sample.sample));
}

bool StoryPlant::outlives(std::string_view node) const {
  for (std::uint32_t i = 0; i < roster_->node_count(); ++i) {
    if ((*roster_)[NodeIx{i}].id.data() == node.data()) return true;
  }
  return node.empty() || node == own_node;
}

void StoryPlant::slice_ended(const SliceRow& row) {
  // A row is kept until it is written down.
  if (!outlives(row.node)) world_->say("! its node's name ends with it");
  std::string text = slice_text(row.key) + ": " + std::string(to_text(row.verdict.outcome));
  if (row.verdict.reason != Reason::none) text += " " + std::string(to_text(row.verdict.reason));
  for (const AlgorithmAccount& account : row.algorithms) text += ", " + account_text(account);
  if (row.started_at) text += ", started " + to_text(*row.started_at);
  text += ", ended " + to_text(row.ended_at) + ", planned " + to_text(row.planned);
  if (row.observed > Duration(0)) text += ", observed " + to_text(row.observed);
  if (!row.node.empty()) text += ", on " + std::string(row.node);
  for (const SlicePart& part : row.parts) {
    text += ", part on " + part.node + " " + to_text(part.from) + " to " + to_text(part.to);
    if (!part.why.empty()) text += " " + part.why;
  }
  if (row.cut) text += ", cut";
  world_->call("row", text);
}

void StoryPlant::slice_runs(const SliceKey& key, Place place) {
  world_->call("runs", slice_text(key) + " at " + place_text(place));
}

void StoryPlant::slice_left(const SliceKey& key, Place place, const SampleCount& samples) {
  world_->call("left", slice_text(key) + " at " + place_text(place) + ": " + std::to_string(samples.through) +
                           "/" + std::to_string(samples.due));
}

void StoryPlant::slice_moved(const SliceKey& key, const SliceSoFar& so_far) {
  world_->call("moved", slice_text(key) + " goes on from " + to_text(so_far.due_at));
}

void StoryPlant::instance_ended(InstanceIx instance) {
  world_->call("instance_ended", std::to_string(instance.value));
}

void StoryPlant::answer_dropped(Place from) {
  world_->call("dropped", "an answer from " + place_text(from));
}

}  // namespace camfleet::testing
