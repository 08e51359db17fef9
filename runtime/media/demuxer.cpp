#include "runtime/media/demuxer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <sys/stat.h>

#include "runtime/media/media_folder.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::media {

namespace {

/// Media containers and raw video; no playlists, pictures, subtitles or other things that open further files.
constexpr const char* containers =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,mpeg,mpegvideo,ogg,asf,h264,hevc,m4v,ivf,dhav";
constexpr const char* containers_text = "mp4, mov, mkv, webm, ts, avi, flv, mpeg, ogg, asf, raw h264 or hevc";

/// A packet loop gives up on a file that holds this many packets of other streams in a row.
constexpr int max_foreign_packets = 100'000;

const char* kind_of(const struct stat& status) {
  if (S_ISFIFO(status.st_mode)) return "a FIFO";
  if (S_ISSOCK(status.st_mode)) return "a socket";
  return "a device";
}

/// Of a recording over HTTP until its first picture: the index of some days, where the index comes first.
constexpr std::int64_t most_before_picture = 256LL << 20U;

Error open_error(const SourceUrl& url, int code, const FfmpegLog& log, const HttpInput* http) {
  const std::string& where = url.text;
  const auto refusal = http == nullptr ? std::nullopt : http->refusal();
  if (refusal)
    return {refusal->code == Errc::forbidden ? Errc::unreachable : refusal->code, where, refusal->what};
  if (http != nullptr && code != AVERROR_INVALIDDATA)
    return {Errc::unreachable, where, "cannot be reached: " + log.reason(code)};
  if (code == AVERROR(EACCES) || code == AVERROR(EPERM) || code == AVERROR(EIO))
    return file_error(AVUNERROR(code), where, "file");
  return {Errc::corrupt, where,
          "is not media that can be read (" + log.reason(code) + "); right would be " + containers_text};
}

result<FfmpegPtr<AVFormatContext>> open_container(const SourceUrl& url, Deadline& deadline,
                                                  const FfmpegLog& log, HttpInput* http) {
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) return fail(Errc::limit, url.text, "no memory to open the file");
  raw->interrupt_callback = deadline.callback();
  FfmpegOptions options;
  options.set("protocol_whitelist", http != nullptr ? "http,https" : "file");
  options.set("format_whitelist", containers);
  const std::string address = http != nullptr ? address_of(url) : "file:" + url.path;
  int code = http != nullptr ? http->open(*raw, address) : 0;
  if (code < 0)
    avformat_free_context(raw);
  else
    code = avformat_open_input(&raw, address.c_str(), nullptr, options.get());
  FfmpegPtr<AVFormatContext> context(code < 0 ? nullptr : raw);
  if (code >= 0) return context;
  if (deadline.fired()) return fail(Errc::timed_out, url.text, "opening took longer than its deadline");
  return pass(open_error(url, code, log, http));
}

/// Lets FFmpeg look into the first packets, with bounds on what its own trial decoders may do.
int probe(AVFormatContext& context, std::int64_t max_pixels) {
  const std::string pixels = std::to_string(padded_pixels(max_pixels));
  std::vector<AVDictionary*> options(context.nb_streams, nullptr);
  for (AVDictionary*& each : options) {
    av_dict_set(&each, "max_pixels", pixels.c_str(), 0);
    av_dict_set(&each, "threads", "1", 0);
  }
  const int code = avformat_find_stream_info(&context, options.empty() ? nullptr : options.data());
  for (AVDictionary*& each : options) av_dict_free(&each);
  return code;
}

}  // namespace

result<void> check_regular_file(const std::string& path, const std::string& where) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return pass(file_error(errno, where, "file"));
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(Errc::unreadable, where,
                "is a folder; a regular file would be right, or pictures:// for a folder of pictures");
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::unreadable, where,
                std::string("is ") + kind_of(status) + "; a regular file would be right");
  }
  if (status.st_size == 0) return fail(Errc::corrupt, where, "is an empty file");
  return success();
}

result<Demuxer> Demuxer::open(const SourceUrl& url, const Limits& limits, Deadline& deadline) {
  const std::string& where = url.text;
  std::unique_ptr<HttpInput> http;
  if (is_network(url)) {
    CAMFLEET_TRY(http, HttpInput::make(
                           url, [&deadline] { return deadline.passed(); }, most_before_picture));
  } else {
    CAMFLEET_CHECK(check_regular_file(url.path, where));
  }
  const FfmpegLog log;
  CAMFLEET_TRY(auto context, open_container(url, deadline, log, http.get()));
  const int probed = probe(*context, limits.max_pixels);
  if (deadline.fired()) return fail(Errc::timed_out, where, "opening took longer than its deadline");
  if (http != nullptr && http->refusal()) return pass(open_error(url, probed, log, http.get()));
  if (probed < 0) return fail(Errc::corrupt, where, "its streams cannot be read: " + log.reason(probed));
  const int index = av_find_best_stream(context.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (index < 0 || (context->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    return fail(log.refused_pixels() > 0 ? Errc::too_large : Errc::corrupt, where,
                log.refused_pixels() > 0 ? log.reason(0) : "holds no video stream");
  }
  for (unsigned i = 0; i < context->nb_streams; ++i) {
    if (static_cast<int>(i) != index) context->streams[i]->discard = AVDISCARD_ALL;
  }
  AVStream* stream = context->streams[index];
  if (http != nullptr) http->opened();
  return Demuxer(std::move(http), std::move(context), stream);
}

Demuxer::Outcome Demuxer::read(AVPacket& packet) {
  for (int foreign = 0; foreign < max_foreign_packets; ++foreign) {
    av_packet_unref(&packet);
    failure_ = av_read_frame(context_.get(), &packet);
    if (failure_ < 0) {
      // A file that is cut off ends where it is cut, whatever the container calls that.
      const AVIOContext* io = context_->pb;
      const bool at_end =
          failure_ == AVERROR_EOF || (io != nullptr && io->eof_reached != 0 && io->error == 0);
      return at_end ? Outcome::end : Outcome::failed;
    }
    if (packet.stream_index == stream_->index) return Outcome::packet;
  }
  failure_ = AVERROR_INVALIDDATA;
  return Outcome::failed;
}

bool Demuxer::seek(std::int64_t stamp) {
  return av_seek_frame(context_.get(), stream_->index, stamp, AVSEEK_FLAG_BACKWARD) >= 0;
}

std::int64_t Demuxer::indexed_key_before(std::int64_t stamp) const {
  // Transport streams mark whatever a seek has touched as key frames.
  if (std::strcmp(context_->iformat->name, "mpegts") == 0) return AV_NOPTS_VALUE;
  const AVIndexEntry* entry = avformat_index_get_entry_from_timestamp(stream_, stamp, AVSEEK_FLAG_BACKWARD);
  return entry == nullptr ? AV_NOPTS_VALUE : entry->timestamp;
}

bool Demuxer::index_is_complete() const {
  const int count = avformat_index_get_entries_count(stream_);
  return stream_->nb_frames > 0 && count >= stream_->nb_frames;
}

bool Demuxer::has_stamps() const {
  return (context_->iformat->flags & AVFMT_NOTIMESTAMPS) == 0;
}

Duration Demuxer::length() const {
  if (!has_stamps()) return Duration{0};
  constexpr AVRational nanoseconds = {1, 1'000'000'000};
  if (stream_->duration > 0) {
    const std::int64_t length = av_rescale_q(stream_->duration, stream_->time_base, nanoseconds);
    if (length > 0) return Duration(length);
  }
  if (context_->duration <= 0 || context_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
    return Duration{0};
  }
  return Duration(
      std::max<std::int64_t>(0, av_rescale_q(context_->duration, AVRational{1, AV_TIME_BASE}, nanoseconds)));
}

AVRational Demuxer::rate() const {
  for (const AVRational rate : {stream_->avg_frame_rate, stream_->r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0 && rate.num / rate.den < 1000 && rate.den / rate.num < 3600) return rate;
  }
  return {0, 1};
}

}  // namespace camfleet::media
