#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "runtime/media/frame.hpp"

namespace camfleet::media {

enum class SourceKind { recorded, pictures, live };

/// By whose time the frames of a live stream are.
enum class StreamClock {
  camera,  ///< its own: a frame's time is when it comes
  run,     ///< the run's: each frame has an instant
};

/// What a source is by its URL, or by what its server says.
struct SourceTraits {
  SourceKind kind = SourceKind::live;
  StreamClock clock = StreamClock::camera;  ///< of a live one
  bool is_here = false;                     ///< a file or folder of this machine
  bool is_guess = false;                    ///< the URL leaves it open, and a server would know

  /// True for what films by no other time than the real one.
  [[nodiscard]] bool films_really() const { return kind == SourceKind::live && clock == StreamClock::camera; }
};

/// What is known of a source once it is open.
struct SourceInfo {
  SourceKind kind = SourceKind::recorded;
  Duration length{0};          ///< of the media; 0 = unknown or without end
  Duration frame_interval{0};  ///< the nominal distance of two frames; 0 = unknown
  int width = 0;               ///< of its pictures as they are shown
  int height = 0;
  std::string codec;        ///< FFmpeg's name: "h264", "hevc", "msmpeg4v3", "png"
  std::string passed_over;  ///< what of a folder is not taken, with its count; empty: nothing
};

/// Bounds that hold for every source, whatever the file says of itself.
struct Limits {
  std::int64_t max_pixels = 7680LL * 4320;  ///< of one picture, also as shown (8K UHD); beyond: too_large
  Duration open_deadline = seconds(10);     ///< to open and probe
  Duration read_deadline = seconds(10);     ///< for one read() or next()
  Duration max_gap = seconds(10);           ///< a frame later than its target by more: the sample is lost
  std::int64_t max_pictures = 1'000'000;    ///< entries of a pictures:// folder
};

struct OpenOptions {
  Limits limits;
  Duration spf = seconds(1);  ///< picture j of a pictures:// source has the media time j × spf
};

enum class ReadStatus {
  frame,   ///< `into` holds the frame
  lost,    ///< no frame for this target (a gap, a damaged picture); later ones may be fine
  ended,   ///< the target is past the end of the media
  broken,  ///< the source cannot be read any more; open it again or give up
};

/// One opened source: it makes one connection or fails; whoever owns it decides what happens next.
/// Not thread-safe; one thread at a time.
class Source {
 public:
  virtual ~Source() = default;

  [[nodiscard]] virtual const SourceInfo& info() const = 0;

  /// The first frame at or after `target − ½ frame_interval` in media time (the sampling rule of the design).
  /// Targets may jump forward by any span and may go back.
  virtual ReadStatus read(Duration target, Frame& into) = 0;

  /// The frame after the one that the last read() or next() gave; at first the very first frame.
  virtual ReadStatus next(Frame& into) = 0;

  /// Why the last read() or next() was not `frame`; unspecified after a `frame`.
  [[nodiscard]] virtual const Error& error() const = 0;
};

/// A source URL in its parts: "file:///a/b.mp4?loop=1&start=5" → scheme "file", path "/a/b.mp4"
/// (percent-decoded).
struct SourceUrl {
  std::string text;         ///< as given, passwords as ***
  std::string secret_text;  ///< as given, passwords included: to connect with, never to show
  std::string scheme;       ///< in small letters
  std::string path;
  std::map<std::string, std::string, std::less<>>
      query;  ///< our keys: behind "?", of network URLs behind "#"
};

/// True for http, https, rtsp, rtsps, rtmp and rtmps: the query is the server's, and ours stands behind a #.
bool is_network(const SourceUrl& url);

/// The URL to connect with: secret_text without what stands behind a #.
std::string address_of(const SourceUrl& url);

/// Errors: invalid_field when there is no scheme, no path, or a broken escape.
result<SourceUrl> parse_source_url(std::string_view text);

/// "file:///tmp/a%20b.mp4": an absolute path as a URL, with everything escaped that a URL gives a meaning to.
std::string file_url(std::string_view absolute_path, std::string_view scheme = "file");

}  // namespace camfleet::media
