#include "simulator/camera/camera_spec.hpp"

#include <algorithm>
#include <utility>

#include "actors/base/hash.hpp"
#include "actors/base/text.hpp"
#include "actors/spec/stream_hints.hpp"
#include "runtime/media/source_url.hpp"

namespace camfleet::camera {
namespace {

constexpr FrameSize least_size{160, 90};
constexpr FrameSize most_size{3840, 2160};
constexpr std::uint32_t most_fps = 60;
constexpr std::uint32_t least_kbps = 32;
constexpr std::uint32_t most_kbps = 50'000;
constexpr std::array<std::pair<std::string_view, Coding>, 4> codecs{
    {{"h264", Coding::h264}, {"h265", Coding::h265}, {"vp8", Coding::vp8}, {"vp9", Coding::vp9}}};

bool fits(FrameSize size) {
  return size.width >= least_size.width && size.height >= least_size.height &&
         size.width <= most_size.width && size.height <= most_size.height && size.width % 2 == 0 &&
         size.height % 2 == 0;
}

/// Reads a whole number in [least, most].
auto number(std::uint32_t least, std::uint32_t most) {
  return [least, most](const std::string& text) {
    const auto value = parse_int<std::uint32_t>(text);
    return value && *value >= least && *value <= most ? value : std::nullopt;
  };
}

constexpr std::uint32_t most_gop(std::uint32_t fps) {
  return loop_seconds * fps / 2;
}

std::string scenes() {
  std::string text;
  for (const std::string_view name : scene::scene_names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

class Reader {
 public:
  explicit Reader(const media::SourceUrl& url) : url_(&url) {}

  /// Reads `key` by `parse`, where it is there.
  template <class Value, class Parse>
  result<void> read(const char* key, const char* right, Parse parse, std::optional<Value>& into) const {
    const auto found = url_->query.find(key);
    if (found == url_->query.end()) return success();
    into = parse(found->second);
    if (into) return success();
    return fail(Errc::invalid_field, url_->text,
                std::string(key) + " is " + quote(found->second) + "; right would be " + right);
  }

  [[nodiscard]] result<CameraUrl> camera() const {
    CameraUrl camera;
    if (url_->scheme != scheme)
      return fail(Errc::invalid_field, url_->text,
                  "is no synthetic camera; right would be synthetic://street");
    const auto scene = scene::parse_scene(url_->path);
    // The name may hold a password that was meant for another scheme.
    if (!scene.has_value())
      return fail(Errc::invalid_field, url_->text, "has no such scene; right would be " + scenes());
    camera.scene = scene.value();
    CAMFLEET_CHECK(media::check_query(*url_, {"size", "fps", "codec", "gop", "bitrate", "seed"}));
    CAMFLEET_CHECK(read(
        "size", "an even width and height from 160x90 to 3840x2160, like 1280x720",
        [](const std::string& text) {
          const auto size = parse_size(text);
          return size && fits(*size) && text.find('x') != std::string::npos ? size : std::nullopt;
        },
        camera.size));
    CAMFLEET_CHECK(read("fps", "a whole number from 1 to 60", number(1, most_fps), camera.fps));
    CAMFLEET_CHECK(read(
        "codec", "h264, h265, vp8 or vp9",
        [](const std::string& text) -> std::optional<Coding> {
          const auto* found = std::ranges::find(codecs, text, &std::pair<std::string_view, Coding>::first);
          return found == codecs.end() ? std::nullopt : std::optional(found->second);
        },
        camera.codec));
    CAMFLEET_CHECK(read("gop", "a whole number from 1 to 1800", number(1, most_gop(most_fps)), camera.gop));
    CAMFLEET_CHECK(read(
        "bitrate", "a rate from 32kbps to 50Mbps",
        [](const std::string& text) {
          const auto kbps = parse_bit_rate(text);
          return kbps && *kbps >= least_kbps && *kbps <= most_kbps ? kbps : std::nullopt;
        },
        camera.kbps));
    CAMFLEET_CHECK(read(
        "seed", "a whole number of at most 19 digits",
        [](const std::string& text) { return parse_int<std::uint64_t>(text); }, camera.seed));
    return camera;
  }

 private:
  const media::SourceUrl* url_;
};

/// A size that an instance asks for, with sides made even.
FrameSize even(FrameSize size) {
  return {size.width / 2 * 2, size.height / 2 * 2};
}

}  // namespace

std::string_view codec_name(Coding codec) {
  const auto* found = std::ranges::find(codecs, codec, &std::pair<std::string_view, Coding>::second);
  return found == codecs.end() ? "" : found->first;
}

result<CameraUrl> parse_camera_url(const media::SourceUrl& url) {
  return Reader(url).camera();
}

result<CameraSpec> resolve(const media::SourceUrl& url, const std::string& device_id,
                           const DeviceSpec* entry) {
  CAMFLEET_TRY(const CameraUrl given, parse_camera_url(url));
  CameraSpec camera;
  camera.scene = given.scene;
  const auto wrong = [&](const std::string& what) {
    return fail(Errc::invalid_field, url.text, "device " + device_id + " is asked for " + what);
  };
  if (entry != nullptr) {
    camera.size = given.size.value_or(even(entry->size));
    camera.codec = given.codec.value_or(entry->coding);
    camera.kbps = given.kbps.value_or(std::clamp(entry->kbps, least_kbps, most_kbps));
    if (!fits(camera.size))
      return wrong("pictures of " + std::to_string(camera.size.width) + "x" +
                   std::to_string(camera.size.height) +
                   "; a synthetic camera has 160x90 to 3840x2160; write size=1280x720 into its URL");
    if (codec_name(camera.codec).empty())
      return wrong(std::string(to_text(camera.codec)) +
                   ", which a synthetic camera does not send; write codec=h264 into its URL");
  } else {
    camera.size = given.size.value_or(camera.size);
    camera.codec = given.codec.value_or(camera.codec);
    camera.kbps = given.kbps.value_or(camera.kbps);
  }
  camera.fps = given.fps.value_or(camera.fps);
  camera.gop = given.gop.value_or(2 * camera.fps);
  if (camera.gop > loop_seconds * camera.fps / 2)
    return fail(Errc::invalid_field, url.text,
                "gop is " + std::to_string(camera.gop) + "; right would be at most " +
                    std::to_string(loop_seconds * camera.fps / 2) + ", half a minute");
  camera.seed = given.seed.value_or(hash_text(device_id) >> 1U);
  return camera;
}

std::string url_of(const CameraSpec& camera) {
  std::string text(scheme);
  text.append("://").append(scene::to_text(camera.scene));
  text.append("?size=").append(std::to_string(camera.size.width)).append("x");
  text.append(std::to_string(camera.size.height));
  text.append("&fps=").append(std::to_string(camera.fps));
  text.append("&codec=").append(codec_name(camera.codec));
  text.append("&gop=").append(std::to_string(camera.gop));
  text.append("&bitrate=").append(std::to_string(camera.kbps)).append("kbps");
  text.append("&seed=").append(std::to_string(camera.seed));
  return text;
}

}  // namespace camfleet::camera
