/// What a file, a playlist and an SDP claim to hold: neither the memory nor the time of who opens them is
/// theirs.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sanitizer/lsan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actors/base/text.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/file_source.hpp"
#include "runtime/media/playlist_bounds.hpp"
#include "runtime/media/source_url.hpp"
#include "tests/fuzz/require.hpp"

namespace camfleet::fuzz {
namespace {

using namespace media;

/// So that the pictures themselves take little.
constexpr std::int64_t most_pixels = 1 << 20;
constexpr int reads = 4;

void check_error(const Error& error) {
  const std::string line = error.line();
  require(is_plain_utf8(line) && line.size() <= 600, "an error is one short line of UTF-8", line);
}

void open_file(std::string_view input) {
  const int file = ::memfd_create("input", MFD_CLOEXEC);
  require(file >= 0 && ::write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()),
          "there is room for the input");
  const SourceUrl url = parse_source_url("file:///proc/self/fd/" + std::to_string(file)).value();
  OpenOptions options;
  options.limits.max_pixels = most_pixels;
  options.limits.open_deadline = options.limits.read_deadline = seconds(4);
  auto opened = open_file_source(url, options);
  ::close(file);
  if (!opened.has_value()) return check_error(opened.error());
  Source& source = *opened.value();
  Frame frame;
  for (int i = 0; i < reads; ++i) {
    const ReadStatus status = source.read(i * seconds(1), frame);
    if (status == ReadStatus::frame)
      require(frame.width * static_cast<std::int64_t>(frame.height) <= most_pixels, "pictures have a limit");
    else
      check_error(source.error());
  }
}

/// Lets a demuxer read text from memory; whatever else it wants to open is not there.
void open_text(std::string_view input, const char* demuxer) {
  AVFormatContext* context = avformat_alloc_context();
  auto* const buffer = static_cast<unsigned char*>(av_malloc(4096));
  require(context != nullptr && buffer != nullptr, "there is memory");
  std::string_view rest = input;
  const auto read = [](void* left, std::uint8_t* into, int room) {
    auto& text = *static_cast<std::string_view*>(left);
    const std::size_t count = std::min(text.size(), static_cast<std::size_t>(room));
    std::memcpy(into, text.data(), count);
    text.remove_prefix(count);
    return count == 0 ? AVERROR_EOF : static_cast<int>(count);
  };
  AVIOContext* io = avio_alloc_context(buffer, 4096, 0, &rest, read, nullptr, nullptr);
  context->pb = io;
  context->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EIO);
  };
  FfmpegOptions options;
  options.set("protocol_whitelist", "none");
  const FfmpegLog log;
  {
    // FFmpeg 5.1 itself loses a few bytes for each format that an SDP names twice, at most as many as its
    // text.
    const __lsan::ScopedDisabler disabled;
    avformat_open_input(&context, "http://camera/list.m3u8", av_find_input_format(demuxer), options.get());
    avformat_close_input(&context);
  }
  av_freep(&io->buffer);
  avio_context_free(&io);
}

void run(std::string_view input) {
  if (input.starts_with("v=0")) return open_text(input, "sdp");
  if (!input.starts_with("#EXTM3U")) return open_file(input);
  if (!wrong_with_playlist(input, PlaylistPlace::first, 100)) open_text(input, "hls");
}

}  // namespace
}  // namespace camfleet::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): it is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  camfleet::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
