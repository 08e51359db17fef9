#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/opening_bytes.hpp"
#include "runtime/media/source.hpp"
#include "runtime/net/http_client.hpp"

namespace camfleet::media {

/// How FFmpeg reads a source over HTTP: by connections of ours, which lead to no address that is not the
/// source's own, of the public network or named in `#hosts=`, however it is redirected and whatever its
/// playlists name. Counts what is read until the source is open, and reads no playlist of more than 8 MiB or
/// 64 variants. It outlives the context.
class HttpInput {
 public:
  /// `must_stop` is asked at least each 100 ms. `most_bytes`: to be read until opened(). Errors:
  /// invalid_field (the URL, its hosts), limit.
  static result<std::unique_ptr<HttpInput>> make(const SourceUrl& url, std::function<bool()> must_stop,
                                                 std::int64_t most_bytes);
  ~HttpInput();
  HttpInput(const HttpInput&) = delete;
  HttpInput& operator=(const HttpInput&) = delete;

  /// Opens `address` and gives it to `context`, with all that the demuxer opens after it. Those who are HLS
  /// need http_persistent=0 and http_multiple=0. 0, or FFmpeg's number, after words in FFmpeg's log.
  int open(AVFormatContext& context, const std::string& address);

  /// Its first picture is there.
  void opened() { bytes_.opened(); }

  /// Why it is not read any more, whatever FFmpeg makes of it: forbidden (out of reach), corrupt (too much
  /// before a picture, a playlist without end); without a place. None: nothing was refused.
  [[nodiscard]] std::optional<Error> refusal() const;

 private:
  HttpInput(std::unique_ptr<net::HttpClient> client, std::function<bool()> must_stop, std::int64_t most_bytes)
      : client_(std::move(client)), must_stop_(std::move(must_stop)), bytes_(most_bytes) {}

  int open_file(AVIOContext** into, const std::string& address, AVDictionary* options);
  static void close(AVIOContext* io);

  std::unique_ptr<net::HttpClient> client_;
  std::function<bool()> must_stop_;
  OpeningBytes bytes_;
  std::optional<Error> refusal_;
  bool is_first_ = true;          ///< what is opened next
  AVIOContext* first_ = nullptr;  ///< the context does not close what it was given
};

/// Connections that lead where this source may be led. Errors: as HttpInput::make.
result<std::unique_ptr<net::HttpClient>> http_client_of(const SourceUrl& url,
                                                        std::function<bool()> must_stop);

/// The hosts that `#hosts=` names. Errors: invalid_field.
result<std::vector<net::NamedHost>> named_hosts(const SourceUrl& url);

}  // namespace camfleet::media
