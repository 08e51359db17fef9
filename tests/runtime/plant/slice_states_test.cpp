#include "runtime/plant/slice_states.hpp"

#include <gtest/gtest.h>

namespace camfleet::plant {
namespace {

using State = SliceStates::State;

const SliceKey morning{InstanceIx{1}, DeviceIx{2}, Instant(seconds(10))};

State make() {
  return std::make_shared<vision::EngineState>();
}

TEST(SliceStates, RemembersFromSampleToSample) {
  SliceStates states;
  states.begin(morning);
  const State first = states.of(morning, 0, make);
  EXPECT_EQ(states.of(morning, 0, make), first);
  EXPECT_NE(states.of(morning, 1, make), first) << "each algorithm has its own";
  states.begin(morning);
  EXPECT_EQ(states.of(morning, 0, make), first) << "due again, as after a move";
}

TEST(SliceStates, RemembersThatThereIsNothing) {
  SliceStates states;
  states.begin(morning);
  int made = 0;
  const auto none = [&] {
    ++made;
    return State();
  };
  EXPECT_EQ(states.of(morning, 0, none), nullptr);
  EXPECT_EQ(states.of(morning, 0, none), nullptr);
  EXPECT_EQ(made, 1);
}

TEST(SliceStates, KeepsNothingOfSliceThatHasEnded) {
  SliceStates states;
  states.begin(morning);
  const std::weak_ptr<vision::EngineState> kept = states.of(morning, 0, make);
  EXPECT_FALSE(kept.expired());
  states.end(morning);
  EXPECT_TRUE(kept.expired());
  const std::weak_ptr<vision::EngineState> late = states.of(morning, 0, make);
  EXPECT_TRUE(late.expired()) << "a sample that comes late leaves nothing";
  EXPECT_EQ(states.open(), 0U);
}

}  // namespace
}  // namespace camfleet::plant
