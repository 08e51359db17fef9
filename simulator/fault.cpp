#include "simulator/fault.hpp"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "actors/json_text.hpp"
#include "actors/random.hpp"
#include "actors/spec_fields.hpp"
#include "actors/text.hpp"

namespace camfleet::sim {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> fields_at{"at", "device", "kind", "for", "by"};
constexpr std::array<std::string_view, 6> fields_drawn{"draw", "from", "kinds", "devices", "for", "by"};

result<FaultKind> kind_of(const json& value, const std::string& path) {
  const auto found = value.is_string() ? std::ranges::find(fault_names, value.get_ref<const std::string&>())
                                       : fault_names.end();
  if (found == fault_names.end())
    return fail(Errc::invalid_field, path,
                shown(value) + " is not a fault; write disconnect, freeze, slow_connect or corrupt");
  return static_cast<FaultKind>(found - fault_names.begin());
}

result<Duration> span_of(const json& value, const std::string& path) {
  const auto span = parse_span(value.is_string() ? value.get<std::string>() : shown(value));
  if (!span.has_value()) return BOOST_OUTCOME_V2_NAMESPACE::failure(within(path, span.error()));
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
  if (drawn) {
    CAMFLEET_TRY(const auto count,
                 fields.required_whole("draw", 1, static_cast<std::int64_t>(max_faults), "a whole number"));
    rule.draw = static_cast<std::uint32_t>(count);
    CAMFLEET_TRY(const std::string from, fields.required_text("from"));
    if (from != "seed")
      return fail(Errc::invalid_field, fields.path("from"),
                  quote(from) + " cannot be drawn from; write seed");
    CAMFLEET_CHECK(read_kinds(fields, rule));
    CAMFLEET_TRY(rule.devices, fields.required_text("devices"));
    return rule;
  }
  CAMFLEET_TRY(const std::string at, fields.required_text("at"));
  const auto instant = parse_iso(at);
  if (!instant.has_value())
    return BOOST_OUTCOME_V2_NAMESPACE::failure(within(fields.path("at"), instant.error()));
  rule.at = instant.value();
  CAMFLEET_TRY(const json kind, fields.required("kind"));
  CAMFLEET_TRY(const FaultKind only, kind_of(kind, fields.path("kind")));
  rule.kinds = {only};
  CAMFLEET_TRY(rule.devices, fields.required_text("device"));
  return rule;
}

std::vector<DeviceIx> matching(const std::string& pattern, const Roster& roster) {
  std::vector<DeviceIx> devices;
  for (std::uint32_t i = 0; i < roster.device_count(); ++i) {
    if (matches(pattern, roster[DeviceIx{i}].id)) devices.push_back(DeviceIx{i});
  }
  return devices;
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
    rules.push_back(std::move(rule));
  }
  return rules;
}

result<std::vector<Fault>> draw_faults(const std::vector<FaultRule>& rules, const Roster& roster,
                                       std::uint64_t seed, Instant from, Instant until) {
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const FaultRule& rule = rules[i];
    const auto devices = matching(rule.devices, roster);
    if (devices.empty()) continue;
    Random random(mix(seed ^ mix(0xFA017ULL + i)));
    const auto span = [&](Duration least, Duration most) {
      return least + Duration(static_cast<std::int64_t>(
                         random.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
    };
    const auto add = [&](DeviceIx device, FaultKind kind, Instant at) {
      faults.push_back({device, kind, at, at + span(rule.least, rule.most), rule.by});
    };
    const std::size_t count = rule.draw > 0 ? rule.draw : devices.size();
    if (faults.size() + count > max_faults)
      return fail(Errc::limit, "faults", "a run has at most " + std::to_string(max_faults) + " faults");
    for (std::size_t n = 0; n < count; ++n) {
      if (rule.draw == 0) {
        add(devices[n], rule.kinds.front(), rule.at);
        continue;
      }
      const DeviceIx device = devices[random.below(devices.size())];
      const FaultKind kind = rule.kinds[random.below(rule.kinds.size())];
      // Whole milliseconds: easier to read in a ledger.
      const Instant at =
          from + std::chrono::floor<std::chrono::milliseconds>(span(Duration(0), until - from));
      add(device, kind, at);
    }
  }
  std::ranges::sort(faults, {}, [](const Fault& fault) {
    return std::tuple(fault.device.value, fault.from, fault.to, fault.kind);
  });
  return faults;
}

}  // namespace camfleet::sim
