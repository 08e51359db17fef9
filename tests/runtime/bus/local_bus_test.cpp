#include "runtime/bus/local_bus.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace camfleet::bus {
namespace {

Sample sample(std::uint32_t device, std::uint32_t number) {
  Sample made{};
  made.device = DeviceIx{device};
  made.sample = number;
  made.frame = FrameIx{number};
  return made;
}

TEST(LocalBus, DeliversEverySampleOfEachSenderInOrder) {
  constexpr std::uint32_t senders = 4;
  constexpr std::uint32_t samples = 5000;
  std::vector<std::vector<std::uint32_t>> seen(senders);
  {
    LocalBus bus([&](ActorId to, const Sample& got) {
      EXPECT_EQ(to, actor(AnalyzerIx{0}));
      EXPECT_EQ(got.frame.value, got.sample);
      seen[got.device.value].push_back(got.sample);
    });
    std::vector<std::thread> threads;
    for (std::uint32_t device = 0; device < senders; ++device) {
      threads.emplace_back([&bus, device] {
        for (std::uint32_t i = 0; i < samples; ++i) bus.send(actor(AnalyzerIx{0}), sample(device, i));
      });
    }
    for (std::thread& thread : threads) thread.join();
    bus.stop();
  }
  for (const auto& numbers : seen) {
    ASSERT_EQ(numbers.size(), samples);
    for (std::uint32_t i = 0; i < samples; ++i) ASSERT_EQ(numbers[i], i);
  }
}

TEST(LocalBus, StoppingDeliversWhatIsUnderWay) {
  int seen = 0;
  LocalBus bus([&](ActorId, const Sample&) { ++seen; });
  for (std::uint32_t i = 0; i < 1000; ++i) bus.send(actor(AnalyzerIx{0}), sample(0, i));
  bus.stop();
  EXPECT_EQ(seen, 1000);
  bus.send(actor(AnalyzerIx{0}), sample(0, 0));
  bus.stop();
  EXPECT_EQ(seen, 1000) << "nothing after the end";
}

}  // namespace
}  // namespace camfleet::bus
