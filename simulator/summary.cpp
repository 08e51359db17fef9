#include "simulator/summary.hpp"

#include <algorithm>
#include <utility>

#include "actors/plan/calendar.hpp"
#include "simulator/expectation.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::ordered_json;

double in_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

ordered_json samples_of(const LedgerTotals& totals) {
  ordered_json dropped = ordered_json::object();
  for (std::size_t i = 1; i < reason_count; ++i) {
    if (totals.dropped[i] > 0) dropped[std::string(to_text(static_cast<Reason>(i)))] = totals.dropped[i];
  }
  return {{"due", totals.samples_due},
          {"analysed", totals.analysed},
          {"gated", totals.gated},
          {"dropped", dropped}};
}

ordered_json nodes_of(const std::vector<NodeUse>& nodes) {
  ordered_json rows = ordered_json::array();
  for (const NodeUse& node : nodes) {
    ordered_json mean = nullptr;
    if (node.core_time && node.lasted > Duration(0))
      mean = in_seconds(*node.core_time) / in_seconds(node.lasted);
    rows.push_back({{"id", node.id},
                    {"acu", node.acu},
                    {"mean", mean},
                    {"peak", node.peak ? ordered_json(in_seconds(*node.peak)) : ordered_json(nullptr)},
                    {"slices", node.slices},
                    {"samples", node.samples},
                    {"lost", node.lost}});
  }
  return rows;
}

}  // namespace

NodeUse whole_of(NodeUse process, const Ledger& ledger) {
  const LedgerTotals& totals = ledger.totals();
  process.slices = totals.slices_due;
  process.samples = totals.samples_due;
  process.lost = totals.samples_due - totals.analysed - totals.gated;
  return process;
}

result<ordered_json> summarise(const RunFacts& facts, const Ledger& ledger,
                               const std::vector<std::string>& expectations) {
  const LedgerTotals& totals = ledger.totals();
  ordered_json summary;
  summary["scenario"] = facts.scenario;
  summary["seed"] = facts.seed;
  summary["world"] = facts.world;
  summary["fingerprint"] = facts.is_repeatable ? ordered_json(ledger.fingerprint()) : ordered_json(nullptr);
  summary["plan_fingerprint"] = ledger.plan_fingerprint();
  summary["findings_fingerprint"] =
      facts.findings_fingerprint.empty() ? ordered_json(nullptr) : ordered_json(facts.findings_fingerprint);
  summary["tzdata"] = tzdata_version();
  ordered_json slices = {{"due", totals.slices_due}};
  for (std::size_t i = 0; i < totals.slices.size(); ++i)
    slices[std::string(to_text(static_cast<Outcome>(i)))] = totals.slices[i];
  summary["slices"] = slices;
  summary["samples"] = samples_of(totals);
  summary["findings"] = facts.findings;
  if (!facts.score.is_null()) summary["score"] = facts.score;
  summary["concurrency"] = {{"peak", totals.peak}, {"bound", facts.bound}};
  summary["nodes"] = nodes_of(facts.nodes);
  summary["answers_dropped"] = facts.answers_dropped;
  summary["events"] = facts.events;
  summary["virtual_s"] = in_seconds(facts.virtual_time);
  summary["wall_s"] = in_seconds(facts.wall);
  summary["cpu_s"] = in_seconds(facts.cpu);
  summary["core_s"] = facts.core ? ordered_json(in_seconds(*facts.core)) : ordered_json(nullptr);
  if (facts.delays) {
    summary["delay_s"] = {{"p50", in_seconds(facts.delays->quantile(500))},
                          {"p99", in_seconds(facts.delays->quantile(990))},
                          {"most", in_seconds(facts.delays->most())}};
  }
  summary["rss_bytes"] = facts.rss_bytes;
  const nlohmann::json numbers = nlohmann::json::parse(summary.dump());
  ordered_json weighed = ordered_json::array();
  for (const std::string& text : expectations) {
    CAMFLEET_TRY(const Expectation expectation, Expectation::parse(text));
    if (!facts.delays && expectation.is_about("delay_s")) {
      weighed.push_back({{"text", text}, {"held", nullptr}});
      continue;
    }
    const auto sides = expectation.weigh(numbers);
    // What an algorithm owes in a scene is known with its catalogue alone; the records of a run are worth
    // more than an expectation that nothing can be said of.
    if (!sides.has_value()) {
      if (!expectation.is_about("score")) return pass(sides.error());
      weighed.push_back({{"text", text}, {"held", false}});
      continue;
    }
    ordered_json one{{"text", text}, {"held", sides.value().held}};
    if (sides.value().is_known) one.update({{"left", sides.value().left}, {"right", sides.value().right}});
    weighed.push_back(std::move(one));
  }
  summary["expectations"] = weighed;
  return summary;
}

bool all_held(const ordered_json& summary) {
  return std::ranges::all_of(summary["expectations"],
                             [](const ordered_json& e) { return e["held"] != false; });
}

}  // namespace camfleet::sim
