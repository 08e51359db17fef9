#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/media/source_url.hpp"
#include "runtime/plant/live_stream.hpp"
#include "runtime/plant/thread_cpu.hpp"
#include "simulator/camera/cameras.hpp"
#include "simulator/camera/film_reader.hpp"
#include "simulator/camera/picture.hpp"
#include "simulator/camera/synthetic_source.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/cli/process.hpp"
#include "tools/camfleet/worlds/sources.hpp"

namespace camfleet::cli {
namespace {

using camera::CameraSpec;
using camera::LoopKey;

double in_milliseconds(Duration span) {
  return static_cast<double>(span.count()) / 1e6;
}

/// The CPU of drawing and encoding so many pictures, over that of encoding them alone.
result<double> drawing_share(const CameraSpec& camera) {
  constexpr std::uint32_t pictures = 60;
  CAMFLEET_TRY(const auto renderer, scene::Renderer::make(camera.scene, camera.variant(), camera.size));
  const camera::Encoder::Settings settings{camera.codec, camera.size, camera.fps, camera.kbps};
  std::vector<camera::Picture> stored(pictures, camera::Picture(camera.size));
  const auto at = [&](std::uint32_t n) { return Duration(seconds(n)) / camera.fps; };
  for (std::uint32_t n = 0; n < pictures; ++n) renderer->render(at(n), stored[n].planes());
  Duration alone{0};
  Duration both{0};
  camera::Picture picture(camera.size);
  // In turn, so that whatever else the machine does befalls both.
  for (int round = 0; round < 5; ++round) {
    CAMFLEET_TRY(const auto bare, camera::Encoder::make(settings));
    CAMFLEET_TRY(const auto whole, camera::Encoder::make(settings));
    for (std::uint32_t n = 0; n < pictures; ++n) {
      const Duration began = plant::thread_cpu();
      CAMFLEET_CHECK(bare->encode(stored[n].planes(), n == 0));
      const Duration between = plant::thread_cpu();
      renderer->render(at(n), picture.planes());
      CAMFLEET_CHECK(whole->encode(picture.planes(), n == 0));
      alone += between - began;
      both += plant::thread_cpu() - between;
    }
  }
  return static_cast<double>(both.count()) / static_cast<double>(alone.count());
}

/// Time that is wherever somebody waits for.
class NoWaiting final : public media::RunClock {
 public:
  [[nodiscard]] Instant now() const override { return now_; }
  void wait_a_while(Instant at, media::Interrupt& /*interrupt*/) const override { now_ = at; }

 private:
  mutable Instant now_{hours(480'000)};
};

/// The CPU that one packet of a camera costs until it is given to the decoder.
result<Duration> packet_cost(camera::Cameras& cameras, const CameraSpec& camera) {
  constexpr int packets = 100'000;
  const NoWaiting clock;
  media::Interrupt interrupt;
  media::SourceRegistry sources = all_sources();
  sources.add(std::string(camera::scheme), cameras.scheme());
  CAMFLEET_TRY(const media::SourceUrl url, media::parse_source_url(camera::url_of(camera)));
  CAMFLEET_TRY(const auto source, sources.connect(url, {{}, &interrupt, &clock, "bench"}));
  const media::FfmpegPtr<AVPacket> packet(av_packet_alloc());
  const Duration began = plant::thread_cpu();
  for (int i = 0; i < packets; ++i) {
    if (source->read(*packet, seconds(60)) != media::PacketSource::Outcome::packet)
      return pass(source->error());
  }
  return (plant::thread_cpu() - began) / packets;
}

/// A thousand cameras that are connected to at once.
class Crowd {
 public:
  static constexpr std::uint32_t cameras = 1000;

  Crowd(camera::Cameras& films, const CameraSpec& camera) {
    sources_.add(std::string(camera::scheme), films.scheme());
    CameraSpec one = camera;
    for (std::uint32_t i = 0; i < cameras; ++i) {
      // Of the same loop, each at a place of its own.
      one.seed = camera.seed + std::uint64_t{i} * scene::variant_count;
      streams_.push_back(std::make_shared<plant::LiveStream>(parts(), DeviceIx{i}, std::to_string(i),
                                                             StreamIx{0},
                                                             media::parse_source_url(url_of(one)).value()));
    }
  }
  ~Crowd() {
    for (const auto& stream : streams_) stream->close();
    for (std::thread& thread : threads_) thread.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// How long it takes until each has its first picture.
  Duration start() {
    time_.go([](ActorId, TimerTag) {});
    const auto began = std::chrono::steady_clock::now();
    for (const auto& stream : streams_) threads_.push_back(stream->start());
    std::unique_lock lock(mutex_);
    all_.wait_for(lock, std::chrono::seconds(60), [&] { return pictures_ == cameras; });
    return std::chrono::steady_clock::now() - began;
  }

 private:
  plant::StreamParts parts() {
    return {&sources_,
            &time_,
            &pool_,
            &frames_,
            &problems_,
            [](DeviceIx, const Error&) {},
            [this](ActorId to, const Message& message) { told(to, message); },
            {}};
  }
  void told(ActorId to, const Message& message) {
    // The first picture that can be had is the key frame that it begins with.
    if (std::holds_alternative<StreamOpened>(message))
      streams_[to.number]->read({StreamIx{0}, {0, 1}, 0, Duration(0), Instant::min() + seconds(1), false});
    if (const auto* ready = std::get_if<FrameReady>(&message)) {
      frames_.release(ready->frame);
      const std::lock_guard lock(mutex_);
      if (++pictures_ == cameras) all_.notify_all();
    }
  }

  timing::Timekeeper time_{Instant(hours(480'000)), {}, 2};
  plant::FrameTable frames_{64};
  plant::ProblemLog problems_;
  media::SourceRegistry sources_ = all_sources();
  std::mutex mutex_;
  std::condition_variable all_;
  std::uint32_t pictures_ = 0;
  std::vector<std::shared_ptr<plant::LiveStream>> streams_;
  plant::WorkPool pool_{std::max(1U, std::thread::hardware_concurrency())};
  std::vector<std::thread> threads_;
};

/// As many decoders as the crowd has, with their first pictures and without anything else: the CPU that the
/// decoders themselves take.
result<Duration> bare_decoders(camera::Cameras& films, const CameraSpec& camera) {
  CAMFLEET_TRY(const camera::Reel reel, camera::Reel::open(films.library(), camera, {}));
  const camera::CameraClock clock(camera);
  const std::int64_t key = clock.group_begin(clock.frame_at(Instant(hours(480'000))));
  std::vector<camera::FilmReader> readers;
  for (std::uint32_t i = 0; i < Crowd::cameras; ++i)
    readers.emplace_back(camera, reel, camera::CameraFaults());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const Stopwatch watch;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads.emplace_back([&] {
        media::Frame picture;
        for (std::size_t one = next++; one < readers.size(); one = next++)
          failed = !readers[one].read(key, Instant{}, picture).has_value() || failed;
      });
  }
  if (failed) return fail(Errc::corrupt, url_of(camera), "a frame of its loop cannot be decoded");
  return watch.cpu();
}

}  // namespace

result<Figures> bench_cameras() {
  Figures figures;
  const auto share = [&](const std::string& name, const CameraSpec& camera) -> result<void> {
    CAMFLEET_TRY(const double ratio, drawing_share(camera));
    figures.push_back({name, ratio, "x the encoder", 1.3, true});
    return success();
  };
  CameraSpec street;
  CAMFLEET_CHECK(share("street 1280x720: drawn and encoded", street));
  CameraSpec yard;
  yard.scene = scene::Scene::yard;
  yard.size = {640, 360};
  yard.kbps = 1000;
  CAMFLEET_CHECK(share("yard 640x360: drawn and encoded", yard));
  camera::Cameras cameras({camera::Library::standard_folder()});
  CAMFLEET_CHECK(cameras.library().make({LoopKey::of(yard)}, [](const auto&) { return true; }));
  const auto held = cameras.library().open(LoopKey::of(yard));
  CAMFLEET_TRY(const Duration packet, packet_cost(cameras, yard));
  figures.push_back({"a packet of a warm library", in_milliseconds(packet) * 1000, "us of CPU", 2, true});
  const Stopwatch watch;
  const Duration started = Crowd(cameras, yard).start();
  figures.push_back(
      {"1,000 cameras, each with its first picture", in_milliseconds(started) / 1000, "s", 5, true});
  const Duration took = watch.cpu();
  CAMFLEET_TRY(const Duration bare, bare_decoders(cameras, yard));
  figures.push_back({"the same", in_milliseconds(took) / 1000, "s of CPU", 0, true});
  figures.push_back({"1,000 bare decoders", in_milliseconds(bare) / 1000, "s of CPU", 0, true});
  return figures;
}

}  // namespace camfleet::cli
