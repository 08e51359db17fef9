#include "runtime/media/ffmpeg.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

extern "C" {
#include <libavutil/avstring.h>
}

#include "runtime/media/secrets.hpp"

namespace camfleet::media {

namespace {

thread_local FfmpegLog* active_log = nullptr;

/// No file and no stream makes FFmpeg take more than this at once: a header of 700 bytes that claims 80
/// million samples took 1.9 GB. An index of 22 million frames fits, ten days of 25 a second, and each plane
/// of an 8K picture of 16 bits, which has up to 253 MiB.
constexpr std::size_t most_at_once = 512UL << 20U;

/// Before anything is opened.
[[maybe_unused]] const bool is_bounded = [] {
  av_max_alloc(most_at_once);
  return true;
}();

constexpr std::size_t reason_bytes = 200;
/// A message with the longest URL that is taken, and some words.
constexpr std::size_t message_bytes = 16'384;

/// FFmpeg's words for a picture beyond max_pixels, or beyond what it can address at all.
constexpr std::string_view size_message = "Picture size %ux%u";

/// With which it traces each line of the head of an answer over RTSP, before it looks at it.
constexpr std::string_view header_message = "line='%s'\n";

}  // namespace

std::string ffmpeg_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  if (av_strerror(code, text.data(), text.size()) < 0) return "FFmpeg error " + std::to_string(code);
  return text.data();
}

std::string seconds_text(Duration span) {
  const std::int64_t ms = span.count() / 1'000'000;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%s%lld.%03lld s", ms < 0 ? "-" : "",
                static_cast<long long>(ms < 0 ? -(ms / 1000) : ms / 1000),
                static_cast<long long>(ms < 0 ? -(ms % 1000) : ms % 1000));
  return text.data();
}

FfmpegLog::FfmpegLog() : outer_(active_log) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(&FfmpegLog::receive); });
  active_log = this;
}

FfmpegLog::~FfmpegLog() {
  active_log = outer_;
}

std::string FfmpegLog::reason(int code) const {
  return first_.empty() ? ffmpeg_text(code) : first_;
}

std::int64_t FfmpegLog::claimed_body() {
  return active_log == nullptr ? 0 : active_log->claimed_body_;
}

void FfmpegLog::take_header(const char* line) {
  constexpr const char* name = "Content-Length:";
  const char* text = nullptr;
  if (av_stristart(line, name, &text) == 0) return;
  const std::int64_t value = std::strtoll(text, nullptr, 10);
  // FFmpeg cuts it to 32 bits: one below 0 may be many there.
  const bool is_below = value < 0 || claimed_body_ < 0;
  claimed_body_ = is_below ? std::min(claimed_body_, value) : std::max(claimed_body_, value);
}

void FfmpegLog::receive(void* /*from*/, int level, const char* format, va_list arguments) {
  if (active_log == nullptr) return;
  if (level == AV_LOG_TRACE && format == header_message) {
    va_list lines;
    va_copy(lines, arguments);
    active_log->take_header(va_arg(lines, const char*));
    va_end(lines);
  }
  if (level > AV_LOG_ERROR) return;
  if (active_log->refused_pixels_ == 0 && std::string_view(format).starts_with(size_message)) {
    va_list sizes;
    va_copy(sizes, arguments);
    const std::uint64_t width = va_arg(sizes, unsigned);
    const std::uint64_t height = va_arg(sizes, unsigned);
    va_end(sizes);
    active_log->refused_pixels_ = width * height;
  }
  if (!active_log->first_.empty()) return;
  std::array<char, message_bytes> text{};
  if (std::vsnprintf(text.data(), text.size(), format, arguments) <= 0) return;
  std::string& first = active_log->first_;
  // Before it is cut: half of a URL no longer tells what in it is secret.
  first = redacted_message(text.data());
  if (first.size() > reason_bytes) first.resize(reason_bytes);
  while (!first.empty() && (first.back() == '\n' || first.back() == ' ' || first.back() == '.'))
    first.pop_back();
  for (char& c : first) {
    if (c < ' ' || c > '~') c = '?';
  }
}

}  // namespace camfleet::media
