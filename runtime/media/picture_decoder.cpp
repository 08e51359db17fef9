#include "runtime/media/picture_decoder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/media/converter.hpp"
#include "runtime/media/media_folder.hpp"
#include "runtime/media/showing.hpp"

namespace camfleet::media {

namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view start;
  AVCodecID codec;
};

constexpr std::array<Signature, 13> signatures = {{
    {"\xFF\xD8\xFF"sv, AV_CODEC_ID_MJPEG},
    {"\x89PNG\r\n\x1A\n"sv, AV_CODEC_ID_PNG},
    {"BM"sv, AV_CODEC_ID_BMP},
    {"RIFF"sv, AV_CODEC_ID_WEBP},
    {"P1"sv, AV_CODEC_ID_PBM},
    {"P4"sv, AV_CODEC_ID_PBM},
    {"P2"sv, AV_CODEC_ID_PGM},
    {"P5"sv, AV_CODEC_ID_PGM},
    {"P3"sv, AV_CODEC_ID_PPM},
    {"P6"sv, AV_CODEC_ID_PPM},
    {"P7"sv, AV_CODEC_ID_PAM},
    {"II*\0"sv, AV_CODEC_ID_TIFF},
    {"MM\0*"sv, AV_CODEC_ID_TIFF},
}};

AVCodecID codec_of(std::string_view bytes) {
  const auto found = std::find_if(signatures.begin(), signatures.end(),
                                  [&](const Signature& each) { return bytes.starts_with(each.start); });
  return found == signatures.end() ? AV_CODEC_ID_NONE : found->codec;
}

class File {
 public:
  explicit File(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

result<FfmpegPtr<AVCodecContext>> open_codec(AVCodecID id, std::int64_t max_pixels, const std::string& name) {
  const AVCodec* codec = avcodec_find_decoder(id);
  if (codec == nullptr) {
    return fail(Errc::unsupported, name, std::string("there is no decoder for ") + avcodec_get_name(id));
  }
  FfmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  if (context == nullptr) return fail(Errc::limit, name, "no memory for a decoder");
  context->thread_count = 1;
  context->max_pixels = padded_pixels(max_pixels);
  // For TIFF even a tag that FFmpeg does not know is an error then.
  if (id != AV_CODEC_ID_TIFF) context->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0) {
    return fail(Errc::unsupported, name, ffmpeg_text(code));
  }
  return context;
}

}  // namespace

result<void> PictureDecoder::load(const std::string& path, const std::string& name) {
  // Without O_NONBLOCK a FIFO would be waited for.
  const File file(path);
  if (file.number() < 0) {
    return pass(file_error(errno, name, "file"));
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::unreadable, name, "is not a regular file");
  }
  if (status.st_size == 0) return fail(Errc::corrupt, name, "is an empty file");
  if (status.st_size > max_picture_bytes) {
    return fail(
        Errc::too_large, name,
        "has " + std::to_string(status.st_size) + " bytes; at most " + std::to_string(max_picture_bytes));
  }
  const auto expected = static_cast<std::size_t>(status.st_size);
  bytes_.resize(std::max(bytes_.size(), expected + AV_INPUT_BUFFER_PADDING_SIZE));
  size_ = 0;
  while (size_ < expected) {
    const ssize_t got = ::read(file.number(), bytes_.data() + size_, expected - size_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::unreadable, name, std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    size_ += static_cast<std::size_t>(got);
  }
  std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(size_), AV_INPUT_BUFFER_PADDING_SIZE,
              std::uint8_t{0});
  return success();
}

result<std::string> PictureDecoder::decode(const std::string& path, Frame& into) {
  const std::string name = path.substr(path.rfind('/') + 1);
  CAMFLEET_CHECK(load(path, name));
  return decode_loaded(name, into);
}

result<std::string> PictureDecoder::decode(std::span<const std::uint8_t> picture, const std::string& name,
                                           Frame& into) {
  bytes_.resize(std::max(bytes_.size(), picture.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  const auto end = std::copy(picture.begin(), picture.end(), bytes_.begin());
  std::fill_n(end, AV_INPUT_BUFFER_PADDING_SIZE, std::uint8_t{0});
  size_ = picture.size();
  return decode_loaded(name, into);
}

result<std::string> PictureDecoder::decode_loaded(const std::string& name, Frame& into) {
  const AVCodecID id = codec_of({reinterpret_cast<const char*>(bytes_.data()), size_});
  if (id == AV_CODEC_ID_NONE) {
    return fail(Errc::corrupt, name, "is not a picture; right would be JPEG, PNG, BMP, WebP, PNM or TIFF");
  }
  CAMFLEET_TRY(auto context, open_codec(id, max_pixels_, name));
  FfmpegPtr<AVPacket> packet(av_packet_alloc());
  FfmpegPtr<AVFrame> picture(av_frame_alloc());
  if (packet == nullptr || picture == nullptr) return fail(Errc::limit, name, "no memory for a picture");
  packet->data = bytes_.data();
  packet->size = static_cast<int>(size_);
  const FfmpegLog log;
  int code = avcodec_send_packet(context.get(), packet.get());
  if (code >= 0) code = avcodec_send_packet(context.get(), nullptr);
  if (code >= 0) code = avcodec_receive_frame(context.get(), picture.get());
  if (log.refused_pixels() > static_cast<std::uint64_t>(max_pixels_)) {
    return fail(
        Errc::too_large, name,
        "has " + std::to_string(log.refused_pixels()) + " pixels; at most " + std::to_string(max_pixels_));
  }
  if (code < 0) return fail(Errc::corrupt, name, "cannot be decoded: " + log.reason(code));
  if (const int orientation = orientation_in(id, bytes_.data(), size_); orientation > 0)
    av_dict_set_int(&picture->metadata, "Orientation", orientation, 0);
  if (const Size shown = shown_size(*picture); shown.pixels() > max_pixels_) {
    return fail(Errc::too_large, name,
                "is shown as " + std::to_string(shown.width) + "x" + std::to_string(shown.height) +
                    "; at most " + std::to_string(max_pixels_) + " pixels");
  }
  if (!convert(*picture, into)) {
    return fail(Errc::unsupported, name, "its pixel format cannot be converted");
  }
  return std::string(avcodec_get_name(id));
}

}  // namespace camfleet::media
