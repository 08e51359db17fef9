#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/base/error.hpp"
#include "actors/base/time.hpp"
#include "actors/spec/spec.hpp"
#include "runtime/media/source.hpp"
#include "simulator/scene/scene.hpp"

namespace camfleet::camera {

/// The scheme of synthetic cameras:
/// synthetic://SCENE?size=1280x720&fps=25&codec=h264&gop=50&bitrate=2Mbps&seed=7
inline constexpr std::string_view scheme = "synthetic";

/// Of a scene.
inline constexpr std::uint32_t loop_seconds = scene::loop_length / seconds(1);

/// What the URL of a synthetic camera says; what it leaves out is not there.
struct CameraUrl {
  scene::Scene scene = scene::Scene::street;
  std::optional<FrameSize> size;
  std::optional<std::uint32_t> fps;
  std::optional<Coding> codec;
  std::optional<std::uint32_t> gop;
  std::optional<std::uint32_t> kbps;
  std::optional<std::uint64_t> seed;
};

/// One synthetic camera, whole.
struct CameraSpec {
  scene::Scene scene = scene::Scene::street;
  FrameSize size{1280, 720};    ///< even both ways, 160x90 to 3840x2160
  std::uint32_t fps = 25;       ///< 1 to 60
  Coding codec = Coding::h264;  ///< any but mpeg4
  std::uint32_t gop = 50;       ///< the most frames from a key frame to the next; 1 to half of the loop
  std::uint32_t kbps = 2000;    ///< 32 to 50,000
  std::uint64_t seed = 0;       ///< decides the scene's variant and where in its loop the camera is

  [[nodiscard]] std::uint32_t variant() const {
    return static_cast<std::uint32_t>(seed % scene::variant_count);
  }
  friend bool operator==(const CameraSpec&, const CameraSpec&) = default;
};

/// Errors, with the URL as their place: invalid_field: another scheme, an unknown scene, key or codec, a
/// size, rate or number out of its range; each with what would be right.
result<CameraUrl> parse_camera_url(const media::SourceUrl& url);

/// The camera of a URL. What the URL leaves out is as the instance's entry of the device says, where there is
/// one: its size with sides made even, its codec and its bit rate; else as CameraSpec has it. Two seconds of
/// frames are a group; without a seed the device's id gives one. Errors: those of parse_camera_url;
/// invalid_field: the entry asks for what a synthetic camera cannot be.
result<CameraSpec> resolve(const media::SourceUrl& url, const std::string& device_id,
                           const DeviceSpec* entry);

/// "h264", "h265", "vp8" or "vp9"; empty: synthetic cameras have no such codec.
std::string_view codec_name(Coding codec);

/// The URL that says everything of the camera.
std::string url_of(const CameraSpec& camera);

}  // namespace camfleet::camera
