#include "actors/spec/spec.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/base/json_text.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

json sample() {
  std::ifstream file(std::filesystem::path(CAMFLEET_TREE) / "tests/actors/spec/sample.json");
  return json::parse(file);
}

json device(const std::string& id) {
  return {{"DeviceId", id}, {"StartStream", true}};
}

std::string answer(const json& fields, const SpecRules& rules = {}) {
  const auto spec = parse_instance(fields, rules);
  return spec ? "ok" : spec.error().line();
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Spec, TheSampleRequestSaysWhatItSays) {
  const auto parsed = parse_instance(sample(), {});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().line();
  const InstanceSpec& spec = parsed.value();
  EXPECT_EQ(spec.name, "这是一个任务");
  EXPECT_EQ(spec.project, "2");
  EXPECT_EQ(spec.algorithm_type, AlgorithmType::picture);
  EXPECT_EQ(spec.datasource_type, DatasourceType::realtime_stream);
  ASSERT_EQ(spec.devices.size(), 1U);
  EXPECT_EQ(spec.devices[0].id, "1");
  EXPECT_EQ(spec.devices[0].region, "huadong");
  EXPECT_EQ(spec.devices[0].kbps, 4000U);
  EXPECT_EQ(spec.devices[0].coding, Coding::h264);
  EXPECT_EQ(spec.devices[0].size, (FrameSize{1920, 1080}));
  EXPECT_TRUE(spec.devices[0].start_stream);
  ASSERT_EQ(spec.algorithms.size(), 1U);
  EXPECT_EQ(spec.algorithms[0].id, "1");
  EXPECT_EQ(spec.algorithms[0].name, "人脸算法");
  EXPECT_EQ(spec.schedule_day, 1);
  EXPECT_EQ(spec.schedule.type, ScheduleType::every_day);
  EXPECT_EQ(spec.schedule.days, 0U);
  EXPECT_EQ(spec.schedule.windows, (std::vector<DailyWindow>{{36'000, 39'600}}));
  EXPECT_EQ(spec.schedule.zone, "Asia/Shanghai");
  ASSERT_TRUE(spec.polling.has_value());
  EXPECT_EQ(spec.polling->slice, seconds(60));
  EXPECT_EQ(spec.polling->every, minutes(10));
  EXPECT_EQ(spec.spf, 1);
  EXPECT_FALSE(spec.every_frame);
}

TEST(Spec, AbsentFieldsHaveTheirDefaults) {
  json fields = sample();
  for (const char* name : {"ProjectId", "DatasourceType", "ScheduleDay", "IsPolling", "ComputePictureType",
                           "ComputePictureValue", "IsFrameExtraction"}) {
    fields.erase(name);
  }
  fields["Devices"] = json::array({device("a")});
  const auto spec = parse_instance(fields, {}).value();
  EXPECT_EQ(spec.project, "");
  EXPECT_EQ(spec.datasource_type, DatasourceType::realtime_stream);
  EXPECT_FALSE(spec.schedule_day.has_value());
  EXPECT_FALSE(spec.polling.has_value());
  EXPECT_EQ(spec.spf, 1);
  EXPECT_FALSE(spec.every_frame);
  EXPECT_EQ(spec.devices[0].region, "");
  EXPECT_EQ(spec.devices[0].kbps, 4000U);
  EXPECT_EQ(spec.devices[0].coding, Coding::h264);
  EXPECT_EQ(spec.devices[0].size, (FrameSize{1920, 1080}));
}

TEST(Spec, NumbersAndBooleansMayBeTextAndTheOtherWayRound) {
  json fields = sample();
  fields["IsPolling"] = true;
  fields["SliceExecutionTime"] = 90;
  fields["OverallExecutionTime"] = "15";
  fields["ComputePictureValue"] = 5;
  fields["IsFrameExtraction"] = 1;
  fields["Devices"] = json::array({{{"DeviceId", 17}, {"StartStream", "false"}}});
  const auto spec = parse_instance(fields, {}).value();
  EXPECT_EQ(spec.polling->slice, seconds(90));
  EXPECT_EQ(spec.polling->every, minutes(15));
  EXPECT_EQ(spec.spf, 5);
  EXPECT_TRUE(spec.every_frame);
  EXPECT_EQ(spec.devices[0].id, "17");
  EXPECT_FALSE(spec.devices[0].start_stream);
}

TEST(Spec, TheZoneIsTheInstancesOrTheServers) {
  json fields = sample();
  SpecRules rules;
  rules.default_zone = "Europe/Berlin";
  EXPECT_EQ(parse_instance(fields, rules).value().schedule.zone, "Europe/Berlin");
  fields["Zone"] = "America/New_York";
  EXPECT_EQ(parse_instance(fields, rules).value().schedule.zone, "America/New_York");
}

TEST(Spec, CycleDatesAreBits) {
  json fields = sample();
  fields["ScheduleType"] = "EVERY_MONTH";
  fields["ScheduleCycleDate"] = "0,1,31,31";
  EXPECT_EQ(parse_instance(fields, {}).value().schedule.days, 0x8000'0003U);
}

TEST(Spec, NamesHave1To128Characters) {
  json fields = sample();
  for (const std::string_view character : {"a", "务", "😀"}) {
    fields["InstanceName"] = repeated(character, 128);
    EXPECT_EQ(answer(fields), "ok");
    fields["InstanceName"] = repeated(character, 129);
    EXPECT_EQ(answer(fields),
              "InstanceName: '" + repeated(character, 60) + "…' has 129 characters; at most 128");
  }
}

TEST(Spec, InvalidUtf8) {
  const std::string wrong[] = {"\x80", "\xC0\xAF",        "\xE4\xB8", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                               "\xFF", "\xF0\x80\x80\xAF"};
  for (const std::string& text : wrong) {
    json fields = sample();
    fields["InstanceName"] = "a" + text;
    EXPECT_EQ(answer(fields), "InstanceName: 'a" + std::string(text.size(), '?') +
                                  "' has a control character or is not UTF-8");
  }
  json fields = sample();
  fields["Devices"] = "[{\"DeviceId\":\"\xFF\"}]";
  EXPECT_EQ(answer(fields),
            "Devices: '[{\"DeviceId\":\"?\"}]' is not JSON: it goes wrong at line 1, column 15");
  fields = sample();
  fields["Devices"] = json::array({"\xFF"});
  EXPECT_EQ(answer(fields), "Devices[0]: '?' is not an object with fields");
}

TEST(Spec, InvalidUtf8InsideCycleDates) {
  json fields = sample();
  fields["ScheduleType"] = "EVERY_WEEK";
  const std::string right = " is not a day; write weekdays 1 (Monday) to 7 (Sunday) like 1,4,6";
  fields["ScheduleCycleDate"] = json::array({{{"x", "\xFF"}}});
  EXPECT_EQ(answer(fields), "ScheduleCycleDate: '{\"x\":\"�\"}'" + right);
  fields["ScheduleCycleDate"] = {{"x", "\xFF"}};
  EXPECT_EQ(answer(fields), "ScheduleCycleDate: '{\"x\":\"�\"}'" + right);
  fields["ScheduleCycleDate"] = "\xFF";
  EXPECT_EQ(answer(fields), "ScheduleCycleDate: '?'" + right);
}

TEST(Spec, LimitsOfLists) {
  json fields = sample();
  json devices = json::array();
  for (std::size_t i = 0; i < max_devices; ++i) devices.push_back(device("cam-" + std::to_string(i)));
  fields["Devices"] = devices;
  EXPECT_EQ(answer(fields), "ok");
  fields["Devices"] = devices.dump();
  EXPECT_EQ(answer(fields), "ok");
  devices.push_back(device("one more"));
  fields["Devices"] = devices;
  EXPECT_EQ(answer(fields), "Devices: 10001 entries; at most 10000");
  EXPECT_EQ(parse_instance(fields, {}).error().code, Errc::limit);

  fields = sample();
  json algorithms = json::array();
  for (int i = 0; i < 16; ++i) algorithms.push_back({{"AlgorithmId", i}, {"AlgorithmName", "a"}});
  fields["Algorithms"] = algorithms;
  EXPECT_EQ(answer(fields), "ok");
  algorithms.push_back({{"AlgorithmId", 16}, {"AlgorithmName", "a"}});
  fields["Algorithms"] = algorithms;
  EXPECT_EQ(answer(fields), "Algorithms: 17 entries; at most 16");

  fields = sample();
  json times = json::array();
  for (int i = 0; i < 289; ++i) times.push_back({{"StartTime", "10:00:00"}, {"EndTime", "11:00:00"}});
  fields["ScheduleTimes"] = times;
  EXPECT_EQ(answer(fields), "ScheduleTimes: 289 windows; at most 288");
}

TEST(Spec, DeepJson) {
  const std::string deep = repeated("[", 1'000'000);
  for (const char* name : {"Devices", "Algorithms", "ScheduleTimes"}) {
    json fields = sample();
    fields[name] = deep + repeated("]", 1'000'000);
    EXPECT_EQ(answer(fields), std::string(name) + ": '" + repeated("[", 60) +
                                  "…' is nested too deeply at line 1, column 33; at most 32 levels");
    fields[name] = deep;
    EXPECT_EQ(parse_instance(fields, {}).error().code, Errc::limit);
  }
}

TEST(Spec, BracketsInTextsAreNotLevels) {
  json fields = sample();
  const std::string opened = repeated("[", 60);
  fields["Algorithms"] = R"([{"AlgorithmId":"1","AlgorithmName":")" + opened + R"(\"[\\"}])";
  EXPECT_EQ(answer(fields), "ok");
  fields["Algorithms"] = R"([{"AlgorithmId":"1","AlgorithmName":"\")" + opened + R"("}])";
  EXPECT_EQ(answer(fields), "ok");
  fields["Algorithms"] = R"([{"AlgorithmId":"1","AlgorithmName":"\\"}])";
  EXPECT_EQ(answer(fields), "ok");
  EXPECT_TRUE(parse_json(repeated("[", 32) + repeated("]", 32), "x").has_value());
  EXPECT_TRUE(parse_json("[" + repeated("[[]],", 40) + "[]]", "x").has_value());
  EXPECT_FALSE(parse_json(repeated("[", 33) + repeated("]", 33), "x").has_value());
}

TEST(Spec, NotAnObject) {
  EXPECT_EQ(answer(json::array()), "'[]' is not an object with fields");
  EXPECT_EQ(answer(nullptr), "'null' is not an object with fields");
}

TEST(Spec, CodesOfErrors) {
  json fields = sample();
  fields.erase("InstanceName");
  EXPECT_EQ(parse_instance(fields, {}).error().code, Errc::missing_field);
  fields = sample();
  fields["ScheduleDay"] = "2";
  EXPECT_EQ(parse_instance(fields, {}).error().code, Errc::invalid_field);
  fields = sample();
  fields["ScheduleTimes"] = json::array({{{"StartTime", "10:00:00"}}});
  EXPECT_EQ(parse_instance(fields, {}).error().code, Errc::missing_field);
}

}  // namespace
}  // namespace camfleet
