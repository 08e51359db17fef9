#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/ledger/ledger_book.hpp"
#include "actors/plan/roster.hpp"
#include "simulator/scripted_kernel.hpp"

namespace camfleet::sim {

/// The machines on the kernel with the scripted plant: devices and instances in, ledger lines out.
class ScriptedWorld {
 public:
  explicit ScriptedWorld(Instant start = parse_iso("2026-03-01T00:00:00Z").value())
      : start_(start), queue_(start) {
    for (const char* id : {"1", "2", "3"}) roster_.add_algorithm(id).value();
    settings.until = start + hours(24);
  }

  DeviceIx device(std::string id, DeviceKind kind, Duration length = Duration(0),
                  std::uint32_t pictures = 0) {
    return roster_.add_device({std::move(id), "", "", kind, length, pictures}).value();
  }

  /// An instance over all devices so far; `fields` are added to (or replace) a minimal one: EVERYDAY
  /// 01:00–02:00 UTC, algorithm 2.
  InstanceIx instance(const std::string& name, const nlohmann::json& fields = nlohmann::json::object()) {
    nlohmann::json base = {{"InstanceName", name},
                           {"AlgorithmType", "PICTURE"},
                           {"Algorithms", {{{"AlgorithmId", "2"}, {"AlgorithmName", "person"}}}},
                           {"ScheduleType", "EVERYDAY"},
                           {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "02:00:00"}}}},
                           {"Zone", "UTC"}};
    base["Devices"] = nlohmann::json::array();
    for (std::uint32_t i = 0; i < roster_.device_count(); ++i) {
      base["Devices"].push_back({{"DeviceId", roster_[DeviceIx{i}].id}, {"StartStream", true}});
    }
    base.update(fields);
    auto spec = parse_instance(base, {});
    if (!spec.has_value()) throw std::runtime_error(spec.error().line());
    auto ix = roster_.add_instance(name, std::move(spec).value(), start_);
    if (!ix.has_value()) throw std::runtime_error(ix.error().line());
    return ix.value();
  }

  void switch_device(InstanceIx ix, DeviceIx device, DeviceMode mode, Instant at) {
    queue_.post(the_scheduler, actor(ix), at, SwitchDevice{device, mode});
  }

  /// Runs to the end; `before` may post to the kernel first.
  void run(const std::function<void(Kernel<ScriptedPlant>&)>& before = nullptr) {
    book_ = std::make_unique<LedgerBook>(roster_, [this](const SliceRow& /*row*/, std::string_view line) {
      lines.push_back(nlohmann::json::parse(line));
      raw_lines.emplace_back(line);
    });
    plant_ = std::make_unique<ScriptedPlant>(roster_, queue_, *book_, script);
    Kernel<ScriptedPlant> kernel(roster_, queue_, *plant_, settings);
    for (std::uint32_t i = 0; i < roster_.instance_count(); ++i) kernel.add_instance(InstanceIx{i});
    if (before) before(kernel);
    kernel.run();
    idle = kernel.scheduler().idle();
  }

  [[nodiscard]] Instant start() const { return start_; }
  [[nodiscard]] Instant now() const { return queue_.now(); }
  [[nodiscard]] const LedgerBook& book() const { return *book_; }
  [[nodiscard]] const ScriptedPlant& plant() const { return *plant_; }
  [[nodiscard]] const Roster& roster() const { return roster_; }
  [[nodiscard]] std::uint64_t events() const { return queue_.taken(); }

  KernelSettings settings;
  Script script;
  std::vector<nlohmann::json> lines;
  std::vector<std::string> raw_lines;
  bool idle = false;

 private:
  Instant start_;
  Roster roster_;
  EventQueue queue_;
  std::unique_ptr<LedgerBook> book_;
  std::unique_ptr<ScriptedPlant> plant_;
};

/// What must hold after every run: each due slice has one outcome, all sums match, nothing is left over.
inline void expect_settled(const ScriptedWorld& world) {
  const auto closed = world.book().closed();
  EXPECT_TRUE(closed.has_value()) << closed.error().line();
  EXPECT_TRUE(world.idle);
  EXPECT_EQ(world.plant().frames_held(), 0U);
  EXPECT_EQ(world.plant().streams_open(), 0U);
}

}  // namespace camfleet::sim
