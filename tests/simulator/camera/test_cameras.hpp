#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "runtime/media/packet_source.hpp"
#include "simulator/camera/loop.hpp"

namespace camfleet::camera::test {

/// A folder of its own that goes with it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A run's time that is where somebody waits for.
class JumpingClock final : public media::RunClock {
 public:
  explicit JumpingClock(Instant now) : now_(now) {}
  [[nodiscard]] Instant now() const override { return now_; }
  void wait_a_while(Instant at, media::Interrupt& /*interrupt*/) const override { now_ = std::max(now_, at); }
  void set(Instant now) { now_ = now; }

 private:
  mutable Instant now_;
};

/// A camera whose loop is made in a moment: 320x180, 5 frames a second, 2 s a group.
CameraSpec small_camera(Coding codec, scene::Scene scene = scene::Scene::yard);

/// The whole loop of a camera.
std::shared_ptr<Loop> make_loop(const LoopKey& key);

/// A decoded picture's luma, row by row.
struct Luma {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
  std::string message;  ///< of the user_data_unregistered message that came with it
  [[nodiscard]] double mean() const;
};

/// Decodes packets one after the other; `damaged` counts those that the decoder refused.
class PictureReader {
 public:
  explicit PictureReader(media::Decoder decoder) : decoder_(std::move(decoder)) {}
  /// The pictures that come out.
  std::vector<Luma> take(const AVPacket& packet);
  int damaged = 0;

 private:
  media::Decoder decoder_;
};

std::vector<Luma> take(PictureReader& reader, const EncodedFrame& frame);

inline constexpr std::array<Coding, 4> all_codecs{Coding::h264, Coding::h265, Coding::vp8, Coding::vp9};

}  // namespace camfleet::camera::test
