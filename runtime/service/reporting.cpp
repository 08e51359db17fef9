#include <algorithm>

#include "actors/text.hpp"
#include "runtime/plant/reason.hpp"
#include "runtime/service/service.hpp"

// What a service says of itself: its log, its metrics, and whether it is ready.

namespace camfleet::service {
namespace {

double seconds_of(Duration span) {
  return std::chrono::duration<double>(span).count();
}

/// A bad change is refused by a store that works.
bool shows_working_store(const result<store::Committed>& outcome) {
  return outcome.has_value() || outcome.error().code == Errc::broken_invariant;
}

}  // namespace

void Service::report(const Error& error, const plant::ProblemSubject& about) const {
  const bool is_of_device = about.device.has_value();
  tell(Trouble{&error, is_of_device ? std::string_view(roster()[*about.device].id) : "",
               is_of_device ? plant::reason_of(error) : Reason::none, about.ends_stream});
}

void Service::report_lost_log(const store::State& state) const {
  observers_.log->warn("went on without the store's write-ahead log",
                       {{"store", settings_.store},
                        {"last_alive", state.life ? to_iso(Instant(Duration(state.life->alive))) : ""}});
}

void Service::report_made_later(const store::State& state) const {
  constexpr std::size_t most_ids = 5;
  std::size_t count = 0;
  std::string ids;
  for (const store::InstanceRecord& instance : state.instances) {
    if (Instant(Duration(instance.created)) <= began_at_) continue;
    if (++count <= most_ids) ids += (ids.empty() ? "" : ", ") + std::to_string(instance.id);
  }
  if (count == 0) return;
  observers_.log->warn(
      "instances were made by a clock that was ahead",
      {{"instances", count},
       {"ids", ids},
       {"error", "nothing of them is due before they were made; delete them and make them anew"}});
}

bool Service::report_clock(const plant::ClockMove& move, Instant at) {
  const auto say = [&](std::string_view what, std::string_view kind, Duration span) {
    observers_.metrics->clock_moved(kind);
    observers_.log->warn(what, {{"seconds", seconds_of(span)}, {"now", to_iso(at)}});
  };
  if (move.suspended > Duration(0)) say("machine was suspended", "suspended", move.suspended);
  if (move.stepped > Duration(0)) say("clock was put forward", "forward", move.stepped);
  if (move.stepped < Duration(0)) say("clock was put back", "back", -move.stepped);
  begins_anew_ = std::chrono::abs(move.stepped) + move.suspended >= longest_move;
  return !begins_anew_;
}

void Service::report_unreadable(const std::vector<std::pair<std::string, Error>>& sources) const {
  constexpr std::size_t most_lines = 20;
  for (std::size_t i = 0; i < std::min(sources.size(), most_lines); ++i) {
    const auto& [device, error] = sources[i];
    observers_.log->warn("fleet source cannot be read",
                         {{"device", device}, {"where", error.where}, {"error", error.what}});
  }
  if (sources.size() > most_lines)
    observers_.log->warn("more fleet sources cannot be read", {{"devices", sources.size() - most_lines}});
}

void Service::report_demo(const std::vector<std::string>& devices) const {
  if (devices.empty()) return;
  constexpr std::size_t most_names = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(devices.size(), most_names); ++i)
    names += (i == 0 ? "" : ", ") + quote(devices[i]);
  if (devices.size() > most_names) names += ", …";
  observers_.log->warn("unknown devices show the demo camera",
                       {{"devices", devices.size()},
                        {"ids", names},
                        {"error", "neither made by CreateDevice nor of a fleet file; check the spelling"}});
}

void Service::report_committed(Duration took, const result<store::Committed>& outcome) {
  observers_.metrics->committed(took, outcome.has_value());
  store_works_ = shows_working_store(outcome);
  if (!store_works_)
    observers_.log->error("store commit failed",
                          {{"where", outcome.error().where}, {"error", outcome.error().what}});
}

void Service::report_findings(std::span<const store::Change> changes, std::span<const std::size_t> repeated) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto* put = std::get_if<store::PutFinding>(&changes[i]);
    if (put == nullptr) continue;
    if (!std::ranges::binary_search(repeated, i)) {
      tell(FindingStored{&put->finding});
    } else if (!put->finding.picture.empty()) {
      pictures_->drop(put->finding.picture);
    }
  }
}

void Service::report_refused(const Error& error) const {
  // What failed with its whole commit was said then.
  if (error.code == Errc::broken_invariant) report(error);
}

void Service::report_lost_picture(const Error& error) const {
  report(error);
  observers_.metrics->picture_lost();
}

void Service::report_behind(bool is_behind, std::size_t waiting) const {
  if (is_behind)
    observers_.log->warn("the disk is behind: no slice begins, no sample is analysed",
                         {{"changes_waiting", waiting}});
  else
    observers_.log->info("the disk has caught up", {{"changes_waiting", waiting}});
}

result<void> Service::ready() {
  if (store_works_) return success();
  // Nothing may be due that would show that it works again.
  if (commits_->waiting() == 0 && !probing_.exchange(true))
    commits_->submit({store::Probe{}}, [this](const result<void>&) { probing_ = false; });
  return fail(Errc::io, "store", "the last commit failed");
}

void Service::measure() const {
  observers_.metrics->set_streams_open(analysis_->streams_open());
  observers_.metrics->set_changes_waiting(recorder_->waiting());
}

}  // namespace camfleet::service
