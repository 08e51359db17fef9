// Help and version of the real program, and that its main does what dispatch says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/pure_command.hpp"

namespace camfleet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

TEST(Usage, HelpListsTheCommands) {
  for (const Arguments& arguments : {Arguments{"--help"}, {"-h"}, {"help"}, {"help", "--help"}}) {
    const auto got = pure_command(arguments);
    EXPECT_EQ(got.exit_code, 0);
    EXPECT_EQ(got.err, "");
    EXPECT_THAT(got.out,
                AllOf(HasSubstr("usage: camfleet COMMAND [OPTIONS]\n"), HasSubstr("\n  calendar  list "),
                      HasSubstr("\n  rounds    list "), HasSubstr("\nexit codes:\n  0  fine\n")));
  }
}

TEST(Usage, HelpOfACommand) {
  for (const std::string command : {"calendar", "rounds"}) {
    const auto asked = pure_command({"help", command});
    EXPECT_EQ(asked.exit_code, 0);
    EXPECT_EQ(asked.err, "");
    EXPECT_THAT(asked.out, AllOf(StartsWith("camfleet " + command + ": "),
                                 HasSubstr("\nusage: camfleet " + command + " "), HasSubstr("\nexamples:\n"),
                                 HasSubstr("\nexit codes:\n"), HasSubstr("\n  --help ")));
    for (const std::string& line : lines_of(asked.out)) EXPECT_LE(line.size(), 80U) << line;
    EXPECT_EQ(pure_command({command, "--help"}).out, asked.out);
    EXPECT_EQ(pure_command({command, "-h"}).out, asked.out);
  }
}

TEST(Usage, HelpWinsOverOtherArguments) {
  const auto got = pure_command({"rounds", "--devices", "none", "--nonsense", "--help"});
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_THAT(got.out, StartsWith("camfleet rounds: "));
}

/// The commands of a help's examples, without the program's name; a line that ends in a backslash goes on.
std::vector<std::string> examples_of(const std::string& help) {
  const std::string heading = "\nexamples:\n";
  const std::string start = "  camfleet ";
  std::vector<std::string> found;
  for (const std::string& line : lines_of(help.substr(help.find(heading) + heading.size()))) {
    if (line.starts_with(start)) {
      found.push_back(line.substr(start.size()));
    } else if (!found.empty() && found.back().ends_with('\\')) {
      found.back().append(1, '\n').append(line);
    }
  }
  return found;
}

TEST(Usage, TheExamplesOfTheHelpWork) {
  for (const std::string command : {"calendar", "rounds"}) {
    const auto examples = examples_of(pure_command({"help", command}).out);
    EXPECT_THAT(examples, SizeIs(2));
    for (const std::string& example : examples) {
      const auto got = camfleet_in_bash("\"$CAMFLEET\" " + example);
      EXPECT_EQ(got.exit_code, 0) << example;
      EXPECT_EQ(got.err, "");
      EXPECT_NE(got.out, "");
    }
  }
}

TEST(Usage, Version) {
  const auto got = camfleet({"--version"});
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_THAT(got.out, MatchesRegex("camfleet [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Usage, TheProgramListsItsCommands) {
  const auto got = camfleet({"--help"});
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_THAT(got.out, AllOf(HasSubstr("usage: camfleet COMMAND [OPTIONS]\n"), HasSubstr("\n  calendar "),
                             HasSubstr("\n  rounds ")));
}

TEST(Usage, TheProgramRefusesWrongUsage) {
  const auto got = camfleet({"rounds", "--devices", "0"});
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(got.err, "camfleet rounds: --slice: absent; it is required, write --slice SECONDS\n");
}

TEST(Usage, TheProgramSaysTheSameAsItsParts) {
  const std::vector<std::string> arguments{"rounds",  "--devices", "7",        "--slice",           "240",
                                           "--every", "10",        "--window", "10:00:00-11:00:00", "--json"};
  const auto got = camfleet(arguments);
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_EQ(got.out, pure_command(arguments).out);
}

}  // namespace
}  // namespace camfleet::testing
