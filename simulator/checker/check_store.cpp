#include <map>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"
#include "actors/spec/spec.hpp"
#include "simulator/checker/check_records.hpp"
#include "simulator/checker/record_lines.hpp"

namespace camfleet::check {
namespace {

/// The least schema that has what is looked at here.
constexpr int least_schema = 8;

Instant instant_of(const SQLite::Column& column) {
  return Instant(Duration(column.getInt64()));
}

/// Reads a store with statements of its own.
class StoreReader {
 public:
  StoreReader(const std::filesystem::path& file, const StoreFacts& facts)
      : file_(file.string()), facts_(&facts), database_(file_, SQLite::OPEN_READONLY, 10'000) {}

  result<std::unique_ptr<Checker>> check() {
    if (database_.execAndGet("PRAGMA user_version").getInt() < least_schema)
      return fail(Errc::unsupported, file_,
                  "is no store of this camfleet; a service brings an older one up to date");
    // All of it as at one moment.
    SQLite::Transaction reading(database_);
    CAMFLEET_CHECK(read_devices());
    CAMFLEET_CHECK(read_instances());
    CAMFLEET_CHECK(read_removed());
    plan_.until = end_of_time;
    plan_.known_until = Instant::min();
    SQLite::Statement life(database_, "SELECT alive FROM life");
    while (life.executeStep()) plan_.known_until = instant_of(life.getColumn(0));
    auto checker = std::make_unique<Checker>(std::move(plan_));
    RecordLines lines(*checker);
    CAMFLEET_CHECK(
        each_line("slices", [&](const auto& line, const auto& where) { return lines.row(line, where); }));
    CAMFLEET_CHECK(each_line(
        "findings", [&](const auto& line, const auto& where) { return lines.finding(line, where); }));
    SQLite::Statement open(database_, "SELECT instance, device, due FROM open_slices");
    while (open.executeStep()) {
      const auto instance = lines.instance(open.getColumn(0).getString());
      const auto device = lines.device(open.getColumn(1).getString());
      if (instance && device) checker->open(*instance, *device, instant_of(open.getColumn(2)));
    }
    checker->close();
    return checker;
  }

 private:
  std::uint32_t device_of(const std::string& id) {
    const auto [known, is_new] = devices_.try_emplace(id, static_cast<std::uint32_t>(plan_.devices.size()));
    if (!is_new) return known->second;
    const auto stored = stored_.find(id);
    if (stored == stored_.end()) {
      const auto is_live = facts_->is_live(id);
      plan_.devices.push_back({id, is_live.value_or(true), is_live.has_value()});
    } else {
      const std::string kind = stored->second.value("Kind", "");
      const bool is_pictures = stored->second.value("Type", "") == "PIC";
      const bool is_live =
          kind.empty() ? facts_->is_live_url(stored->second.value("Source", "")) : kind == "live";
      plan_.devices.push_back({id, is_live && !is_pictures});
    }
    return known->second;
  }

  result<void> read_devices() {
    SQLite::Statement query(database_, "SELECT id, fields FROM devices");
    while (query.executeStep()) {
      CAMFLEET_TRY(const nlohmann::json fields, parse_json(query.getColumn(1).getString(), "device"));
      stored_[query.getColumn(0).getString()] = fields;
    }
    return success();
  }

  result<void> read_instances() {
    SQLite::Statement query(database_,
                            "SELECT id, fields, phases, created, ended FROM instances ORDER BY id");
    plan_.from = end_of_time;
    while (query.executeStep()) {
      const std::string id = query.getColumn(0).getString();
      const std::string where = file_ + ": instance " + id;
      CAMFLEET_TRY(const nlohmann::json fields, parse_json(query.getColumn(1).getString(), where));
      auto spec = parse_instance(fields, {.default_zone = facts_->zone});
      if (!spec.has_value()) return pass(within(where, spec.error()));
      CAMFLEET_TRY(const nlohmann::json phases, parse_json(query.getColumn(2).getString(), where));
      CheckedInstance instance;
      instance.id = id;
      instance.created = instant_of(query.getColumn(3));
      if (!query.getColumn(4).isNull()) instance.ended = instant_of(query.getColumn(4));
      instance.schedule = spec.value().schedule;
      instance.polling = spec.value().polling;
      instance.spf = spec.value().spf;
      instance.every_frame = spec.value().every_frame;
      for (const AlgorithmSpec& one : spec.value().algorithms) instance.algorithms.push_back(one.id);
      for (const DeviceSpec& one : spec.value().devices)
        instance.members.push_back({device_of(one.id), one.start_stream});
      for (const nlohmann::json& one : phases) instance.phases.emplace_back(one.get<std::int64_t>());
      instance.phases.resize(
          std::max({instance.phases.size(), instance.schedule.windows.size(), std::size_t{1}}));
      plan_.from = std::min(plan_.from, instance.created);
      numbers_[id] = plan_.instances.size();
      plan_.instances.push_back(std::move(instance));
    }
    return success();
  }

  /// When a device was taken out of an instance is not known.
  result<void> read_removed() {
    SQLite::Statement query(database_, "SELECT instance, device FROM removed_devices");
    while (query.executeStep()) {
      const auto instance = numbers_.find(query.getColumn(0).getString());
      const auto device = devices_.find(query.getColumn(1).getString());
      if (instance == numbers_.end() || device == devices_.end()) continue;
      for (CheckedMember& one : plan_.instances[instance->second].members)
        one.may_be_gone = one.may_be_gone || one.device == device->second;
    }
    return success();
  }

  template <class Take>
  result<void> each_line(const std::string& table, const Take& take) {
    SQLite::Statement query(database_, "SELECT rowid, line FROM " + table);
    while (query.executeStep()) {
      const std::string where = file_ + ": " + table + " " + query.getColumn(0).getString();
      CAMFLEET_TRY(const nlohmann::json line, parse_json(query.getColumn(1).getString(), where));
      CAMFLEET_CHECK(take(line, where));
    }
    return success();
  }

  std::string file_;
  const StoreFacts* facts_;
  SQLite::Database database_;
  CheckedPlan plan_;
  std::map<std::string, std::uint32_t> devices_;
  std::map<std::string, nlohmann::json> stored_;  ///< devices that the API made
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace

result<std::unique_ptr<Checker>> check_store(const std::filesystem::path& file, const StoreFacts& facts) {
  if (!std::filesystem::exists(file)) return fail(Errc::not_found, file.string(), "is not there");
  try {
    return StoreReader(file, facts).check();
  } catch (const std::exception& error) {
    return fail(Errc::io, file.string(), error.what());
  }
}

}  // namespace camfleet::check
