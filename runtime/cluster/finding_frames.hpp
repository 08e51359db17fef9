#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "actors/machines/protocol.hpp"
#include "actors/plan/roster.hpp"
#include "runtime/cluster/result.hpp"
#include "runtime/cluster/result_spool.hpp"
#include "runtime/media/frame.hpp"

namespace camfleet::cluster {

/// Puts what a node has found into its spool, with pictures as they are asked for. Thread-safe.
class FindingWriter {
 public:
  explicit FindingWriter(ResultSpool& spool) : spool_(&spool) {}
  /// See Welcome::draws_pictures.
  void draw_pictures(bool draws);
  /// Its number in the spool.
  std::uint64_t add(const Roster& roster, const Sample& sample, const media::Frame& frame,
                    const std::vector<vision::Box>& boxes);

 private:
  /// Empty: it wants none, or it could not be made, which is counted.
  [[nodiscard]] std::vector<std::uint8_t> picture_of(const std::string& device, const media::Frame& frame,
                                                     const std::vector<vision::Box>& boxes);
  [[nodiscard]] bool wants_picture(const std::string& device, float score);

  ResultSpool* spool_;
  std::mutex mutex_;
  bool draws_ = false;
  std::map<std::string, float, std::less<>> best_;  ///< by device, of what a picture was kept of
};

/// What a node has found, as a plant of this process would tell it.
struct Found {
  Sample sample;
  media::Frame frame;  ///< without pixels where no picture came
  std::vector<vision::Box> boxes;
};
/// Errors: corrupt: what no node would have found.
result<void> check_finding(const Finding& finding);

/// By the numbers of a roster. Errors: unknown_id: what it names is not there any more; corrupt: the picture,
/// or nothing was found.
result<Found> found_of(const Roster& roster, const Result& result);

}  // namespace camfleet::cluster
