#include "runtime/cluster/finding_frames.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/cluster/result_wire.hpp"
#include "runtime/media/jpeg.hpp"
#include "runtime/media/picture_decoder.hpp"
#include "runtime/vision/draw.hpp"

namespace camfleet::cluster {
namespace {

/// Where the scheduler draws boxes and encodes again, what is lost on the way is not to be seen; a drawn
/// picture is kept as it comes.
constexpr int spool_quality = 92;
constexpr int drawn_quality = 85;
constexpr std::int64_t max_picture_pixels = 7680LL * 4320;

Finding finding_of(const Roster& roster, const Sample& sample, const media::Frame& frame,
                   const std::vector<vision::Box>& boxes) {
  return {.instance = roster[sample.instance].id,
          .device = roster[sample.device].id,
          .due_at = sample.due_at,
          .at = sample.at,
          .frame_at = sample.frame_at,
          .algorithm = roster[roster[sample.instance].algorithms[sample.algorithm]],
          .sample = sample.sample,
          .width = static_cast<std::uint32_t>(frame.width),
          .height = static_cast<std::uint32_t>(frame.height),
          .media_time = frame.media_time,
          .file = frame.file,
          .boxes = boxes};
}

/// A JPEG that goes with its finding; of worse quality where it would be too large.
std::vector<std::uint8_t> small_jpeg(const media::Frame& frame, const std::vector<vision::Box>* boxes) {
  for (const int quality : {boxes != nullptr ? drawn_quality : spool_quality, 75, 50, 20}) {
    auto jpeg = boxes != nullptr
                    ? vision::draw_findings({frame.pixels(), frame.width, frame.height, frame.stride}, *boxes,
                                            quality)
                    : media::encode_jpeg(frame.pixels(), frame.width, frame.height, frame.stride, quality);
    if (!jpeg.has_value()) return {};
    if (jpeg.value().size() <= max_picture_bytes) return std::move(jpeg).value();
  }
  return {};
}

}  // namespace

void FindingWriter::draw_pictures(bool draws) {
  const std::lock_guard lock(mutex_);
  draws_ = draws;
}

bool FindingWriter::wants_picture(const std::string& device, float score) {
  if (draws_) return true;
  const auto [best, is_first] = best_.emplace(device, score);
  if (!is_first && score <= best->second) return false;
  best->second = score;
  return true;
}

std::uint64_t FindingWriter::add(const Roster& roster, const Sample& sample, const media::Frame& frame,
                                 const std::vector<vision::Box>& boxes) {
  const Finding finding = finding_of(roster, sample, frame, boxes);
  return spool_->add(write_finding(finding), picture_of(finding.device, frame, boxes));
}

std::vector<std::uint8_t> FindingWriter::picture_of(const std::string& device, const media::Frame& frame,
                                                    const std::vector<vision::Box>& boxes) {
  if (frame.pixels() == nullptr || frame.width <= 0 || frame.height <= 0) return {};
  bool draws = false;
  {
    const std::lock_guard lock(mutex_);
    draws = draws_;
    if (!wants_picture(device, boxes.front().score)) return {};
  }
  std::vector<std::uint8_t> picture = small_jpeg(frame, draws ? &boxes : nullptr);
  if (picture.empty()) spool_->count_lost_picture();
  return picture;
}

result<void> check_finding(const Finding& finding) {
  if (finding.boxes.empty()) return fail(Errc::corrupt, "finding", "has found nothing");
  constexpr std::uint32_t max_side = 16'384;
  const bool is_sized = finding.width <= max_side && finding.height <= max_side;
  const auto is_score = [](const vision::Box& box) { return box.score >= 0 && box.score <= 1; };
  if (!is_sized || !std::ranges::all_of(finding.boxes, is_score))
    return fail(Errc::corrupt, "finding", "has a size or a score that no picture has");
  return success();
}

result<Found> found_of(const Roster& roster, const Result& result) {
  CAMFLEET_TRY(Finding finding, read_finding(result.record));
  const auto instance = roster.find_instance(finding.instance);
  const auto device = roster.find_device(finding.device);
  const auto algorithm = roster.find_algorithm(finding.algorithm);
  if (!instance || !device || !algorithm)
    return fail(Errc::unknown_id, "finding of instance " + quote(finding.instance),
                "names what is not there any more: device " + quote(finding.device));
  if (std::ranges::find(roster[*instance].devices, *device) == roster[*instance].devices.end())
    return fail(Errc::corrupt, "finding of instance " + quote(finding.instance),
                "is of device " + quote(finding.device) + ", which it does not have");
  const std::vector<AlgorithmIx>& algorithms = roster[*instance].algorithms;
  const auto place = std::ranges::find(algorithms, *algorithm);
  if (place == algorithms.end())
    return fail(Errc::corrupt, "finding of instance " + quote(finding.instance),
                "is of algorithm " + quote(finding.algorithm) + ", which it does not have");
  CAMFLEET_CHECK(check_finding(finding));
  Found found;
  if (!result.picture.empty()) {
    CAMFLEET_CHECK(media::PictureDecoder(max_picture_pixels)
                       .decode(result.picture, "picture of a finding", found.frame));
  } else {
    found.frame.width = static_cast<int>(finding.width);
    found.frame.height = static_cast<int>(finding.height);
  }
  found.frame.media_time = finding.media_time;
  found.frame.file = std::move(finding.file);
  found.sample.instance = *instance;
  found.sample.device = *device;
  found.sample.sample = finding.sample;
  found.sample.algorithm = static_cast<std::uint8_t>(place - algorithms.begin());
  found.sample.due_at = finding.due_at;
  found.sample.at = finding.at;
  found.sample.frame_at = finding.frame_at;
  found.boxes = std::move(finding.boxes);
  return found;
}

}  // namespace camfleet::cluster
