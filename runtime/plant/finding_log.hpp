#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/base/error.hpp"
#include "actors/ledger/ledger.hpp"
#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/media/frame.hpp"
#include "runtime/vision/engine.hpp"

namespace camfleet::plant {

/// What a line of findings.jsonl says beside the boxes.
struct FindingHead {
  std::string_view instance;  ///< ids
  std::string_view device;
  std::string_view algorithm;
  Instant due_at{};
  Instant at{};
  Instant frame_at{};
  Duration media_time{0};
  int width = 0;
  int height = 0;
  std::string_view file{};  ///< empty: none
};
/// One line of findings.jsonl without its line end, appended to `out`. Scores have three decimals.
void append_finding_line(std::string& out, const FindingHead& head, const std::vector<vision::Box>& boxes);
/// The same by the numbers of a roster.
void append_finding_line(std::string& out, const Sample& sample, const media::Frame& frame,
                         const std::vector<vision::Box>& boxes, const Roster& roster);

/// A file name for an id: letters, digits, '.', '_' and '-' as they are, everything else as %XX.
std::string file_name_of(std::string_view id);

/// Samples in which something was found, and how much.
struct FindingCount {
  std::uint64_t samples = 0;
  std::uint64_t boxes = 0;
};

/// What one algorithm found, and under which labels.
struct AlgorithmFindings {
  FindingCount all;
  std::map<std::string, FindingCount, std::less<>> labels;
};

/// Removes what an earlier run kept in `folder`, so that nothing of it passes for a later one's:
/// summary.json, ledger.jsonl, findings.jsonl, cameras.json, plan.json, and the pictures of the devices that
/// its findings name. Errors: io.
result<void> remove_old_records(const std::filesystem::path& folder);

/// Writes findings.jsonl and keeps, per device, a picture of its best finding with the boxes drawn
/// (pictures/DEVICE.jpg). Without a folder it only counts.
class FindingLog {
 public:
  /// What is there of an earlier run goes. Errors: io, when the folder cannot be made or written.
  static result<FindingLog> make(const Roster& roster, const std::filesystem::path& folder);

  /// A sample in which something was found; `boxes` is not empty, best first. A frame
  /// without pixels, of a simulated camera, leaves no picture.
  void add(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes);

  /// Gets every sample that is added, before it is written.
  using Listener = std::function<void(const Sample& sample, const media::Frame& frame,
                                      const std::vector<vision::Box>& boxes)>;
  void on_added(Listener listener) { listener_ = std::move(listener); }

  /// Samples of a slice that count no longer: what was found in them is marked as late in findings.jsonl.
  void give_up(const SliceKey& slice, const std::vector<GivenUp>& spans);
  /// Writes everything out. Errors: io, the first that was met.
  result<void> finish();

  [[nodiscard]] FindingCount of(InstanceIx instance, DeviceIx device) const;
  [[nodiscard]] AlgorithmFindings of(AlgorithmIx algorithm) const;
  [[nodiscard]] const FindingCount& total() const { return total_; }
  /// Over all lines of findings.jsonl: a sum of one hash per line, so that their order does not matter. 16
  /// hexadecimal digits.
  [[nodiscard]] std::string fingerprint() const;

 private:
  explicit FindingLog(const Roster& roster) : roster_(&roster) {}
  void count(const Sample& sample, const std::vector<vision::Box>& boxes);
  void keep_picture(const Sample& sample, const media::Frame& frame, const std::vector<vision::Box>& boxes);

  result<void> mark_late() const;

  const Roster* roster_;
  Listener listener_;
  /// By the texts of lines: instance, device and due instant of a slice.
  std::map<std::string, std::vector<GivenUp>, std::less<>> given_up_;
  std::filesystem::path folder_;
  std::ofstream file_;
  std::string line_;
  std::map<std::pair<InstanceIx, DeviceIx>, FindingCount> counts_;
  std::map<AlgorithmIx, AlgorithmFindings> by_algorithm_;
  FindingCount total_;
  std::uint64_t fingerprint_ = 0;
  std::map<DeviceIx, float> best_;
  std::vector<Error> errors_;  ///< the first one alone is kept
};

}  // namespace camfleet::plant
