#include "runtime/service/metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "runtime/service/node_families.hpp"

namespace camfleet::service {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using Buckets = Histogram::BucketBoundaries;

const Buckets& lateness_buckets() {
  static const Buckets buckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};
  return buckets;
}

/// Of what the machine's disk or processor takes.
const Buckets& duration_buckets() {
  static const Buckets buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return buckets;
}

Family<Counter>& counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histograms(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::Families {
  Registry registry;
  Family<Counter>& slices{
      counters(registry, "camfleet_slices_total", "Slices that ended, by outcome and reason.")};
  Gauge& running{
      gauges(registry, "camfleet_slices_running", "Slices that are due and have not ended.").Add({})};
  Histogram& lateness{histograms(registry, "camfleet_slice_lateness_seconds",
                                 "From the instant at which a slice was due until it was declared due, by "
                                 "the service's clock.")
                          .Add({}, lateness_buckets())};
  Family<Counter>& samples{
      counters(registry, "camfleet_samples_total",
               "Samples of slices that ended, by what became of them and, of dropped ones, why.")};
  Counter& analysed{samples.Add({{"result", "analysed"}, {"reason", "none"}})};
  Counter& gated{samples.Add({{"result", "gated"}, {"reason", "none"}})};
  std::array<Counter*, reason_count> dropped{};
  Family<Counter>& findings{
      counters(registry, "camfleet_findings_total", "Samples in which something was found, by algorithm.")};
  Gauge& instances{gauges(registry, "camfleet_instances", "Instances that are followed.").Add({})};
  Gauge& streams{gauges(registry, "camfleet_streams_open", "Streams that are open or opening.").Add({})};
  Counter& reconnects{counters(registry, "camfleet_stream_reconnects_total",
                               "Attempts to open a live stream after it broke or could not be opened.")
                          .Add({})};
  NodeFamilies nodes{registry};
  Counter& findings_dropped{counters(registry, "camfleet_findings_dropped_total",
                                     "Findings of nodes that belong to no slice that is there.")
                                .Add({})};
  Counter& answers_dropped{counters(registry, "camfleet_node_answers_dropped_total",
                                    "What nodes said of slices that they do not have.")
                               .Add({})};
  Counter& pictures_lost{
      counters(registry, "camfleet_pictures_lost_total", "Findings whose picture could not be kept.")
          .Add({})};
  Counter& withdrawn{counters(registry, "camfleet_slices_withdrawn_total",
                              "Slices that a clock that was ahead had made missed, and that are due again.")
                         .Add({})};
  Family<Counter>& clock_moves{
      counters(registry, "camfleet_clock_moves_total",
               "How often the machine's clock was put forward or back, or the machine was suspended.")};
  Histogram& commits{histograms(registry, "camfleet_store_commit_duration_seconds",
                                "How long each commit of the store took.")
                         .Add({}, duration_buckets())};
  Counter& failed_commits{
      counters(registry, "camfleet_store_commit_failures_total", "Commits of the store that failed.")
          .Add({})};
  Gauge& waiting{
      gauges(registry, "camfleet_store_changes_waiting", "Changes that wait for a commit.").Add({})};
  Family<Counter>& calls{
      counters(registry, "camfleet_api_calls_total", "API calls, by action and code of the answer.")};
  Family<Histogram>& call_durations{histograms(registry, "camfleet_api_call_duration_seconds",
                                               "From a whole request to its answer, by action.")};
  /// Of one action: looking labels up in a family costs more than the rest of counting a call.
  struct Action {
    Histogram* durations = nullptr;
    std::map<std::string, Counter*, std::less<>> by_code;
  };
  std::mutex actions_mutex;  ///< guards all below
  std::map<std::string, Action, std::less<>> actions;
  std::set<std::string, std::less<>> codes;

  Counter& calls_of(std::string_view action, std::string_view code);
  Histogram& durations_of(std::string_view action);

 private:
  Action& action_of(std::string_view name) {
    const auto found = actions.find(name);
    return found != actions.end() ? found->second : actions.emplace(name, Action{}).first->second;
  }
};

Counter& Metrics::Families::calls_of(std::string_view action, std::string_view code) {
  const std::lock_guard lock(actions_mutex);
  auto& by_code = action_of(action).by_code;
  if (const auto known = by_code.find(code); known != by_code.end()) return *known->second;
  if (!codes.contains(code)) {
    if (codes.size() < most_codes) {
      codes.emplace(code);
    } else {
      code = "other";
    }
  }
  Counter& counter = calls.Add({{"action", std::string(action)}, {"code", std::string(code)}});
  if (code != "other") by_code.emplace(code, &counter);
  return counter;
}

Histogram& Metrics::Families::durations_of(std::string_view action) {
  const std::lock_guard lock(actions_mutex);
  Histogram*& durations = action_of(action).durations;
  if (durations == nullptr)
    durations = &call_durations.Add({{"action", std::string(action)}}, duration_buckets());
  return *durations;
}

Metrics::Metrics() : families_(std::make_unique<Families>()) {
  families_->slices.Add({{"outcome", "done"}, {"reason", "none"}});
  for (std::size_t i = 1; i < reason_count; ++i) {
    const std::string reason(to_text(static_cast<Reason>(i)));
    families_->dropped.at(i) = &families_->samples.Add({{"result", "dropped"}, {"reason", reason}});
  }
  for (const char* kind : {"forward", "back", "suspended"}) families_->clock_moves.Add({{"kind", kind}});
  gauges(families_->registry, "camfleet_build_info", "1, labelled with what is running.")
      .Add({{"version", CAMFLEET_VERSION}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::slice_due(Duration lateness) {
  families_->lateness.Observe(approximate_seconds(std::max(lateness, Duration(0))));
  families_->running.Increment();
}

void Metrics::slice_reopened() {
  families_->running.Increment();
}

void Metrics::slices_missed(std::uint64_t count) {
  families_->slices
      .Add({{"outcome", std::string(to_text(Outcome::missed))},
            {"reason", std::string(to_text(Reason::scheduler_down))}})
      .Increment(static_cast<double>(count));
}

void Metrics::picture_lost() {
  families_->pictures_lost.Increment();
}

void Metrics::slices_withdrawn(std::uint64_t count) {
  families_->withdrawn.Increment(static_cast<double>(count));
}

void Metrics::slice_ended(const SliceRow& row) {
  Families& all = *families_;
  all.running.Decrement();
  all.slices
      .Add({{"outcome", std::string(to_text(row.verdict.outcome))},
            {"reason", std::string(to_text(row.verdict.reason))}})
      .Increment();
  for (const AlgorithmAccount& account : row.algorithms) {
    all.analysed.Increment(account.analysed);
    all.gated.Increment(account.gated);
    for (std::size_t i = 1; i < reason_count; ++i) {
      if (account.dropped.at(i) > 0) all.dropped.at(i)->Increment(account.dropped.at(i));
    }
  }
}

void Metrics::algorithm_offered(std::string_view algorithm) {
  families_->findings.Add({{"algorithm", std::string(algorithm)}});
}

void Metrics::found(std::string_view algorithm) {
  families_->findings.Add({{"algorithm", std::string(algorithm)}}).Increment();
}

void Metrics::instance_added() {
  families_->instances.Increment();
}

void Metrics::instance_gone() {
  families_->instances.Decrement();
}

void Metrics::stream_reconnecting() {
  families_->reconnects.Increment();
}

void Metrics::clock_moved(std::string_view kind) {
  families_->clock_moves.Add({{"kind", std::string(kind)}}).Increment();
}

void Metrics::committed(Duration took, bool stored) {
  families_->commits.Observe(approximate_seconds(took));
  if (!stored) families_->failed_commits.Increment();
}

void Metrics::api_called(std::string_view action, std::string_view code, std::optional<Duration> took) {
  families_->calls_of(action, code).Increment();
  if (took) families_->durations_of(action).Observe(approximate_seconds(*took));
}

void Metrics::finding_dropped() {
  families_->findings_dropped.Increment();
}

void Metrics::answer_dropped() {
  families_->answers_dropped.Increment();
}

void Metrics::set_nodes(const std::vector<NodeFigures>& nodes) {
  families_->nodes.set(nodes);
}

void Metrics::set_streams_open(std::size_t count) {
  families_->streams.Set(static_cast<double>(count));
}

void Metrics::set_changes_waiting(std::size_t count) {
  families_->waiting.Set(static_cast<double>(count));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace camfleet::service
