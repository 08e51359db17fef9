#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "actors/error.hpp"
#include "actors/spec.hpp"
#include "actors/time.hpp"

namespace camfleet {

/// What work costs, in CPU time of one core: 1 ACU is one core kept busy.
struct Costs {
  /// Per second of a decoded 1080p stream by CodingFormat; other sizes in proportion to their pixels. The
  /// defaults are full decodes of 1080p25 at 4 Mb/s on one core of a 2020s x86-64 server.
  std::map<std::string, Duration, std::less<>> decode_per_second{{"H264", milliseconds(98)},
                                                                 {"H265", milliseconds(107)},
                                                                 {"VP8", milliseconds(100)},
                                                                 {"VP9", milliseconds(102)},
                                                                 {"MPEG4", milliseconds(60)}};
  /// Per sample by AlgorithmId.
  std::map<std::string, Duration, std::less<>> analyse_per_sample;
  Duration analyse_default = milliseconds(50);
};

/// Core time per second of one running slice of this device: decoding plus the samples of all algorithms.
Duration slice_cost(const DeviceSpec& device, const WorkSpec& spec, const Costs& costs);

/// The peak of concurrent cost, rounded up to whole ACU, at least 1: what a create answers as AcuUsed. Of a
/// polled instance the dearest devices are taken to run together, as many as its peak allows.
std::int64_t acu_used(const WorkSpec& spec, const Schedule& schedule, const Costs& costs);

/// Errors: limit, when a fleet that offers `offered` ACU can never carry the instance; says by how much it
/// falls short.
result<void> admit(const InstanceSpec& spec, const Costs& costs, std::int64_t offered);

}  // namespace camfleet
