#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>
#include <zmq.hpp>

#include "runtime/bus/local_bus.hpp"
#include "runtime/bus/remote_bus.hpp"
#include "tools/camfleet/bench/bench.hpp"
#include "tools/camfleet/cli/process.hpp"

namespace camfleet::cli {
namespace {

/// A payload as a frame of one row or more: 3 bytes a pixel.
struct Payload {
  const char* name;
  int width;
  int height;
  int count;
  std::uint32_t frames;  ///< in the pool; half of them may be under way
};

// Counts are multiples of notify_every. 99 B, 50 KB, 640x640 and 1920x1080 in BGR.
constexpr Payload payloads[] = {{"100 B", 33, 1, 400'000, 2048},
                                {"50 KB", 130, 128, 40'000, 512},
                                {"1.2 MB", 640, 640, 3'008, 128},
                                {"6.2 MB", 1920, 1080, 512, 128}};

constexpr int rounds = 3;
constexpr int notify_every = 32;

std::size_t bytes_of(const Payload& payload) {
  return static_cast<std::size_t>(payload.width) * static_cast<std::size_t>(payload.height) * 3;
}

/// CPU of one frame in process, from the thread of a device to that of an analyzer.
Duration local() {
  constexpr int count = 300'000;
  std::atomic<bool> waits = false;
  bus::LocalBus bus(1, [&](AnalyzerIx) {
    waits = true;
    waits.notify_one();
  });
  const Stopwatch watch;
  std::thread analyzer([&] {
    std::array<Sample, 16> samples;
    for (int taken = 0; taken < count;) {
      waits.wait(false);
      waits = false;
      for (std::size_t got = samples.size(); got == samples.size(); taken += static_cast<int>(got))
        got = bus.take(AnalyzerIx{0}, samples);
    }
  });
  for (int i = 0; i < count; ++i) bus.send(actor(AnalyzerIx{0}), Sample{});
  analyzer.join();
  return watch.cpu() / count;
}

/// CPU of one frame through our bus: filled frames are sent again and again.
result<Duration> our_bus(const Payload& payload, const std::string& endpoint) {
  std::atomic<int> taken = 0;
  std::unique_ptr<bus::RemoteReceiver> receiver;
  CAMFLEET_TRY(receiver, bus::RemoteReceiver::bind(
                             {endpoint, payload.frames, payload.frames / 2},
                             [&](std::uint32_t from, const bus::FrameHeader&, media::FrameRef frame) {
                               frame = {};
                               receiver->done(from);
                               if (++taken % notify_every == 0) taken.notify_one();
                             }));
  media::FramePool frames(1);
  CAMFLEET_TRY(const auto sender, bus::RemoteSender::connect({endpoint, bus::Form::raw, payload.frames, 85},
                                                             [](const Sample&) {}));
  media::FrameRef frame = *frames.try_acquire();
  frame->resize(payload.width, payload.height);
  const Stopwatch watch;
  for (int sent = 0; sent < payload.count; ++sent) {
    for (int seen = taken; sent - seen >= static_cast<int>(payload.frames); seen = taken) taken.wait(seen);
    sender->send(Sample{}, frame);
  }
  for (int seen = taken; seen < payload.count; seen = taken) taken.wait(seen);
  const Duration cpu = watch.cpu();
  sender->stop();
  frame = {};
  return cpu / payload.count;
}

/// CPU of one message of the same size between two bare sockets, sent without a copy and copied out, as a
/// frame is.
Duration bare(const Payload& payload, const std::string& endpoint) {
  const std::vector<std::uint8_t> pixels(bytes_of(payload));
  zmq::context_t there{1};
  zmq::context_t here{1};
  zmq::socket_t in(there, zmq::socket_type::pull);
  in.bind(endpoint);
  zmq::socket_t out(here, zmq::socket_type::push);
  out.set(zmq::sockopt::sndhwm, static_cast<int>(payload.frames / 2));
  in.set(zmq::sockopt::rcvhwm, static_cast<int>(payload.frames / 2));
  out.connect(endpoint);
  const Stopwatch watch;
  std::thread taker([&] {
    std::vector<std::uint8_t> copy(pixels.size());
    zmq::message_t message;
    for (int i = 0; i < payload.count; ++i) {
      if (!in.recv(message, zmq::recv_flags::none)) return;
      std::copy_n(static_cast<const std::uint8_t*>(message.data()), message.size(), copy.begin());
    }
  });
  for (int i = 0; i < payload.count; ++i) {
    zmq::message_t message(
        const_cast<std::uint8_t*>(pixels.data()), pixels.size(), [](void*, void*) {}, nullptr);
    out.send(message, zmq::send_flags::none);
  }
  taker.join();
  return watch.cpu() / payload.count;
}

/// The middle of several ratios, each of two runs side by side: a busy machine slows both.
result<void> compare(const Payload& payload, const std::string& transport, Figures& figures) {
  std::vector<double> ratios;
  double us = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string endpoint =
        transport == "ipc"
            ? "ipc://" + (std::filesystem::temp_directory_path() / fmt::format("camfleet-bench-{}", getpid()))
                             .string()
            : fmt::format("tcp://127.0.0.1:{}", 20'000 + getpid() % 20'000);
    CAMFLEET_TRY(const Duration mine, our_bus(payload, endpoint));
    const Duration base = bare(payload, endpoint);
    ratios.push_back(static_cast<double>(base.count()) / static_cast<double>(mine.count()));
    us = static_cast<double>(mine.count()) / 1e3;
  }
  std::sort(ratios.begin(), ratios.end());
  figures.push_back({fmt::format("{} over {}: CPU per frame", payload.name, transport), us, "µs", 0, true});
  figures.push_back({fmt::format("{} over {}: frames per CPU second against bare", payload.name, transport),
                     ratios[ratios.size() / 2], "×", 0.9, false});
  return success();
}

}  // namespace

result<Figures> bench_bus() {
  Figures figures{
      {"in process: CPU per frame, of any size", static_cast<double>(local().count()) / 1e3, "µs", 10, true}};
  for (const char* transport : {"ipc", "tcp"}) {
    for (const Payload& payload : payloads) CAMFLEET_CHECK(compare(payload, transport, figures));
  }
  return figures;
}

}  // namespace camfleet::cli
