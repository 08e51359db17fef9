#include "runtime/media/http_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

extern "C" {
#include <libavutil/opt.h>
}

#include "actors/base/text.hpp"

namespace camfleet::media {
namespace {

constexpr std::size_t buffer_bytes = 32U << 10U;

constexpr std::string_view playlist_begin = "#EXTM3U";
constexpr std::string_view enciphered = "crypto+";

int code_of(int status) {
  switch (status) {
    case 400:
      return AVERROR_HTTP_BAD_REQUEST;
    case 401:
      return AVERROR_HTTP_UNAUTHORIZED;
    case 403:
      return AVERROR_HTTP_FORBIDDEN;
    case 404:
      return AVERROR_HTTP_NOT_FOUND;
    default:
      return status >= 500 ? AVERROR_HTTP_SERVER_ERROR : AVERROR_HTTP_OTHER_4XX;
  }
}

/// What a demuxer asked for by a name of FFmpeg's options.
std::string option(const AVDictionary* options, const char* name) {
  const AVDictionaryEntry* entry = av_dict_get(options, name, nullptr, 0);
  return entry == nullptr ? "" : entry->value;
}

net::HttpRange range_of(const AVDictionary* options) {
  net::HttpRange range;
  range.first = parse_int(option(options, "offset")).value_or(0);
  if (const auto end = parse_int(option(options, "end_offset")); end && *end > 0) range.end = *end;
  range.is_asked = range.first > 0 || range.end || option(options, "seekable") != "0";
  return range;
}

/// FFmpeg asks the file through what reads it.
const AVClass* io_class() {
  static const AVClass one = [] {
    AVClass made{};
    made.class_name = "camfleet";
    made.item_name = av_default_item_name;
    made.version = LIBAVUTIL_VERSION_INT;
    made.child_next = [](void* io, void* before) -> void* {
      return before == nullptr ? static_cast<AVIOContext*>(io)->opaque : nullptr;
    };
    return made;
  }();
  return &one;
}

}  // namespace

const AVClass* HttpFile::exported_class() {
  static const std::array<AVOption, 3> options{{
      {"location",
       "",
       offsetof(Exported, location),
       AV_OPT_TYPE_STRING,
       {},
       0,
       0,
       AV_OPT_FLAG_EXPORT,
       nullptr},
      {"mime_type",
       "",
       offsetof(Exported, mime_type),
       AV_OPT_TYPE_STRING,
       {},
       0,
       0,
       AV_OPT_FLAG_EXPORT,
       nullptr},
      {},
  }};
  static const AVClass one = [] {
    AVClass made{};
    made.class_name = "camfleet";
    made.item_name = av_default_item_name;
    made.option = options.data();
    made.version = LIBAVUTIL_VERSION_INT;
    return made;
  }();
  return &one;
}

int HttpFile::open(const std::string& address, AVDictionary* options) {
  asked_ = address;
  if (address.starts_with(enciphered)) {
    asked_.erase(0, enciphered.size());
    cipher_ = AesSegment::make(option(options, "key"), option(options, "iv"));
    if (!cipher_) return AVERROR_INVALIDDATA;
  }
  range_ = range_of(options);
  if (const int code = begin(); code < 0) return code;
  location_ = transfer_.was_redirected() ? transfer_.url() : asked_;
  mime_type_ = transfer_.head().content_type();
  exported_ = {exported_class(), this, location_.data(), mime_type_.data()};
  return 0;
}

int HttpFile::begin() {
  if (parts_.refusal || parts_.must_stop()) return AVERROR_EXIT;
  is_past_end_ = false;
  front_.clear();
  front_read_ = 0;
  position_ = range_.first;
  if (auto opened = transfer_.open(asked_, range_); !opened.has_value()) return failed(opened.error());
  if (transfer_.head().first() != range_.first) return AVERROR(ENOSYS);
  if (cipher_ || range_.first > 0) return 0;
  std::array<std::uint8_t, playlist_begin.size()> bytes{};
  while (front_.size() < playlist_begin.size()) {
    const int count = read_body(std::span(bytes).first(playlist_begin.size() - front_.size()));
    if (count < 0) return count;
    if (count == 0) break;
    front_.append(bytes.begin(), bytes.begin() + count);
  }
  is_playlist_ = front_ == playlist_begin;
  return is_playlist_ ? read_playlist() : 0;
}

int HttpFile::read_playlist() {
  std::array<std::uint8_t, buffer_bytes> bytes{};
  while (true) {
    const int count = read_body(bytes);
    if (count == AVERROR_EXIT) return count;
    // What ends badly is as good as what came: its length may be wrong.
    if (count <= 0) break;
    front_.append(bytes.begin(), bytes.begin() + count);
    if (front_.size() > most_playlist_bytes) break;
  }
  auto wrong = wrong_with_playlist(front_, place_, transfer_.url().size());
  return wrong ? refuse(Errc::corrupt, std::move(*wrong)) : 0;
}

int HttpFile::read_body(std::span<std::uint8_t> into) {
  if (parts_.refusal) return AVERROR_EXIT;
  auto got = transfer_.read(into);
  if (!got.has_value()) return failed(got.error());
  const auto count = static_cast<std::int64_t>(got.value());
  if (parts_.bytes.add(count, parts_.must_stop)) return static_cast<int>(count);
  return refuse(Errc::corrupt,
                "sends " + std::to_string(parts_.bytes.most() >> 20U) + " MiB, and no picture of it");
}

int HttpFile::read(std::span<std::uint8_t> into) {
  int count = 0;
  if (is_past_end_) return AVERROR_EOF;
  if (cipher_) {
    count = cipher_->read(into, [this](std::span<std::uint8_t> block) { return read_body(block); });
  } else if (front_read_ < front_.size()) {
    const std::size_t part = std::min(into.size(), front_.size() - front_read_);
    std::memcpy(into.data(), front_.data() + front_read_, part);
    front_read_ += part;
    count = static_cast<int>(part);
  } else if (!is_playlist_) {
    count = read_body(into);
  }
  if (count > 0) position_ += count;
  return count == 0 ? AVERROR_EOF : count;
}

bool HttpFile::can_seek() const {
  return !is_playlist_ && !cipher_ && transfer_.head().gives_parts();
}

std::int64_t HttpFile::seek(std::int64_t offset, int whence) {
  const auto size = transfer_.head().size();
  if ((whence & AVSEEK_SIZE) != 0) return size && !is_playlist_ ? *size : AVERROR(ENOSYS);
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_CUR:
      offset += position_;
      break;
    case SEEK_END:
      if (!size) return AVERROR(ENOSYS);
      offset += *size;
      break;
    default:
      break;
  }
  if (offset < 0) return AVERROR(EINVAL);
  if (offset == position_ && !is_past_end_) return offset;
  // FFmpeg tries it on what it was told not to.
  if (!can_seek()) return AVERROR(ENOSYS);
  if (size && offset >= *size) {
    position_ = offset;
    is_past_end_ = true;
    return offset;
  }
  range_ = {.first = offset, .end = range_.end, .is_asked = true};
  const int code = begin();
  return code < 0 ? code : offset;
}

int HttpFile::refuse(Errc code, std::string what) {
  av_log(nullptr, AV_LOG_ERROR, "%s", what.c_str());
  parts_.refusal = Error{code, "", std::move(what)};
  return AVERROR_EXIT;
}

int HttpFile::failed(const Error& error) const {
  av_log(nullptr, AV_LOG_ERROR, "%s", error.what.c_str());
  if (error.code == Errc::forbidden || error.code == Errc::timed_out) return AVERROR_EXIT;
  if (error.code == Errc::unsupported) return AVERROR_PROTOCOL_NOT_FOUND;
  const int status = transfer_.head().status();
  return status >= 400 ? code_of(status) : AVERROR(EIO);
}

AVIOContext* HttpFile::to_io(std::unique_ptr<HttpFile> file) {
  auto* const buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
  if (buffer == nullptr) return nullptr;
  const auto read = [](void* opaque, std::uint8_t* into, int count) {
    return static_cast<Exported*>(opaque)->owner->read({into, static_cast<std::size_t>(count)});
  };
  const auto seek = [](void* opaque, std::int64_t offset, int whence) {
    return static_cast<Exported*>(opaque)->owner->seek(offset, whence);
  };
  AVIOContext* const io = avio_alloc_context(buffer, buffer_bytes, 0, &file->exported_, read, nullptr, seek);
  if (io == nullptr) {
    av_free(buffer);
    return nullptr;
  }
  io->av_class = io_class();
  io->seekable = file->can_seek() ? AVIO_SEEKABLE_NORMAL : 0;
  std::ignore = file.release();
  return io;
}

void HttpFile::close(AVIOContext* io) {
  const std::unique_ptr<HttpFile> file(static_cast<Exported*>(io->opaque)->owner);
  av_freep(&io->buffer);
  avio_context_free(&io);
}

}  // namespace camfleet::media
