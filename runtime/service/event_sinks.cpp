#include "runtime/service/event_sinks.hpp"

#include <chrono>
#include <string>
#include <variant>

#include "actors/base/time.hpp"

namespace camfleet::service {
namespace {

using logging::Level;

Level level_of(const Judgement& verdict) {
  const bool is_loss = verdict.outcome == Outcome::partial || verdict.outcome == Outcome::missed;
  return is_loss && verdict.reason != Reason::cancelled ? Level::warn : Level::debug;
}

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

void EventLog::on(const Event& event) {
  std::visit([this](const auto& one) { write(one); }, event);
}

void EventLog::write(const InstanceCreated& event) const {
  if (event.is_recovered) return;
  log_->info("instance created", {{"instance", std::to_string(event.instance)}, {"project", event.project}});
}

void EventLog::write(const InstanceDeleted& event) const {
  log_->info("instance deleted", {{"instance", std::to_string(event.instance)}, {"project", event.project}});
}

void EventLog::write(const DeviceRemoved& event) const {
  log_->info("device removed", {{"instance", std::to_string(event.instance)}, {"device", event.device}});
}

void EventLog::write(const SliceEnded& event) const {
  const Level level = level_of(event.row->verdict);
  if (!log_->shows(level)) return;
  log_->write(level, "slice ended",
              {{"instance", std::to_string(event.instance)},
               {"device", event.device},
               {"slice", to_iso(event.row->key.due_at)},
               {"outcome", to_text(event.row->verdict.outcome)},
               {"reason", to_text(event.row->verdict.reason)},
               {"planned_s", approximate_seconds(event.row->planned)},
               {"observed_s", approximate_seconds(event.row->observed)}});
}

void EventLog::write(const StreamUp& event) const {
  log_->debug("stream is up", {{"device", event.device}});
}

void EventLog::write(const StreamRetried& event) const {
  log_->warn("stream reconnecting", {{"device", event.device}});
}

void EventLog::write(const Trouble& event) const {
  const Error& error = *event.error;
  const bool is_of_device = !event.device.empty();
  const std::string_view what = event.ends_stream ? "stream failed"
                                : is_of_device    ? "stream problem"
                                                  : "problem";
  const Level level = error.code == Errc::broken_invariant ? Level::error : Level::warn;
  log_->write(level, what,
              {{"device", event.device},
               {"reason", is_of_device ? to_text(event.reason) : ""},
               {"where", error.where},
               {"error", error.what.empty() ? sentence(error.code) : error.what}});
}

void EventMetrics::on(const Event& event) {
  std::visit(Overloaded{
                 [this](const InstanceCreated&) { metrics_->instance_added(); },
                 [this](const InstanceDeleted&) { metrics_->instance_gone(); },
                 [this](const SliceBecameDue& one) {
                   if (one.is_recovered)
                     metrics_->slice_reopened();
                   else
                     metrics_->slice_due(one.late);
                 },
                 [this](const SliceEnded& one) { metrics_->slice_ended(*one.row); },
                 [this](const FindingStored& one) { metrics_->found(one.finding->algorithm); },
                 [this](const StreamRetried&) { metrics_->stream_reconnecting(); },
                 [](const auto&) {},
             },
             event);
}

}  // namespace camfleet::service
