#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/media/packet_source.hpp"
#include "simulator/camera/camera_clock.hpp"
#include "simulator/camera/camera_faults.hpp"
#include "simulator/camera/reel.hpp"

namespace camfleet::camera {

/// One connection to a synthetic camera: packets of its loop, each at the instant of its frame by the run's
/// clock, beginning with the last key frame. H.264 and H.265 carry a user_data_unregistered message before
/// each picture: `identity_uuid`, the frame's instant in nanoseconds since 1970 and its number, both as eight
/// bytes, the highest first, and the device's id.
class SyntheticSource final : public media::PacketSource {
 public:
  SyntheticSource(const CameraSpec& camera, Reel reel, CameraFaults faults, std::string where,
                  const media::LiveOptions& options);

  Outcome read(AVPacket& packet, Duration deadline) override;
  [[nodiscard]] const Error& error() const override { return error_; }
  [[nodiscard]] result<media::Decoder> make_decoder() const override;
  [[nodiscard]] bool is_paced() const override { return true; }
  [[nodiscard]] Duration frame_interval() const override { return clock_.interval(); }
  [[nodiscard]] std::optional<Duration> time_of(const AVPacket& packet) const override;

 private:
  /// What is to be done with the next frame at this moment.
  enum class Step { send, wait, failed };
  Step look(Duration deadline);
  /// The run's clock was moved, or nobody has read for long: goes on with the key frame before now.
  void keep_up(Instant now);
  void start_at_group(Instant now);
  /// When the packet of a frame is sent at the latest, as far as others of its time may come with it.
  [[nodiscard]] Instant together(Instant filmed) const;
  [[nodiscard]] bool fill(AVPacket& packet);
  Outcome give_up(Errc code, std::string what);

  CameraSpec camera_;
  CameraClock clock_;
  Reel reel_;
  CameraFaults faults_;
  std::string where_;
  media::LiveOptions options_;
  std::int64_t next_ = 0;                  ///< number of the next frame
  std::int64_t after_freeze_ = INT64_MIN;  ///< next_ where a freeze has put it there
  Duration stagger_{0};                    ///< of when it sends what nobody waits for
  Instant opened_at_{};
  Instant came_at_{};  ///< when the last packet came
  Instant filmed_{};   ///< the frame of the last packet
  Error error_{Errc::ended, "", ""};
};

/// 67a1b2f0-6cf0-4d0e-9c5b-ca3f1ee7ca3e
inline constexpr std::array<std::uint8_t, 16> identity_uuid{0x67, 0xA1, 0xB2, 0xF0, 0x6C, 0xF0, 0x4D, 0x0E,
                                                            0x9C, 0x5B, 0xCA, 0x3F, 0x1E, 0xE7, 0xCA, 0x3E};

/// A decoder for the pictures of a loop. Errors: those of Decoder::open.
result<media::Decoder> decoder_of(const LoopKey& key, const std::string& where, const media::Limits& limits);

}  // namespace camfleet::camera
