#include "actors/base/slots.hpp"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace camfleet {
namespace {

RC_GTEST_PROP(Slots, NoRowHasTwoOwnersOfOneName, (const std::vector<std::uint8_t>& steps)) {
  Slots<int> slots;
  std::vector<std::pair<std::uint32_t, int>> taken;
  std::set<std::pair<std::uint32_t, std::uint32_t>> names;
  int value = 0;
  for (const std::uint8_t step : steps) {
    if (step % 8 == 7) {
      slots.trim();
    } else if (step % 2 == 0 || taken.empty()) {
      const std::uint32_t slot = slots.take(++value);
      RC_ASSERT(names.emplace(slot, slots.use(slot)).second);
      taken.emplace_back(slot, value);
    } else {
      slots.give_back(taken.back().first);
      taken.pop_back();
      // All at once, so that there is something to trim.
      for (; step % 4 == 1 && !taken.empty(); taken.pop_back()) slots.give_back(taken.back().first);
    }
    RC_ASSERT(slots.size() == taken.size());
    for (const auto& [slot, is] : taken) RC_ASSERT(slots.holds(slot) && slots[slot] == is);
  }
}

}  // namespace
}  // namespace camfleet
