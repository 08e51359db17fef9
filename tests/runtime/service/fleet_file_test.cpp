#include "runtime/service/fleet_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace camfleet::service {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FleetFileTest : public ::testing::Test {
 protected:
  FleetFileTest() {
    std::string name = (fs::temp_directory_path() / "fleet_file_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    media::register_network_schemes(sources_);
  }
  ~FleetFileTest() override { fs::remove_all(folder_); }

  result<std::vector<FleetDevice>> load(const std::string& text) {
    std::ofstream(folder_ / "f.yaml") << text;
    return load_fleet(folder_ / "f.yaml", sources_);
  }
  void expect_error(const std::string& text, Errc code, const std::string& line) {
    const auto fleet = load(text);
    ASSERT_FALSE(fleet.has_value()) << text;
    EXPECT_EQ(fleet.error().code, code) << fleet.error().line();
    EXPECT_THAT(fleet.error().line(), HasSubstr(line));
    EXPECT_LT(fleet.error().line().size(), 600U) << "a line is short whatever it is about";
    EXPECT_EQ(fleet.error().line().find('\n'), std::string::npos);
  }

  fs::path folder_;
  media::SourceRegistry sources_;
};

TEST_F(FleetFileTest, ListsDevices) {
  const auto fleet = load(
      "devices:\n- {id: gate, source: \"rtsp://gate/1\", region: north}\n"
      "- {id: \"hall-{i}\", source: \"rtsp://hall/{i}\", count: 2}\n");
  ASSERT_TRUE(fleet.has_value()) << fleet.error().line();
  ASSERT_EQ(fleet.value().size(), 3U);
  EXPECT_EQ(fleet.value()[0].region, "north");
  EXPECT_EQ(fleet.value()[2].id, "hall-1");
  EXPECT_EQ(fleet.value()[2].source, "rtsp://hall/1");
}

TEST_F(FleetFileTest, WhatItDoesNotKnowIsRefusedWithItsLine) {
  const std::string gate = "devices:\n- {id: gate, source: \"rtsp://gate/1\"";
  expect_error(gate + ", sorce: x}", Errc::invalid_field,
               "f.yaml:2: 'sorce' is no field here; the fields are id, source");
  expect_error(gate + "}\nzone: UTC", Errc::invalid_field,
               "f.yaml:3: 'zone' is no field here; the fields are devices, and nodes");
  expect_error(gate + ", id: other}", Errc::duplicate_field, "f.yaml:2: 'id' is given twice");
  expect_error(gate + "}\ndevices: []", Errc::duplicate_field, "f.yaml:3: 'devices' is given twice");
  expect_error(gate + "}\n---\n" + gate + "}", Errc::invalid_field, "more than one document");
  expect_error(gate + "}\n- {id: gate, source: \"rtsp://gate/2\"}", Errc::duplicate_field,
               "'gate' is there twice");
  expect_error("devices: &a [*a]", Errc::invalid_field, "f.yaml:1: an alias stands within its own anchor");
  expect_error(std::string(100'000, '['), Errc::too_large, "in each other");
  expect_error("- a", Errc::missing_field, "f.yaml: devices: is absent");
  expect_error("", Errc::missing_field, "f.yaml: devices: is absent");
}

TEST_F(FleetFileTest, IdsAreShortTexts) {
  const auto with = [](const std::string& id) {
    return "devices:\n- {id: " + id + ", source: \"rtsp://gate/1\"}";
  };
  EXPECT_TRUE(load(with(std::string(128, 'x'))).has_value());
  EXPECT_TRUE(load(with("12")).has_value());
  expect_error(with(std::string(129, 'x')), Errc::invalid_field, "f.yaml:2: id: 'xxx");
  expect_error(with(std::string(1'000'000, 'x')), Errc::invalid_field, "f.yaml:2: id: 'xxx");
  expect_error(with("\"a\\nb\""), Errc::invalid_field,
               "it is a text of 1 to 128 bytes without control characters");
  expect_error(with("\"a\\x1bb\""), Errc::invalid_field, "without control characters");
  expect_error(with("''"), Errc::invalid_field, "'' is wrong");
  expect_error(with("[a]"), Errc::invalid_field, "is no text");
  expect_error(with("~"), Errc::invalid_field, "is no text");
}

TEST_F(FleetFileTest, NoErrorShowsAPassword) {
  const std::string url = "rtsp://admin:HUSHPASS@h/1";
  const std::string sources[] = {"devices:\n- {id: gate, source: \"" + url + "\\n\"}",
                                 "devices:\n- {id: gate, source: \"" + url + std::string(3000, 'x') + "\"}",
                                 "devices:\n- {id: gate, source:" + url + "}",
                                 "devices:\n- id: gate\n  source:" + url + ": 1",
                                 "devices:\n- {id: gate, \"" + url + "\": 1, \"" + url + "\": 2}",
                                 "devices:\n- {id: gate, source: [\"" + url + "\"]}",
                                 "\"" + url + "\": 1",
                                 "devices: []\n\"" + url + "\": 1"};
  for (const std::string& text : sources) {
    const auto fleet = load(text);
    ASSERT_FALSE(fleet.has_value()) << text;
    EXPECT_THAT(fleet.error().line(), testing::Not(HasSubstr("HUSHPASS"))) << text;
  }
}

TEST_F(FleetFileTest, MayHaveNodesForScenarios) {
  EXPECT_TRUE(
      load("nodes: [{id: a, acu: 1}]\ndevices:\n- {id: gate, source: \"rtsp://gate/1\"}").has_value());
}

TEST_F(FleetFileTest, IsARegularFile) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(load_fleet(folder_ / "pipe", sources_).error().code, Errc::unreadable);
  EXPECT_EQ(load_fleet(folder_ / "none", sources_).error().code, Errc::not_found);
  EXPECT_EQ(load_fleet(folder_, sources_).error().code, Errc::unreadable);
}

}  // namespace
}  // namespace camfleet::service
