#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/spec/spec.hpp"
#include "runtime/cluster/admission.hpp"
#include "runtime/cluster/node_end.hpp"
#include "runtime/cluster/scheduler_end.hpp"
#include "runtime/vision/catalogue.hpp"
#include "runtime/vision/engines.hpp"
#include "runtime/world/real_world.hpp"
#include "tests/runtime/link/link_fixture.hpp"

namespace camfleet::cluster {

/// Footage of ten frames a second without an end: a square that moves, so that motion is found.
class SquareSource final : public media::Source {
 public:
  SquareSource() { info_.frame_interval = milliseconds(100); }
  [[nodiscard]] const media::SourceInfo& info() const override { return info_; }
  media::ReadStatus read(Duration target, media::Frame& into) override {
    const auto frame = (target + milliseconds(50)) / milliseconds(100);
    into.resize(160, 120);
    std::ranges::fill(into.bgr, std::uint8_t{20});
    const auto left = static_cast<std::ptrdiff_t>(frame * 7 % 100);
    for (std::ptrdiff_t y = 20; y < 80; ++y)
      std::fill_n(into.bgr.begin() + y * into.stride + left * 3, 50 * 3, std::uint8_t{220});
    into.media_time = frame * milliseconds(100);
    return media::ReadStatus::frame;
  }
  media::ReadStatus next(media::Frame& into) override { return read(Duration(0), into); }
  [[nodiscard]] const Error& error() const override { return error_; }

 private:
  media::SourceInfo info_;
  Error error_{Errc::ended, "square", "is over"};
};

/// The schemes "square" and "cube", alike.
inline media::SourceRegistry square_registry() {
  media::SourceRegistry registry;
  for (const char* name : {"square", "cube"}) {
    media::Scheme scheme;
    scheme.traits = [](const media::SourceUrl&) {
      return media::SourceTraits{.kind = media::SourceKind::recorded};
    };
    scheme.open = [](const media::SourceUrl&, const media::OpenOptions&) {
      return result<std::unique_ptr<media::Source>>(std::make_unique<SquareSource>());
    };
    registry.add(name, std::move(scheme));
  }
  return registry;
}

/// The engine of motion, which needs no model.
inline std::unique_ptr<plant::EngineSet> motion_engines(const vision::Catalogue& catalogue) {
  return plant::EngineSet::load(
             {catalogue.find("3")},
             [](const vision::Algorithm& one) { return vision::make_engine(one, vision::ModelPath{}); }, 1)
      .value();
}

/// A scheduler and nodes, each with a world of its own, over real connections.
class ClusterTest : public link::LinkTest {
 protected:
  static constexpr std::int64_t speed = 30;  ///< times real time

  ~ClusterTest() override {
    nodes_.clear();
    if (end_) end_->close();
    if (world_) world_->shut_down();
    end_.reset();
  }

  void add_device(const std::string& id, const std::string& scheme, const std::string& region = "") {
    roster_
        .add_device({.id = id, .region = region, .source = scheme + "://" + id, .kind = DeviceKind::recorded})
        .value();
  }
  /// Over all devices so far: `slice_s` of each every minute (0: all the time), one sample a second, for so
  /// long.
  void add_instance(int slice_s, Duration length) {
    nlohmann::json call = {{"InstanceName", "test"},
                           {"AlgorithmType", "PICTURE"},
                           {"Algorithms", {{{"AlgorithmId", "3"}, {"AlgorithmName", "motion"}}}},
                           {"ScheduleType", "EVERYDAY"},
                           {"ScheduleTimes", {{{"StartTime", "01:00:00"}, {"EndTime", "02:00:00"}}}},
                           {"Zone", "UTC"},
                           {"IsPolling", slice_s > 0},
                           {"SliceExecutionTime", std::max(slice_s, 1)},
                           {"OverallExecutionTime", 1},
                           {"Devices", nlohmann::json::array()}};
    for (std::uint32_t i = 0; i < roster_.device_count(); ++i)
      call["Devices"].push_back({{"DeviceId", roster_[DeviceIx{i}].id}, {"StartStream", true}});
    auto spec = parse_instance(call, {});
    ASSERT_TRUE(spec.has_value()) << spec.error().line();
    const auto added = roster_.add_instance("test", std::move(spec).value(), start_);
    ASSERT_TRUE(added.has_value()) << added.error().line();
    until_ = start_ + seconds(5) + length;
  }

  /// The scheduler begins: its time is 5 s before the window.
  void begin() {
    end_ = std::make_unique<SchedulerEnd>(
        roster_,
        SchedulerEnd::Hooks{
            .admit = [this](const auto& name, const auto& hello) { return admission_.admit(name, hello); },
            .say = [this](const auto& line) { told_.say(line); }});
    world::RealWorld::Settings settings;
    settings.start = start_;
    settings.speed = timing::Speed{speed * timing::Speed::real_time};
    settings.until = until_;
    settings.role = shells::Role::scheduler;
    settings.border = end_.get();
    world::RealWorld::Hooks hooks;
    hooks.idle = [this] { is_idle_ = true; };
    hooks.plant.found = [](const auto&, const auto&, const auto&) {};
    hooks.plant.instance_ended = [this](InstanceIx ix) { end_->instance_ended(ix); };
    world_ = std::make_unique<world::RealWorld>(
        settings, world::RealWorld::Parts{&roster_, &sources_, engines_.get(), &book_, &problems_},
        std::move(hooks));
    open_end();
    world_->start();
  }

  /// A node of this name, from the folder of its keys.
  result<std::unique_ptr<NodeEnd>> join(const std::string& name, Hello hello) {
    NodeEnd::Settings settings;
    settings.call = {.host = "127.0.0.1", .port = end_->port(), .deadline = seconds(5), .limits = {}};
    settings.hello = std::move(hello);
    settings.algorithms = {"3"};
    return NodeEnd::join(settings, node(name).own,
                         {&sources_, engines_.get(), &node_problems_,
                          [this, name](const Roster& roster, const Sample& sample, const media::Frame&,
                                       const std::vector<vision::Box>&) {
                            const std::lock_guard lock(found_mutex_);
                            ++found_[name];
                            devices_of_[name].insert(roster[sample.device].id);
                            return std::uint64_t{0};
                          }});
  }
  static Hello hello(std::vector<std::string> schemes = {"square", "cube"}, std::string region = "") {
    return {.acu = 2, .region = std::move(region), .schemes = std::move(schemes), .algorithms = {{"3", ""}}};
  }
  void add_node(const std::string& name, Hello of_node) {
    auto joined = join(name, std::move(of_node));
    ASSERT_TRUE(joined.has_value()) << joined.error().line();
    nodes_[name] = std::move(joined).value();
  }

  /// Until all is accounted for.
  [[nodiscard]] bool ends() const {
    for (int i = 0; i < 6000 && !is_idle_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return is_idle_;
  }
  std::vector<nlohmann::json> rows() {
    const std::lock_guard lock(rows_mutex_);
    return rows_;
  }

  Roster roster_;
  const Instant start_ = parse_iso("2026-03-01T00:59:55Z").value();
  Instant until_{};
  std::mutex writing_;
  vision::Catalogue catalogue_ = vision::Catalogue::built_in();
  media::SourceRegistry sources_ = square_registry();
  std::unique_ptr<plant::EngineSet> engines_ = motion_engines(catalogue_);
  plant::ProblemLog problems_;
  plant::ProblemLog node_problems_;
  std::mutex rows_mutex_;
  std::vector<nlohmann::json> rows_;
  LedgerBook book_{roster_, [this](const SliceRow& /*row*/, std::string_view line) {
                     const std::lock_guard lock(rows_mutex_);
                     rows_.push_back(nlohmann::json::parse(line));
                   }};
  Admission admission_{roster_, [this] { return std::unique_lock(writing_); }};
  std::atomic<bool> is_idle_ = false;
  std::unique_ptr<SchedulerEnd> end_;
  std::unique_ptr<world::RealWorld> world_;
  std::map<std::string, std::unique_ptr<NodeEnd>> nodes_;
  std::mutex found_mutex_;
  std::map<std::string, int> found_;
  std::map<std::string, std::set<std::string>> devices_of_;

 private:
  void open_end() {
    static std::uint16_t next = static_cast<std::uint16_t>(10'000 + ::getpid() * 41 % 20'000);
    for (int tries = 0; tries < 1000; ++tries) {
      link::Door::Settings settings;
      settings.port = next++;
      const auto opened = end_->open(
          settings, keys_.scheduler().value(), keys_.nodes().value(),
          {.deliver = [this](ActorId to, const Message& message) { world_->executor().deliver(to, message); },
           .now = [this] { return world_->now(); },
           .speed = world_->speed()});
      if (opened.has_value()) return;
    }
    FAIL() << "no port";
  }
};

}  // namespace camfleet::cluster
