#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "actors/base/error.hpp"
#include "runtime/media/aes_segment.hpp"
#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/opening_bytes.hpp"
#include "runtime/media/playlist_bounds.hpp"
#include "runtime/net/http_transfer.hpp"

namespace camfleet::media {

/// What the files of one source share; all of it outlives them.
struct HttpFileParts {
  net::HttpClient& client;
  OpeningBytes& bytes;
  const std::function<bool()>& must_stop;
  std::optional<Error>& refusal;  ///< once it is there nothing is read any more
};

/// One file over HTTP as FFmpeg reads it: a playlist, which is read whole and looked at, a segment, which may
/// be enciphered, or a video.
class HttpFile {
 public:
  HttpFile(const HttpFileParts& parts, PlaylistPlace place)
      : parts_(parts), place_(place), transfer_(parts.client) {}
  HttpFile(const HttpFile&) = delete;
  HttpFile& operator=(const HttpFile&) = delete;

  /// `options` as a demuxer gives them to a protocol. 0, or FFmpeg's number, after words in FFmpeg's log.
  int open(const std::string& address, AVDictionary* options);

  /// Null: no memory.
  static AVIOContext* to_io(std::unique_ptr<HttpFile> file);
  static void close(AVIOContext* io);

 private:
  /// What FFmpeg asks a protocol for by name; it begins as all that has options does.
  struct Exported {
    const AVClass* av_class = nullptr;
    HttpFile* owner = nullptr;
    char* location = nullptr;  ///< where it came from after redirects: a playlist's names are relative to it
    char* mime_type = nullptr;
  };

  static const AVClass* exported_class();

  int begin();
  int read(std::span<std::uint8_t> into);
  int read_body(std::span<std::uint8_t> into);
  std::int64_t seek(std::int64_t offset, int whence);
  [[nodiscard]] bool can_seek() const;
  int read_playlist();
  int refuse(Errc code, std::string what);
  int failed(const Error& error) const;

  HttpFileParts parts_;
  PlaylistPlace place_;
  net::HttpTransfer transfer_;
  Exported exported_;
  std::string asked_;
  std::string location_;
  std::string mime_type_;
  net::HttpRange range_;
  std::optional<AesSegment> cipher_;
  std::string front_;  ///< read to see what it is; all of a playlist
  std::size_t front_read_ = 0;
  bool is_playlist_ = false;
  std::int64_t position_ = 0;
  bool is_past_end_ = false;  ///< where it was sought to
};

}  // namespace camfleet::media
