#include "simulator/fault.hpp"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/base/random.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/spec_fields.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 7> fields_at{"at", "device", "node", "kind", "for", "by", "times"};
constexpr std::array<std::string_view, 8> fields_drawn{"draw",  "from", "kinds", "devices",
                                                       "nodes", "for",  "by",    "times"};
constexpr std::int64_t most_times = 1000;

std::string all_names() {
  std::string text;
  for (const std::string_view name : fault_names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

result<FaultKind> kind_of(const json& value, const std::string& path) {
  const auto found = value.is_string() ? std::ranges::find(fault_names, value.get_ref<const std::string&>())
                                       : fault_names.end();
  if (found == fault_names.end())
    return fail(Errc::invalid_field, path, shown(value) + " is not a fault; right are " + all_names());
  return static_cast<FaultKind>(found - fault_names.begin());
}

result<Duration> span_of(const json& value, const std::string& path) {
  const auto span = parse_span(value.is_string() ? value.get<std::string>() : shown(value));
  if (!span.has_value()) return pass(within(path, span.error()));
  return span.value();
}

result<void> read_length(const json& value, const std::string& path, FaultRule& rule) {
  if (!value.is_array()) {
    CAMFLEET_TRY(rule.least, span_of(value, path));
    rule.most = rule.least;
    return success();
  }
  if (value.size() != 2)
    return fail(Errc::invalid_field, path, shown(value) + " is not a range; write [10s, 5min]");
  CAMFLEET_TRY(rule.least, span_of(value[0], path + "[0]"));
  CAMFLEET_TRY(rule.most, span_of(value[1], path + "[1]"));
  if (rule.most < rule.least)
    return fail(Errc::invalid_field, path, shown(value) + " ends before it begins; write the shorter first");
  return success();
}

result<void> read_kinds(const Fields& fields, FaultRule& rule) {
  CAMFLEET_TRY(const json kinds, fields.required_list("kinds"));
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    CAMFLEET_TRY(const FaultKind kind,
                 kind_of(kinds[i], fields.path("kinds") + "[" + std::to_string(i) + "]"));
    rule.kinds.push_back(kind);
  }
  return success();
}

/// Whom it befalls: cameras or nodes by a pattern, as the kinds want it, or the scheduler without one.
result<void> read_victims(const Fields& fields, bool drawn, FaultRule& rule) {
  const std::array<std::string, 2> names =
      drawn ? std::array<std::string, 2>{"devices", "nodes"} : std::array<std::string, 2>{"device", "node"};
  rule.victim = victim_of(rule.kinds.front());
  const std::string kind(fault_names[static_cast<std::size_t>(rule.kinds.front())]);
  for (const FaultKind other : rule.kinds) {
    if (victim_of(other) != rule.victim)
      return fail(Errc::invalid_field, fields.path("kinds"),
                  kind + " and " + std::string(fault_names[static_cast<std::size_t>(other)]) +
                      " do not befall the same; write two entries");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (static_cast<std::size_t>(rule.victim) == i || !fields.has(names[i])) continue;
    std::string what = kind + " befalls ";
    if (rule.victim == Victim::scheduler) {
      what += "the scheduler; leave it out";
    } else {
      what.append(i == 0 ? "a node; write " : "a camera; write ").append(names[1 - i]).append(" instead");
    }
    return fail(Errc::invalid_field, fields.path(names[i]), what);
  }
  if (rule.victim == Victim::scheduler) return success();
  CAMFLEET_TRY(rule.pattern, fields.required_text(names[static_cast<std::size_t>(rule.victim)]));
  return success();
}

result<FaultRule> read_rule(const json& entry, const std::string& path) {
  FaultRule rule;
  CAMFLEET_TRY(const Fields fields, Fields::of(entry, path));
  const bool drawn = fields.has("draw");
  CAMFLEET_CHECK(drawn ? fields.refuse_unknown(fields_drawn, {}) : fields.refuse_unknown(fields_at, {}));
  CAMFLEET_TRY(const json length, fields.required("for"));
  CAMFLEET_CHECK(read_length(length, fields.path("for"), rule));
  if (fields.has("by")) {
    CAMFLEET_TRY(const json by, fields.required("by"));
    CAMFLEET_TRY(rule.by, span_of(by, fields.path("by")));
  }
  CAMFLEET_TRY(const auto times, fields.whole("times", 2, most_times, "a whole number"));
  rule.times = static_cast<std::uint32_t>(times.value_or(rule.times));
  if (drawn) {
    CAMFLEET_TRY(const auto count,
                 fields.required_whole("draw", 1, static_cast<std::int64_t>(max_faults), "a whole number"));
    rule.draw = static_cast<std::uint32_t>(count);
    CAMFLEET_TRY(const std::string from, fields.required_text("from"));
    if (from != "seed")
      return fail(Errc::invalid_field, fields.path("from"),
                  quote(from) + " cannot be drawn from; write seed");
    CAMFLEET_CHECK(read_kinds(fields, rule));
    CAMFLEET_CHECK(read_victims(fields, true, rule));
    return rule;
  }
  CAMFLEET_TRY(const std::string at, fields.required_text("at"));
  const auto instant = parse_iso(at);
  if (!instant.has_value()) return pass(within(fields.path("at"), instant.error()));
  rule.at = instant.value();
  CAMFLEET_TRY(const json kind, fields.required("kind"));
  CAMFLEET_TRY(const FaultKind only, kind_of(kind, fields.path("kind")));
  rule.kinds = {only};
  CAMFLEET_CHECK(read_victims(fields, false, rule));
  return rule;
}

/// Devices or nodes by their numbers.
std::vector<std::uint32_t> matching(const FaultRule& rule, const Roster& roster) {
  std::vector<std::uint32_t> found;
  const std::uint32_t devices = rule.victim == Victim::camera ? roster.device_count() : 0;
  for (std::uint32_t i = 0; i < devices; ++i) {
    if (matches(rule.pattern, roster[DeviceIx{i}].id)) found.push_back(i);
  }
  const std::uint32_t nodes = rule.victim == Victim::node ? roster.node_count() : 0;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (matches(rule.pattern, roster[NodeIx{i}].id)) found.push_back(i);
  }
  if (rule.victim == Victim::scheduler) found.push_back(0);
  return found;
}

/// A run ends a while after its last instant, which a clock that jumps further would leave behind at once.
result<void> check_clock(const std::vector<Fault>& faults) {
  Duration left = max_clock_jumps;
  for (const Fault& fault : faults) {
    if (fault.kind != FaultKind::clock_forward && fault.kind != FaultKind::clock_back) continue;
    const Duration by = fault.to - fault.from;
    if (by > left)
      return fail(Errc::limit, "faults",
                  "the clock is put forward or back by more than 7d in all, at " + to_iso(fault.from) +
                      "; give shorter jumps");
    left -= by;
  }
  return success();
}

/// A run ends some while after its last instant: what is written by then is in its ledger.
result<void> check_store(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    if (fault.kind != FaultKind::store_slow && fault.kind != FaultKind::store_full) continue;
    if (std::max(fault.to - fault.from, fault.by) > max_store_fault)
      return fail(Errc::limit, "faults",
                  "the store is slow or full for more than 7d, at " + to_iso(fault.from) +
                      "; give a shorter `for` or `by`");
  }
  return success();
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at) {
    if (matches(rest, text.substr(at))) return true;
  }
  return false;
}

result<std::vector<FaultRule>> read_faults(const json& list) {
  std::vector<FaultRule> rules;
  for (std::size_t i = 0; i < list.size(); ++i) {
    CAMFLEET_TRY(FaultRule rule, read_rule(list[i], "faults[" + std::to_string(i) + "]"));
    rule.number = static_cast<std::uint32_t>(i);
    rules.push_back(std::move(rule));
  }
  return rules;
}

result<std::vector<Fault>> draw_faults(const std::vector<FaultRule>& rules, const Roster& roster,
                                       std::uint64_t seed, Instant from, Instant until) {
  std::vector<Fault> faults;
  for (const FaultRule& rule : rules) {
    const auto victims = matching(rule, roster);
    if (victims.empty()) continue;
    Random random(mix(seed ^ mix(0xFA017ULL + rule.number)));
    const auto span = [&](Duration least, Duration most) {
      return least + Duration(static_cast<std::int64_t>(
                         random.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
    };
    const auto add = [&](std::uint32_t victim, FaultKind kind, Instant at) {
      Fault fault{.device = {},
                  .kind = kind,
                  .from = at,
                  .to = at + span(rule.least, rule.most),
                  .by = rule.by,
                  .times = rule.times};
      if (rule.victim == Victim::camera) fault.device.value = victim;
      if (rule.victim == Victim::node) fault.node.value = victim;
      faults.push_back(fault);
    };
    const std::size_t count = rule.draw > 0 ? rule.draw : victims.size();
    if (faults.size() + count > max_faults)
      return fail(Errc::limit, "faults", "a run has at most " + std::to_string(max_faults) + " faults");
    for (std::size_t n = 0; n < count; ++n) {
      if (rule.draw == 0) {
        add(victims[n], rule.kinds.front(), rule.at);
        continue;
      }
      const std::uint32_t victim = victims[random.below(victims.size())];
      const FaultKind kind = rule.kinds[random.below(rule.kinds.size())];
      // Whole milliseconds: easier to read in a ledger.
      const Instant at =
          from + std::chrono::floor<std::chrono::milliseconds>(span(Duration(0), until - from));
      add(victim, kind, at);
    }
  }
  CAMFLEET_CHECK(check_clock(faults));
  CAMFLEET_CHECK(check_store(faults));
  sort_faults(faults);
  return faults;
}

std::string fault_detail(std::span<const Fault> of_device, const SliceRow& row) {
  if (of_device.empty()) return "";
  const Reason reason = row.verdict.reason;
  if (reason != Reason::camera_offline && reason != Reason::stream_corrupt) return "";
  const Fault* last = nullptr;
  for (const Fault& fault : of_device) {
    const bool befell = fault.from <= row.ended_at && fault.to >= row.key.due_at - minutes(1);
    if (befell && (last == nullptr || fault.from >= last->from)) last = &fault;
  }
  if (last == nullptr) return "";
  return std::string(fault_names[static_cast<std::size_t>(last->kind)]) + " from " + to_iso(last->from) +
         " to " + to_iso(last->to);
}

void sort_faults(std::vector<Fault>& faults) {
  std::ranges::sort(faults, {}, [](const Fault& fault) {
    return std::tuple(victim_of(fault.kind), fault.device.value, fault.node.value, fault.from, fault.to,
                      fault.kind);
  });
}

}  // namespace camfleet::sim
