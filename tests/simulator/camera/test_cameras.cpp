#include "tests/simulator/camera/test_cameras.hpp"

#include <cstdlib>
#include <cstring>
#include <numeric>
#include <system_error>

#include <gtest/gtest.h>

#include "simulator/scene/renderer.hpp"

namespace camfleet::camera::test {

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "camfleet-cameras-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

CameraSpec small_camera(Coding codec, scene::Scene scene) {
  CameraSpec camera;
  camera.scene = scene;
  camera.size = {320, 180};
  camera.fps = 5;
  camera.gop = 10;
  camera.kbps = 500;
  camera.codec = codec;
  return camera;
}

std::shared_ptr<Loop> make_loop(const LoopKey& key) {
  auto renderer = scene::Renderer::make(key.scene, key.variant, key.size);
  EXPECT_TRUE(renderer.has_value()) << renderer.error().line();
  auto loop = std::make_shared<Loop>(key);
  while (const auto unit = loop->next_unit()) {
    const auto made = make_unit(*loop, *unit, *renderer.value());
    EXPECT_TRUE(made.has_value()) << made.error().line();
    if (!made.has_value()) break;
  }
  return loop;
}

double Luma::mean() const {
  return std::accumulate(pixels.begin(), pixels.end(), 0.0) / static_cast<double>(pixels.size());
}

std::vector<Luma> PictureReader::take(const AVPacket& packet) {
  const media::FfmpegLog quiet;
  std::vector<Luma> pictures;
  if (decoder_.send(&packet, false) < 0) {
    ++damaged;
    return pictures;
  }
  const media::FfmpegPtr<AVFrame> frame(av_frame_alloc());
  while (decoder_.receive(*frame) == 0) {
    Luma luma{frame->width, frame->height, {}, {}};
    for (int y = 0; y < frame->height; ++y) {
      const std::uint8_t* row = frame->data[0] + static_cast<std::ptrdiff_t>(y) * frame->linesize[0];
      luma.pixels.insert(luma.pixels.end(), row, row + frame->width);
    }
    if (const auto* data = av_frame_get_side_data(frame.get(), AV_FRAME_DATA_SEI_UNREGISTERED))
      luma.message.assign(reinterpret_cast<const char*>(data->data), data->size);
    pictures.push_back(std::move(luma));
  }
  return pictures;
}

std::vector<Luma> take(PictureReader& reader, const EncodedFrame& frame) {
  const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
  if (av_new_packet(packet.get(), static_cast<int>(frame.bytes.size())) < 0) return {};
  std::memcpy(packet->data, frame.bytes.data(), frame.bytes.size());
  if (frame.is_key) packet->flags = AV_PKT_FLAG_KEY;
  return reader.take(*packet);
}

}  // namespace camfleet::camera::test
