#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/spec/spec.hpp"

namespace camfleet {
namespace {

using nlohmann::json;

struct Row {
  Parameters parameters;
  std::string expected;  ///< JSON, or "error: " and its line
};

std::string run(const Parameters& parameters) {
  const auto fields = fields_from_parameters(parameters);
  if (!fields) return "error: " + fields.error().line();
  return fields.value().dump(-1, ' ', false, json::error_handler_t::replace);
}

TEST(SpecParameters, Table) {
  const Row rows[] = {
      {{}, "{}"},
      {{{"A", "1"}, {"B", ""}}, R"({"A":"1","B":""})"},
      {{{"A", "1"}, {"A", "1"}}, R"({"A":"1"})"},
      {{{"A", "1"}, {"A", "2"}}, "error: A: given twice, as '1' and '2'; give it once"},
      {{{"A", ""}, {"A", "2"}}, "error: A: given twice, as '' and '2'; give it once"},
      {{{"Ids.1", "a"}, {"Ids.2", "b"}}, R"({"Ids":["a","b"]})"},
      {{{"Ids.2", "b"}, {"Ids.1", "a"}}, R"({"Ids":["a","b"]})"},
      {{{"Ids.1", "a"}, {"Ids.1", "a"}}, R"({"Ids":["a"]})"},
      {{{"Ids.1", "a"}, {"Ids.1", "b"}}, "error: Ids.1: given twice, as 'a' and 'b'; give it once"},
      {{{"Ids.1", "a"}, {"Ids.3", "b"}}, "error: Ids.3: entry 2 is absent; count from 1 without holes"},
      {{{"Ids.0", "a"}}, "error: Ids.0: entry 1 is absent; count from 1 without holes"},
      {{{"Ids.18446744073709551615", "a"}},
       "error: Ids.18446744073709551615: entry 1 is absent; count from 1 without holes"},
      {{{"Ids.18446744073709551616", "a"}}, R"({"Ids.18446744073709551616":"a"})"},
      {{{"Ids.-1", "a"}}, R"({"Ids.-1":"a"})"},
      {{{".1", "a"}}, R"({".1":"a"})"},
      {{{"D.1.X", "a"}, {"D.1.Y", "b"}, {"D.2.X", "c"}}, R"({"D":[{"X":"a","Y":"b"},{"X":"c"}]})"},
      {{{"D.1.X", "a"}, {"D.1.X", "b"}}, "error: D.1.X: given twice, as 'a' and 'b'; give it once"},
      {{{"D.1.X", "a"}, {"D.1", "b"}}, "error: D.1: the list has both plain entries and entries with fields"},
      {{{"D.1", "a"}, {"D.1.X", "b"}},
       "error: D.1.X: the list has both plain entries and entries with fields"},
      {{{"D", "[]"}, {"D.1", "b"}}, "error: D: given as a list and as D.1 …; give one of them"},
      {{{"D.1.X", "b"}, {"D", "[]"}}, "error: D: given as a list and as D.1 …; give one of them"},
      {{{"A\nB", "1"}, {"A\nB", "2"}}, "error: 'A?B': given twice, as '1' and '2'; give it once"},
  };
  for (const Row& row : rows) EXPECT_EQ(run(row.parameters), row.expected);
}

TEST(SpecParameters, CodesOfErrors) {
  EXPECT_EQ(fields_from_parameters({{"A", "1"}, {"A", "2"}}).error().code, Errc::duplicate_field);
  EXPECT_EQ(fields_from_parameters({{"D", "[]"}, {"D.1", "b"}}).error().code, Errc::duplicate_field);
  EXPECT_EQ(fields_from_parameters({{"D.2", "b"}}).error().code, Errc::invalid_field);
}

TEST(SpecParameters, AtMost100000) {
  Parameters many(100'000, {"A", "1"});
  EXPECT_TRUE(fields_from_parameters(many).has_value());
  many.emplace_back("A", "1");
  const auto fields = fields_from_parameters(many);
  ASSERT_FALSE(fields.has_value());
  EXPECT_EQ(fields.error().code, Errc::limit);
  EXPECT_EQ(fields.error().line(), "100001 parameters; at most 100000");
}

TEST(SpecParameters, TheSampleRequestInTheRepeatedForm) {
  const Parameters parameters = {{"Action", "CreateComputeInstance"},
                                 {"InstanceName", "这是一个任务"},
                                 {"AlgorithmType", "PICTURE"},
                                 {"AcuUsed", "废弃"},
                                 {"Devices.1.DeviceId", "1"},
                                 {"Devices.1.RegionId", "huadong"},
                                 {"Devices.1.StartStream", "true"},
                                 {"Devices.2.DeviceId", "2"},
                                 {"Devices.2.StartStream", "false"},
                                 {"Algorithms.1.AlgorithmId", "1"},
                                 {"Algorithms.1.AlgorithmName", "人脸算法"},
                                 {"ScheduleType", "EVERYDAY"},
                                 {"ScheduleCycleDate", "EVERY_WEEK"},
                                 {"ScheduleTimes", R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])"}};
  const auto fields = fields_from_parameters(parameters);
  ASSERT_TRUE(fields.has_value()) << fields.error().line();
  const auto spec = parse_instance(fields.value(), {});
  ASSERT_TRUE(spec.has_value()) << spec.error().line();
  ASSERT_EQ(spec.value().devices.size(), 2U);
  EXPECT_EQ(spec.value().devices[0].region, "huadong");
  EXPECT_FALSE(spec.value().devices[1].start_stream);
  EXPECT_EQ(spec.value().algorithms[0].name, "人脸算法");
}

}  // namespace
}  // namespace camfleet
