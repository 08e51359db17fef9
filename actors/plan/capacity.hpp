#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/spec/spec.hpp"

namespace camfleet {

/// What the cost of a stream's pictures hangs on.
struct StreamFormat {
  Coding coding = Coding::h264;
  FrameSize size;
  std::uint32_t fps = 25;  ///< ≥ 1
  friend auto operator<=>(const StreamFormat&, const StreamFormat&) = default;
};

/// What an entry of Devices says of its stream; no field of the call tells the frame rate: 25.
StreamFormat format_of(const DeviceSpec& device);

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

  /// Of one frame.
  struct Frame {
    Duration key{0};      ///< decoding it, where it is a key frame
    Duration other{0};    ///< decoding it, where it is none
    Duration convert{0};  ///< making a picture of it that can be looked at
  };
  /// What was measured of one format, and of an algorithm on pictures of one size: this comes before what
  /// follows from the fields above.
  std::map<StreamFormat, Frame> frames;
  std::map<std::pair<std::string, FrameSize>, Duration> analyse_at;
};

/// What a frame of this format costs. Without a measurement every frame costs its share of a decoded second.
Costs::Frame frame_cost(const StreamFormat& format, const Costs& costs);

/// What one sample of an algorithm costs, decoding apart.
Duration analysis_cost(const std::string& algorithm, FrameSize size, const Costs& costs);

/// Core time per second of one running slice of this stream: decoding plus the samples of all algorithms.
Duration slice_cost(const StreamFormat& stream, const WorkSpec& spec, const Costs& costs);
Duration slice_cost(const DeviceSpec& device, const WorkSpec& spec, const Costs& costs);

/// The peak of concurrent cost, rounded up to whole ACU, at least 1: what a create answers as AcuUsed. Of a
/// polled instance the dearest devices are taken to run together, as many as its peak allows.
std::int64_t acu_used(const WorkSpec& spec, const Schedule& schedule, const Costs& costs);

/// Errors: limit, when a fleet that offers `offered` ACU can never carry the instance; says by how much it
/// falls short.
result<void> admit(const InstanceSpec& spec, const Costs& costs, std::int64_t offered);

}  // namespace camfleet
