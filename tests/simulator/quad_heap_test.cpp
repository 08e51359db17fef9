#include "simulator/quad_heap.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace camfleet::sim {
namespace {

RC_GTEST_PROP(QuadHeap, GivesWhatWasPutInSorted, (std::vector<int> values)) {
  QuadHeap<int> heap;
  for (const int value : values) heap.push(value);
  std::ranges::sort(values);
  for (const int value : values) {
    RC_ASSERT(!heap.empty());
    RC_ASSERT(heap.top() == value);
    heap.pop();
  }
  RC_ASSERT(heap.empty());
}

RC_GTEST_PROP(QuadHeap, IsAHeapWhilePushesAndPopsMix, (const std::vector<int>& steps)) {
  QuadHeap<int> heap;
  std::vector<int> twin;
  for (const int step : steps) {
    if (step % 3 == 0 && !twin.empty()) {
      const auto least = std::ranges::min_element(twin);
      RC_ASSERT(heap.top() == *least);
      twin.erase(least);
      heap.pop();
    } else {
      heap.push(step);
      twin.push_back(step);
    }
    RC_ASSERT(heap.size() == twin.size());
  }
}

}  // namespace
}  // namespace camfleet::sim
