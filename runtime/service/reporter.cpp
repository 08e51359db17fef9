#include "runtime/service/reporter.hpp"

#include <algorithm>
#include <span>

#include "actors/base/text.hpp"
#include "runtime/plant/reason.hpp"
#include "runtime/service/downtime.hpp"
#include "runtime/service/event_sinks.hpp"

namespace camfleet::service {
namespace {

/// Of devices or sources with the same trouble.
constexpr std::size_t most_lines = 20;

/// The first of many, with commas.
class FewNames {
 public:
  void add(const std::string& name) {
    if (++count_ <= most) text_ += (count_ == 1 ? "" : ", ") + name;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string text() const { return count_ > most ? text_ + ", …" : text_; }

 private:
  static constexpr std::size_t most = 5;
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

Reporter::Reporter(const Observers& observers) : observers_(observers) {
  sinks_.push_back(std::make_unique<EventLog>(*observers.log));
  sinks_.push_back(std::make_unique<EventMetrics>(*observers.metrics));
}

void Reporter::trouble(const Error& error, std::string_view device, bool ends_stream, Reason reason) const {
  if (reason == Reason::none && !device.empty()) reason = plant::reason_of(error);
  tell(Trouble{&error, device, reason, ends_stream});
}

void Reporter::migrates(std::int32_t from, std::int32_t to) const {
  observers_.log->info("store is brought to a newer schema, which can take minutes",
                       {{"from", from}, {"to", to}});
}

void Reporter::pictures_gave_way(std::size_t count, std::uint64_t bytes) const {
  observers_.log->warn("pictures removed for space", {{"pictures", count}, {"bytes", bytes}});
}

void Reporter::picture_lost(const Error& error) const {
  trouble(error);
  observers_.metrics->picture_lost();
}

void Reporter::orphaned(const store::FindingRecord& finding) const {
  trouble({Errc::unknown_id, "finding of instance " + std::to_string(finding.slice.instance),
           "is of a slice that is not there; it was dropped"},
          finding.slice.device);
  observers_.metrics->finding_dropped();
}

void Reporter::node(const std::string& line) const {
  observers_.log->info(line);
}

void Reporter::behind(bool is_behind, std::size_t waiting) const {
  if (is_behind)
    observers_.log->warn("the disk is behind: no slice begins, no sample is analysed",
                         {{"changes_waiting", waiting}});
  else
    observers_.log->info("the disk has caught up", {{"changes_waiting", waiting}});
}

void Reporter::committed(Duration took, const result<store::Committed>& outcome, bool store_works) const {
  observers_.metrics->committed(took, outcome.has_value());
  if (!store_works)
    observers_.log->error("store commit failed",
                          {{"where", outcome.error().where}, {"error", outcome.error().what}});
}

void Reporter::clock_moved(const timing::ClockMove& move, Instant at) const {
  const auto say = [&](std::string_view what, std::string_view kind, Duration span) {
    observers_.metrics->clock_moved(kind);
    observers_.log->warn(what, {{"seconds", approximate_seconds(span)}, {"now", to_iso(at)}});
  };
  if (move.suspended > Duration(0)) say("machine was suspended", "suspended", move.suspended);
  if (move.stepped > Duration(0)) say("clock was put forward", "forward", move.stepped);
  if (move.stepped < Duration(0)) say("clock was put back", "back", -move.stepped);
}

void Reporter::lost_log(const std::string& store, const store::State& state) const {
  observers_.log->warn(
      "went on without the store's write-ahead log",
      {{"store", store}, {"last_alive", state.life ? to_iso(instant_of(state.life->alive)) : ""}});
}

void Reporter::made_later(const store::State& state, Instant now) const {
  FewNames ids;
  for (const store::InstanceRecord& instance : state.instances) {
    if (instant_of(instance.created) > now) ids.add(std::to_string(instance.id));
  }
  if (ids.count() == 0) return;
  observers_.log->warn(
      "instances were made by a clock that was ahead",
      {{"instances", ids.count()},
       {"ids", ids.text()},
       {"error", "nothing of them is due before they were made; delete them and make them anew"}});
}

void Reporter::withdrawn(const store::Withdrawn& what, Instant now, Instant alive) const {
  observers_.metrics->slices_withdrawn(what.slices + what.open);
  observers_.log->warn("clock is behind what the store knows", {{"now", to_iso(now)},
                                                                {"last_alive", to_iso(alive)},
                                                                {"withdrawn", what.slices},
                                                                {"withdrawn_open", what.open},
                                                                {"withdrawn_spans", what.spans},
                                                                {"withdrawn_findings", what.findings}});
}

void Reporter::absence(std::size_t instances, std::uint64_t slices, std::optional<Instant> alive,
                       Instant until) const {
  observers_.metrics->slices_missed(slices);
  observers_.log->warn("slices of a long absence are missed, as one row for each instance",
                       {{"instances", instances},
                        {"slices", slices},
                        {"last_alive", alive ? to_iso(*alive) : ""},
                        {"until", to_iso(until)}});
}

void Reporter::recovered(std::size_t instances, std::size_t devices, std::size_t open_slices,
                         Duration took) const {
  const std::chrono::duration<double, std::milli> ms = took;
  observers_.log->info(
      "recovered",
      {{"instances", instances}, {"devices", devices}, {"open_slices", open_slices}, {"ms", ms.count()}});
}

void Reporter::surprises(const std::vector<Error>& sources) const {
  for (const Error& error : std::span(sources).first(std::min(sources.size(), most_lines)))
    observers_.log->info("a server was asked", {{"where", error.where}, {"what", error.what}});
  if (sources.size() > most_lines)
    observers_.log->info("more servers said the same of others", {{"sources", sources.size() - most_lines}});
}

void Reporter::unreadable(const std::vector<std::pair<std::string, Error>>& sources) const {
  for (std::size_t i = 0; i < std::min(sources.size(), most_lines); ++i) {
    const auto& [device, error] = sources[i];
    observers_.log->warn("fleet source cannot be read",
                         {{"device", device}, {"where", error.where}, {"error", error.what}});
  }
  if (sources.size() > most_lines)
    observers_.log->warn("more fleet sources cannot be read", {{"devices", sources.size() - most_lines}});
}

void Reporter::demo(const std::vector<std::string>& devices) const {
  if (devices.empty()) return;
  FewNames names;
  for (const std::string& device : devices) names.add(quote(device));
  observers_.log->warn("unknown devices show the demo camera",
                       {{"devices", devices.size()},
                        {"ids", names.text()},
                        {"error", "neither made by CreateDevice nor of a fleet file; check the spelling"}});
}

}  // namespace camfleet::service
