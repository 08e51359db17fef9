#include "runtime/cluster/finding_frames.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/cluster/result_wire.hpp"
#include "runtime/media/jpeg.hpp"
#include "runtime/media/picture_decoder.hpp"

namespace camfleet::cluster {
namespace {

/// The scheduler draws boxes and encodes again: what is lost on the way is not to be seen.
constexpr int spool_quality = 92;
constexpr std::int64_t max_picture_pixels = 7680LL * 4320;

Finding finding_of(const Roster& roster, const Sample& sample, const media::Frame& frame,
                   const std::vector<vision::Box>& boxes) {
  return {.instance = roster[sample.instance].id,
          .device = roster[sample.device].id,
          .due_at = sample.due_at,
          .at = sample.at,
          .frame_at = sample.frame_at,
          .algorithm = sample.algorithm,
          .sample = sample.sample,
          .width = static_cast<std::uint32_t>(frame.width),
          .height = static_cast<std::uint32_t>(frame.height),
          .media_time = frame.media_time,
          .file = frame.file,
          .boxes = boxes};
}

/// A JPEG that goes with its finding; of worse quality where it would be too large.
std::string picture_of(const media::Frame& frame) {
  for (const int quality : {spool_quality, 75, 50, 20}) {
    const auto jpeg = media::encode_jpeg(frame.pixels(), frame.width, frame.height, frame.stride, quality);
    if (!jpeg.has_value()) return "";
    if (jpeg.value().size() <= max_picture_bytes) return {jpeg.value().begin(), jpeg.value().end()};
  }
  return "";
}

}  // namespace

void FindingWriter::keep_all_pictures(bool all) {
  const std::lock_guard lock(mutex_);
  all_pictures_ = all;
}

bool FindingWriter::wants_picture(const std::string& device, float score) {
  const std::lock_guard lock(mutex_);
  if (all_pictures_) return true;
  const auto [best, is_first] = best_.emplace(device, score);
  if (!is_first && score <= best->second) return false;
  best->second = score;
  return true;
}

std::uint64_t FindingWriter::add(const Roster& roster, const Sample& sample, const media::Frame& frame,
                                 const std::vector<vision::Box>& boxes) {
  const Finding finding = finding_of(roster, sample, frame, boxes);
  const bool has_picture = frame.pixels() != nullptr && frame.width > 0 && frame.height > 0 &&
                           wants_picture(finding.device, boxes.front().score);
  std::string picture = has_picture ? picture_of(frame) : "";
  if (has_picture && picture.empty()) spool_->count_lost_picture();
  return spool_->add(write_finding(finding), std::move(picture));
}

result<Found> found_of(const Roster& roster, const Result& result) {
  CAMFLEET_TRY(Finding finding, read_finding(result.record));
  const auto instance = roster.find_instance(finding.instance);
  const auto device = roster.find_device(finding.device);
  if (!instance || !device || finding.algorithm >= roster[*instance].algorithms.size())
    return fail(Errc::unknown_id, "finding of instance " + quote(finding.instance),
                "names what is not there any more: device " + quote(finding.device));
  if (std::ranges::find(roster[*instance].devices, *device) == roster[*instance].devices.end())
    return fail(Errc::corrupt, "finding of instance " + quote(finding.instance),
                "is of device " + quote(finding.device) + ", which it does not have");
  if (finding.boxes.empty()) return fail(Errc::corrupt, "finding", "has found nothing");
  constexpr std::uint32_t max_side = 16'384;
  const bool is_sized = finding.width <= max_side && finding.height <= max_side;
  const auto is_score = [](const vision::Box& box) { return box.score >= 0 && box.score <= 1; };
  if (!is_sized || !std::ranges::all_of(finding.boxes, is_score))
    return fail(Errc::corrupt, "finding", "has a size or a score that no picture has");
  Found found;
  if (!result.picture.empty()) {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(result.picture.data()),
                          result.picture.size());
    CAMFLEET_CHECK(
        media::PictureDecoder(max_picture_pixels).decode(bytes, "picture of a finding", found.frame));
  } else {
    found.frame.width = static_cast<int>(finding.width);
    found.frame.height = static_cast<int>(finding.height);
  }
  found.frame.media_time = finding.media_time;
  found.frame.file = std::move(finding.file);
  found.sample.instance = *instance;
  found.sample.device = *device;
  found.sample.sample = finding.sample;
  found.sample.algorithm = finding.algorithm;
  found.sample.due_at = finding.due_at;
  found.sample.at = finding.at;
  found.sample.frame_at = finding.frame_at;
  found.boxes = std::move(finding.boxes);
  return found;
}

}  // namespace camfleet::cluster
