#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/spec/schedule.hpp"

namespace camfleet {

enum class AlgorithmType : std::uint8_t { realtime_stream, picture };
enum class DatasourceType : std::uint8_t { realtime_stream, picture, virtual_video };

/// CodingFormat.
enum class Coding : std::uint8_t { h264, h265, vp8, vp9, mpeg4 };
inline constexpr std::array<std::string_view, 5> coding_names{"H264", "H265", "VP8", "VP9", "MPEG4"};
constexpr std::string_view to_text(Coding coding) {
  return coding_names[static_cast<std::size_t>(coding)];
}

/// In pixels.
struct FrameSize {
  int width = 1920;
  int height = 1080;
  friend auto operator<=>(const FrameSize&, const FrameSize&) = default;
};

/// One entry of Devices.
struct DeviceSpec {
  std::string id;
  std::string region;         ///< empty = anywhere
  std::uint32_t kbps = 4000;  ///< BitRate, rounded up
  Coding coding = Coding::h264;
  FrameSize size;            ///< ResolvingPower; of lines alone 16:9
  bool start_stream = true;  ///< false: not pulled, its slices are skipped(stream_off)
};

/// One entry of Algorithms.
struct AlgorithmSpec {
  std::string id;
  std::string name;
};

/// Analyse `slice` every `every`: IsPolling, SliceExecutionTime (n seconds), OverallExecutionTime (m
/// minutes).
struct Polling {
  Duration slice{};
  Duration every{};
};

/// What an instance does while a window is open.
struct WorkSpec {
  std::vector<DeviceSpec> devices;
  std::vector<AlgorithmSpec> algorithms;
  std::optional<Polling> polling;
  int spf = 1;               ///< seconds per frame, 1 to 3600
  bool every_frame = false;  ///< IsFrameExtraction = 1
};

/// Everything that CreateComputeInstance says of an instance, checked.
struct InstanceSpec : WorkSpec {
  std::string name;
  std::string project;  ///< empty = not given
  AlgorithmType algorithm_type = AlgorithmType::realtime_stream;
  DatasourceType datasource_type = DatasourceType::realtime_stream;
  std::optional<int> schedule_day;  ///< 1, 7 or 30; changes nothing
  Schedule schedule;

  /// A `once` without times and without polling: one slice of each device, as long as its footage lasts.
  [[nodiscard]] bool is_whole() const {
    return schedule.type == ScheduleType::once && schedule.windows.empty() && !polling;
  }
};

inline constexpr std::size_t max_devices = 10'000;
inline constexpr std::size_t max_algorithms = 16;
inline constexpr std::size_t max_name_length = 128;
inline constexpr int max_spf = 3600;
inline constexpr std::int64_t max_polling_minutes = 366 * 24 * 60;

/// What the caller wants beyond the fields themselves.
struct SpecRules {
  std::string default_zone = "Asia/Shanghai";
  OverlapRule overlap = OverlapRule::reject;
  bool refuse_unknown_fields = false;  ///< scenarios: a misspelt field is an error; the API ignores it
};

/// Reads the fields of one instance. `fields` is a JSON object in the API's spelling; every list may also be
/// JSON text, every number and boolean also text, as the API's clients send them. An empty text counts as
/// absent. Deprecated fields are ignored whatever they hold. `Zone` is an extension: an IANA name. Errors:
/// missing_field, invalid_field, limit; `where` is the field's path, "Devices[2].StartStream".
result<InstanceSpec> parse_instance(const nlohmann::json& fields, const SpecRules& rules);

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Parameters of a request as one JSON object: "Devices.1.DeviceId" becomes Devices[0].DeviceId (counted from
/// 1, without holes). Errors: duplicate_field when one comes twice with different values or in both forms;
/// limit.
result<nlohmann::json> fields_from_parameters(const Parameters& parameters);

}  // namespace camfleet
