#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/spec/spec.hpp"
#include "runtime/api/request.hpp"

namespace camfleet::api {

inline constexpr std::string_view empty_sha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The vendor's example of the RPC style, with either spelling of the time stamp.
inline Parameters describe_regions(const std::string& timestamp_name) {
  return {{timestamp_name, "2016-02-23T12:46:24Z"},
          {"Format", "XML"},
          {"AccessKeyId", "testid"},
          {"Action", "DescribeRegions"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
          {"Version", "2014-05-26"},
          {"SignatureVersion", "1.0"}};
}

inline Parameters create_compute_instance() {
  return {{"Action", "CreateComputeInstance"},
          {"Version", "2020-05-15"},
          {"Format", "JSON"},
          {"AccessKeyId", "testid"},
          {"SignatureMethod", "HMAC-SHA1"},
          {"SignatureVersion", "1.0"},
          {"SignatureNonce", "nonce-1"},
          {"Timestamp", "2026-11-24T02:00:00Z"},
          {"InstanceName", "这是一个任务"},
          {"AlgorithmType", "PICTURE"},
          {"ProjectId", "2"},
          {"Devices", R"([{"RegionId":"huadong","DeviceId":"1","BitRate":"4Mbps","CodingFormat":"H264",)"
                      R"("ResolvingPower":"1080p","StartStream":true}])"},
          {"Algorithms", R"([{"AlgorithmId":"1","AlgorithmName":"人脸算法"}])"},
          {"ScheduleType", "EVERYDAY"},
          {"ScheduleTimes", R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])"}};
}

/// The vendor's example of the ACS3 style.
inline Request run_instances() {
  Request request;
  request.method = "POST";
  request.path = "/";
  request.query = {{"RegionId", "cn-shanghai"},
                   {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}};
  request.headers = {
      {"host", "ecs.cn-shanghai.aliyuncs.com"}, {"user-agent", "any"},
      {"x-acs-action", "RunInstances"},         {"x-acs-content-sha256", std::string(empty_sha256)},
      {"x-acs-date", "2023-10-26T10:22:32Z"},   {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
      {"x-acs-version", "2014-05-26"}};
  return request;
}

inline const std::vector<std::string>& run_instances_signed() {
  static const std::vector<std::string> names = {
      "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"};
  return names;
}

inline constexpr std::string_view run_instances_signature =
    "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";

}  // namespace camfleet::api
