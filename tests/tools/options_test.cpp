#include "tools/camfleet/cli/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/camfleet/cli/help.hpp"

namespace camfleet::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Command sample_command() {
  return {.name = "film",
          .summary = "make a film",
          .about = "Makes a film.",
          .positionals = {.name = "FILE", .help = "what to film", .least = 1, .most = 2},
          .options = {{.name = "count", .argument = "N", .help = "how many", .default_value = "3"},
                      {.name = "for", .argument = "SPAN", .help = "how long"},
                      {.name = "from", .argument = "ISO", .help = "since when"},
                      {.name = "mode", .argument = "fast|slow", .help = "how", .group = "taste"},
                      {.name = "tag", .argument = "TEXT", .help = "a word", .repeatable = true},
                      {.name = "json", .help = "for a program"}},
          .examples = {{"camfleet film a", "a film"}}};
}

result<Values> read(const std::vector<std::string>& arguments) {
  return parse_options(sample_command(), arguments);
}

std::string error_of(const std::vector<std::string>& arguments) {
  const auto values = read(arguments);
  return values.has_value() ? "none" : values.error().line();
}

template <class T>
std::string line_of(const result<T>& value) {
  return value.has_value() ? "none" : value.error().line();
}

TEST(Options, BothFormsOfAValueAreTheSame) {
  for (const auto& arguments :
       {std::vector<std::string>{"a", "--count", "5"}, {"--count=5", "a"}, {"--count=5", "--", "a"}}) {
    const auto values = read(arguments);
    ASSERT_TRUE(values.has_value()) << values.error().line();
    EXPECT_EQ(values.value().whole("count", 1, 9).value(), 5);
    EXPECT_THAT(values.value().positionals(), ElementsAre("a"));
  }
}

TEST(Options, AbsentOnes) {
  const auto values = read({"a"}).value();
  EXPECT_EQ(values.text("count"), "3");
  EXPECT_FALSE(values.has("for"));
  EXPECT_FALSE(values.flag("json"));
  EXPECT_THAT(values.list("tag"), IsEmpty());
}

TEST(Options, RepeatableOnesKeepTheirOrder) {
  EXPECT_THAT(read({"a", "--tag", "x", "--tag=y", "--tag", "x"}).value().list("tag"),
              ElementsAre("x", "y", "x"));
}

TEST(Options, AFlagMayBeRepeated) {
  EXPECT_TRUE(read({"a", "--json", "--json"}).value().flag("json"));
}

TEST(Options, ValuesMayLookLikeOptionsAfterAnEqualsSign) {
  EXPECT_THAT(read({"a", "--tag=--json", "--tag", "-1"}).value().list("tag"), ElementsAre("--json", "-1"));
}

TEST(Options, AfterTwoDashesEverythingIsPositional) {
  EXPECT_THAT(read({"--json", "--", "--json", "-x"}).value().positionals(), ElementsAre("--json", "-x"));
  EXPECT_THAT(read({"--", "--", "-"}).value().positionals(), ElementsAre("--", "-"));
}

TEST(Options, WrongCommandLines) {
  EXPECT_EQ(error_of({}), "FILE: absent; write camfleet film FILE");
  EXPECT_EQ(error_of({"--"}), "FILE: absent; write camfleet film FILE");
  EXPECT_EQ(error_of({"a", "b", "c"}), "'c': one argument too many; film takes at most 2 FILE");
  EXPECT_EQ(error_of({"a", ""}), "FILE: is empty; give a value or leave it out");
  EXPECT_EQ(error_of({"a", "--count", "1", "--count", "1"}),
            "--count: is given twice, '1' and '1'; give it once");
  EXPECT_EQ(error_of({"a", "--cou", "1"}), "--cou: unknown option; did you mean --count?");
  EXPECT_EQ(error_of({"a", "--count1"}), "--count1: unknown option; did you mean --count?");
  EXPECT_EQ(error_of({"a", "-json"}), "-json: unknown option; did you mean --json?");
  EXPECT_EQ(error_of({"a", "--=1"}), "--: unknown option; `camfleet film --help` lists the options");
  EXPECT_EQ(error_of({"a", "--x\ny"}), "--x?y: unknown option; `camfleet film --help` lists the options");
  EXPECT_EQ(error_of({"a", "--tag", "--", "b"}), "--tag: has no value; write --tag TEXT");
  EXPECT_EQ(error_of(std::vector<std::string>(max_arguments + 1, "a")), "arguments: 100001; at most 100000");
}

TEST(Options, TypedValues) {
  const auto values =
      read({"a", "--count", "-4", "--for", "90", "--from", "yesterday", "--mode", "medium"}).value();
  EXPECT_EQ(line_of(values.whole("count", 1, 9)),
            "--count: '-4' is not allowed; write a whole number from 1 to 9");
  EXPECT_EQ(values.whole("count", -9, 9).value(), -4);
  EXPECT_EQ(line_of(values.span("for")),
            "--for: '90' is not a span; write a whole number and ms, s, min, h or d, like 90s or 30d");
  EXPECT_EQ(line_of(values.instant("from")),
            "--from: 'yesterday' is not an instant; write it like 2026-03-01T10:00:00+08:00 or "
            "2026-03-01T02:00:00Z");
  constexpr std::string_view modes[] = {"fast", "slow"};
  EXPECT_EQ(line_of(values.choice("mode", modes)), "--mode: 'medium' is not one of fast, slow");
  const auto right = read({"a", "--for", "90s", "--from", "1970-01-01T00:00:01Z", "--mode", "slow"}).value();
  EXPECT_EQ(right.span("for").value(), seconds(90));
  EXPECT_EQ(right.instant("from").value(), Instant(seconds(1)));
  EXPECT_EQ(right.choice("mode", modes).value(), 1U);
}

TEST(Options, AskingForHelp) {
  EXPECT_TRUE(asks_for_help({"a", "--help"}));
  EXPECT_TRUE(asks_for_help({"-h"}));
  EXPECT_FALSE(asks_for_help({"--", "--help"}));
  EXPECT_FALSE(asks_for_help({"help"}));
}

TEST(Help, OfACommand) {
  EXPECT_EQ(help_of(sample_command()),
            "camfleet film: make a film\n"
            "\n"
            "usage: camfleet film FILE... [--count N] [--for SPAN] [--from ISO]\n"
            "           [--mode fast|slow] [--tag TEXT...] [--json]\n"
            "\n"
            "Makes a film.\n"
            "\n"
            "arguments:\n"
            "  FILE  what to film\n"
            "\n"
            "options:\n"
            "  --count N   how many (default: 3)\n"
            "  --for SPAN  how long\n"
            "  --from ISO  since when\n"
            "  --tag TEXT  a word (may be given again)\n"
            "  --json      for a program\n"
            "  --help      this text\n"
            "\n"
            "taste:\n"
            "  --mode fast|slow  how\n"
            "\n"
            "examples:\n"
            "  camfleet film a\n"
            "        a film\n"
            "\n"
            "exit codes:\n"
            "  0  fine\n"
            "  2  bad usage or bad input; one line on stderr says what would be right\n"
            "  3  a failure while running\n");
}

TEST(Help, TellsOfExpectationsWhereThereAreSome) {
  Command command = sample_command();
  command.has_expectations = true;
  EXPECT_THAT(help_of(command), HasSubstr("\n  1  an expectation failed\n"));
  EXPECT_THAT(overview(std::vector{command}), HasSubstr("\n  1  an expectation failed\n"));
}

}  // namespace
}  // namespace camfleet::cli
