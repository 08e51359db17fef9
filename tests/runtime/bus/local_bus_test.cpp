#include "runtime/bus/local_bus.hpp"

#include <array>
#include <atomic>
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
  std::atomic<std::uint32_t> told = 0;
  LocalBus bus(1, [&](AnalyzerIx analyzer) {
    EXPECT_EQ(analyzer, AnalyzerIx{0});
    ++told;
    told.notify_one();
  });
  std::vector<std::vector<std::uint32_t>> seen(senders);
  std::thread analyzer([&] {
    std::uint32_t heard = 0;
    for (std::uint32_t taken = 0; taken < senders * samples;) {
      told.wait(heard);
      heard = told;
      std::array<Sample, 16> some;
      for (std::size_t got = some.size(); got == some.size();) {
        got = bus.take(AnalyzerIx{0}, some);
        for (std::size_t i = 0; i < got; ++i) seen[some[i].device.value].push_back(some[i].frame.value);
        taken += static_cast<std::uint32_t>(got);
      }
    }
  });
  std::vector<std::thread> threads;
  for (std::uint32_t device = 0; device < senders; ++device) {
    threads.emplace_back([&bus, device] {
      for (std::uint32_t i = 0; i < samples; ++i) bus.send(actor(AnalyzerIx{0}), sample(device, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  analyzer.join();
  for (const auto& numbers : seen) {
    ASSERT_EQ(numbers.size(), samples);
    for (std::uint32_t i = 0; i < samples; ++i) ASSERT_EQ(numbers[i], i);
  }
}

TEST(LocalBus, TellsOnceUntilTheAnalyzerHasTakenAll) {
  int told = 0;
  LocalBus bus(2, [&](AnalyzerIx analyzer) {
    EXPECT_EQ(analyzer, AnalyzerIx{1});
    ++told;
  });
  const ActorId to = actor(AnalyzerIx{1});
  for (std::uint32_t i = 0; i < 5; ++i) bus.send(to, sample(0, i));
  EXPECT_EQ(told, 1);
  std::array<Sample, 4> some;
  EXPECT_EQ(bus.take(AnalyzerIx{1}, some), 4U);
  bus.send(to, sample(0, 5));
  EXPECT_EQ(told, 1) << "who filled its span comes again by itself";
  EXPECT_EQ(bus.take(AnalyzerIx{1}, some), 2U);
  EXPECT_EQ(some[1].frame.value, 5U);
  bus.send(to, sample(0, 6));
  EXPECT_EQ(told, 2);
  EXPECT_EQ(bus.take(AnalyzerIx{0}, some), 0U);
}

}  // namespace
}  // namespace camfleet::bus
