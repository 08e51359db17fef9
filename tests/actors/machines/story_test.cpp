#include "tests/actors/machines/story.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace camfleet::testing {
namespace {

std::filesystem::path file_of(const std::string& machine) {
  return std::filesystem::path(CAMFLEET_TREE) / "tests/actors/machines" / (machine + ".txt");
}

/// Writes the file anew, with what the machine says.
void update(const std::filesystem::path& file, const std::vector<Story>& stories) {
  std::ifstream in(file);
  std::ostringstream text;
  for (std::string line; std::getline(in, line) && !line.starts_with("== ");) text << line << '\n';
  for (const Story& story : stories) {
    text << (&story == stories.data() ? "" : "\n") << "== " << story.title << '\n';
    for (const auto& [key, value] : story.keys) text << key << ": " << value << '\n';
    for (const std::string& line : tell(story)) text << line << '\n';
  }
  std::ofstream(file) << text.str();
}

class MachineStory : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto read = read_stories(file_of(GetParam()));
    ASSERT_TRUE(read.has_value()) << read.error().line();
    stories_ = std::move(read).value();
  }
  std::vector<Story> stories_;
};

TEST_P(MachineStory, IsAsItWasWritten) {
  if (std::getenv("CAMFLEET_UPDATE_GOLDEN") != nullptr) return update(file_of(GetParam()), stories_);
  ASSERT_GE(stories_.size(), 5U);
  for (const Story& story : stories_) {
    const std::string wrong = differences(story);
    if (!wrong.empty())
      ADD_FAILURE_AT(file_of(GetParam()).c_str(), story.line) << "== " << story.title << "\n" << wrong;
  }
}

TEST_P(MachineStory, EveryMessageThatItTakesIsTold) {
  std::set<std::string_view> told;
  for (const Story& story : stories_) told.merge(messages_in(story));
  EXPECT_EQ(told, messages_of(GetParam()));
}

TEST_P(MachineStory, NothingIsToldThatCannotBe) {
  for (const Story& story : stories_) {
    for (const std::string& line : story.lines)
      EXPECT_FALSE(line.starts_with("    !") && !line.starts_with("    ! threw"))
          << story.title << ": " << line;
  }
}

TEST_P(MachineStory, EachLineThatTheMachineSaysCounts) {
  for (const Story& story : stories_) {
    for (std::size_t i = 0; i < story.lines.size(); ++i) {
      if (!story.lines[i].starts_with(' ')) continue;
      Story altered = story;
      altered.lines[i].back() = altered.lines[i].back() == '1' ? '2' : '1';
      EXPECT_NE(differences(altered), "") << story.lines[i];
      altered.lines.erase(altered.lines.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_NE(differences(altered), "") << story.lines[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, MachineStory, ::testing::ValuesIn(story_machines()),
                         [](const auto& machine) { return machine.param; });

TEST(MachineStoryForm, WhatCannotBeToldIsSaid) {
  Story story{
      .machine = "footage",
      .line = 1,
      .title = "wrong",
      .keys = {},
      .lines = {"0 Nonsense", "0 StreamOpened streem=1", "x StartNode", "0 StartNode", "1 TimerFired"}};
  EXPECT_THAT(tell(story), ::testing::ElementsAre(
                               "0 Nonsense", "    ! 'Nonsense' is no message", "0 StreamOpened streem=1",
                               "    ! 'streem=1' is no field of StreamOpened", "x StartNode",
                               "    ! 'x' is no number of seconds", "0 StartNode", "    ! does not take it",
                               "1 TimerFired", "    ! no timer is due"));
}

}  // namespace
}  // namespace camfleet::testing
