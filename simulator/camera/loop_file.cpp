#include "simulator/camera/loop_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "actors/base/hash.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "simulator/camera/annex_b.hpp"
#include "simulator/camera/codec.hpp"

namespace camfleet::camera {
namespace {

namespace fs = std::filesystem;

struct OutputDelete {
  void operator()(AVFormatContext* context) const {
    if (context->pb != nullptr) avio_closep(&context->pb);
    avformat_free_context(context);
  }
};
using OutputPtr = std::unique_ptr<AVFormatContext, OutputDelete>;

/// A failure with FFmpeg's words.
auto io_failure(const fs::path& path, int code, const media::FfmpegLog& log) {
  return fail(Errc::io, path.string(), "cannot be written: " + log.reason(code));
}

result<void> describe(AVStream& stream, const Loop& loop) {
  const LoopKey& key = loop.key();
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = codec_id(key.codec);
  parameters.format = AV_PIX_FMT_YUV420P;
  parameters.width = key.size.width;
  parameters.height = key.size.height;
  stream.time_base = {1, static_cast<int>(key.fps)};
  stream.avg_frame_rate = {static_cast<int>(key.fps), 1};
  stream.r_frame_rate = stream.avg_frame_rate;
  const auto sets = parameter_sets(loop.find(0)->frames.front().bytes, key.codec);
  if (sets.empty()) return success();
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(sets.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) return fail(Errc::limit, key.text(), "no memory to write it");
  std::memcpy(parameters.extradata, sets.data(), sets.size());
  parameters.extradata_size = static_cast<int>(sets.size());
  return success();
}

int write_frames(AVFormatContext& context, const Loop& loop) {
  const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
  const AVRational frame_time{1, static_cast<int>(loop.key().fps)};
  std::int64_t number = 0;
  for (std::uint32_t group = 0; group < loop.plan().groups(); ++group) {
    for (const EncodedFrame& frame : loop.find(group)->frames) {
      const int size = static_cast<int>(frame.bytes.size());
      if (const int code = av_new_packet(packet.get(), size); code < 0) return code;
      std::memcpy(packet->data, frame.bytes.data(), frame.bytes.size());
      packet->pts = packet->dts = av_rescale_q(number, frame_time, context.streams[0]->time_base);
      packet->duration = av_rescale_q(1, frame_time, context.streams[0]->time_base);
      packet->flags = frame.is_key ? AV_PKT_FLAG_KEY : 0;
      ++number;
      if (const int code = av_interleaved_write_frame(&context, packet.get()); code < 0) return code;
    }
  }
  return av_write_trailer(&context);
}

/// Sorts the packets of a file into the groups of a loop; in length-prefixed form where the codec has NAL
/// units.
result<void> take_frames(AVFormatContext& context, Loop& loop, const fs::path& path) {
  const auto damaged = [&](const std::string& what) { return fail(Errc::corrupt, path.string(), what); };
  const LoopPlan& plan = loop.plan();
  const bool has_nals = loop.key().codec == Coding::h264 || loop.key().codec == Coding::h265;
  const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
  for (std::uint32_t group = 0; group < plan.groups(); ++group) {
    Group read;
    for (std::uint32_t frame = plan.first_of(group); frame < plan.first_of(group + 1); ++frame) {
      av_packet_unref(packet.get());
      if (av_read_frame(&context, packet.get()) < 0) return damaged("ends at frame " + std::to_string(frame));
      EncodedFrame one;
      one.is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
      if (one.is_key != (frame == plan.first_of(group))) return damaged("has its key frames elsewhere");
      one.bytes.assign(packet->data, packet->data + packet->size);
      if (has_nals && !to_annex_b(one.bytes)) return damaged("has a broken frame " + std::to_string(frame));
      one.slices_at = slices_of(one.bytes, loop.key().codec);
      read.frames.push_back(std::move(one));
    }
    loop.put(group, std::move(read));
  }
  return success();
}

}  // namespace

result<void> write_loop(const Loop& loop, const fs::path& path) {
  const media::FfmpegLog log;
  AVFormatContext* raw = nullptr;
  int code = avformat_alloc_output_context2(&raw, nullptr, "matroska", path.c_str());
  if (code < 0) return io_failure(path, code, log);
  const OutputPtr context(raw);
  // The same loop is the same file.
  context->flags |= AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(context.get(), nullptr);
  if (stream == nullptr) return fail(Errc::limit, path.string(), "no memory to write it");
  CAMFLEET_CHECK(describe(*stream, loop));
  code = avio_open(&context->pb, path.c_str(), AVIO_FLAG_WRITE);
  if (code >= 0) code = avformat_write_header(context.get(), nullptr);
  if (code >= 0) code = write_frames(*context, loop);
  if (code >= 0) code = avio_closep(&context->pb);
  if (code < 0) return io_failure(path, code, log);
  return success();
}

result<std::shared_ptr<Loop>> read_loop(const LoopKey& key, const fs::path& path) {
  const media::FfmpegLog log;
  AVFormatContext* raw = nullptr;
  const int code = avformat_open_input(&raw, path.c_str(), nullptr, nullptr);
  if (code == AVERROR(ENOENT)) return fail(Errc::not_found, path.string(), "is not there");
  if (code < 0) return fail(Errc::corrupt, path.string(), log.reason(code));
  const media::FfmpegPtr<AVFormatContext> context(raw);
  const bool fits = context->nb_streams == 1 &&
                    context->streams[0]->codecpar->codec_id == codec_id(key.codec) &&
                    context->streams[0]->codecpar->width == key.size.width &&
                    context->streams[0]->codecpar->height == key.size.height;
  if (!fits) return fail(Errc::corrupt, path.string(), "holds another stream than its name says");
  auto loop = std::make_shared<Loop>(key);
  CAMFLEET_CHECK(take_frames(*context, *loop, path));
  return loop;
}

result<std::string> hash_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, path.string(), "cannot be read");
  std::uint64_t hash = 0;
  std::vector<char> part(1U << 20U);
  while (file) {
    file.read(part.data(), static_cast<std::streamsize>(part.size()));
    hash = mix(hash ^ hash_line({part.data(), static_cast<std::size_t>(file.gcount())}));
  }
  if (file.bad()) return fail(Errc::io, path.string(), "cannot be read to its end");
  return to_hex(hash);
}

}  // namespace camfleet::camera
