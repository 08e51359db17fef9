// Every wrong usage: one line on standard error, and the exit code.
#include <ostream>

#include <gtest/gtest.h>

#include "tests/tools/pure_command.hpp"

namespace camfleet::testing {
namespace {

using Arguments = std::vector<std::string>;

struct Wrong {
  Arguments arguments;
  std::string line;  // of standard error
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.line;
}

class WrongUsage : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, IsOneLineAndCodeTwo) {
  const auto got = pure_command(GetParam().arguments);
  EXPECT_EQ(got.exit_code, 2);
  EXPECT_EQ(got.out, "");
  EXPECT_EQ(got.err, GetParam().line + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Frame, WrongUsage,
    ::testing::Values(
        Wrong{{}, "camfleet: no command is given; `camfleet --help` lists the commands"},
        Wrong{{""}, "camfleet: '': unknown command; `camfleet --help` lists the commands"},
        Wrong{{"calender"}, "camfleet: 'calender': unknown command; did you mean calendar?"},
        Wrong{{"Rounds"}, "camfleet: 'Rounds': unknown command; did you mean rounds?"},
        Wrong{{"cal"}, "camfleet: 'cal': unknown command; did you mean calendar?"},
        Wrong{{"a\nb"}, "camfleet: 'a?b': unknown command; `camfleet --help` lists the commands"},
        Wrong{{"--json"},
              "camfleet: '--json': unknown option; a command comes first, `camfleet --help` lists them"},
        Wrong{{"--versoin"}, "camfleet: '--versoin': unknown option; did you mean --version?"},
        Wrong{{"help", "round"}, "camfleet help: 'round': unknown command; did you mean rounds?"},
        Wrong{{"help", "rounds", "calendar"},
              "camfleet help: 'calendar': one argument too many; help takes at most 1 command"}));

Arguments rounds(const std::string& devices, const std::string& slice, const std::string& every,
                 const std::string& window) {
  return {"rounds", "--devices", devices, "--slice", slice, "--every", every, "--window", window};
}

INSTANTIATE_TEST_SUITE_P(
    Rounds, WrongUsage,
    ::testing::Values(
        Wrong{{"rounds"}, "camfleet rounds: --devices: absent; it is required, write --devices N"},
        Wrong{{"rounds", "--devices", "7"},
              "camfleet rounds: --slice: absent; it is required, write --slice SECONDS"},
        Wrong{{"rounds", "--devics", "7"},
              "camfleet rounds: --devics: unknown option; did you mean --devices?"},
        Wrong{{"rounds", "--dev=7"}, "camfleet rounds: --dev: unknown option; did you mean --devices?"},
        Wrong{{"rounds", "--quux"},
              "camfleet rounds: --quux: unknown option; `camfleet rounds --help` lists the options"},
        Wrong{{"rounds", "-d", "7"},
              "camfleet rounds: -d: unknown option; `camfleet rounds --help` lists the options"},
        Wrong{{"rounds", "7"}, "camfleet rounds: '7': unexpected argument; rounds takes options only"},
        Wrong{{"rounds", "--devices"}, "camfleet rounds: --devices: has no value; write --devices N"},
        Wrong{{"rounds", "--devices="}, "camfleet rounds: --devices: has an empty value; write --devices N"},
        Wrong{{"rounds", "--devices", ""},
              "camfleet rounds: --devices: has an empty value; write --devices N"},
        Wrong{{"rounds", "--devices", "--json"},
              "camfleet rounds: --devices: has no value; write --devices N before '--json'"},
        Wrong{{"rounds", "--devices", "--quux"},
              "camfleet rounds: --devices: has no value; write --devices N before '--quux'"},
        Wrong{{"rounds", "--json=yes"}, "camfleet rounds: --json: takes no value; write --json alone"},
        Wrong{{"rounds", "--devices", "7", "--devices=8"},
              "camfleet rounds: --devices: is given twice, '7' and '8'; give it once"},
        Wrong{rounds("0", "1", "1", "10:00:00-11:00:00"),
              "camfleet rounds: --devices: '0' is not allowed; write a whole number from 1 to 10000"},
        Wrong{rounds("10001", "1", "1", "10:00:00-11:00:00"),
              "camfleet rounds: --devices: '10001' is not allowed; write a whole number from 1 to 10000"},
        Wrong{rounds("-7", "1", "1", "10:00:00-11:00:00"),
              "camfleet rounds: --devices: '-7' is not allowed; write a whole number from 1 to 10000"},
        Wrong{rounds("7", "1.5", "1", "10:00:00-11:00:00"),
              "camfleet rounds: --slice: '1.5' is not allowed; write a whole number from 1 to 31622400"},
        Wrong{rounds("7", "1", "527041", "10:00:00-11:00:00"),
              "camfleet rounds: --every: '527041' is not allowed; write a whole number from 1 to 527040"},
        Wrong{rounds("7", "601", "10", "10:00:00-11:00:00"),
              "camfleet rounds: --slice: 601 s is longer than the round of 10 min; write at most 600"},
        Wrong{rounds("7", "1", "1", "10:00-11:00"),
              "camfleet rounds: --window: '10:00-11:00' is not a window; write HH:mm:ss-HH:mm:ss like "
              "10:00:00-11:00:00"},
        Wrong{rounds("7", "1", "1", "10:00:00-10:60:00"),
              "camfleet rounds: --window: '10:60:00' is not a time of day; write HH:mm:ss, at most 24:00:00"},
        Wrong{rounds("7", "1", "1", "24:00:00-10:00:00"),
              "camfleet rounds: --window: 24:00:00 is only an end; write 00:00:00"},
        Wrong{rounds("7", "1", "1", "10:00:00-10:00:00"),
              "camfleet rounds: --window: StartTime and EndTime are both 10:00:00; a whole day is 00:00:00 "
              "to 24:00:00"}));

const std::string one_window = R"([{"StartTime":"10:00:00","EndTime":"11:00:00"}])";

Arguments calendar(Arguments options) {
  options.insert(options.begin(), "calendar");
  options.insert(options.end(), {"--from", "2026-03-01T00:00:00Z", "--to", "2026-04-01T00:00:00Z"});
  return options;
}

INSTANTIATE_TEST_SUITE_P(
    Calendar, WrongUsage,
    ::testing::Values(
        Wrong{{"calendar"}, "camfleet calendar: --type: absent; it is required, write --type TYPE"},
        Wrong{{"calendar", "--type", "ONCE", "--from", "2026-03-01T00:00:00Z"},
              "camfleet calendar: --to: absent; it is required, write --to ISO"},
        Wrong{calendar({"--type", "DAILY", "--times", one_window}),
              "camfleet calendar: --type: 'DAILY' is not one of EVERYDAY, ONCE, EVERY_WEEK, EVERY_MONTH"},
        Wrong{calendar({"--type", "EVERYDAY"}),
              R"(camfleet calendar: --times: absent; EVERYDAY needs it, write --times )"
              R"('[{"StartTime":"10:00:00","EndTime":"11:00:00"}]')"},
        Wrong{calendar({"--type", "EVERY_WEEK", "--times", one_window}),
              "camfleet calendar: --dates: absent; EVERY_WEEK needs it, write --dates 1,4,6"},
        Wrong{calendar({"--type", "EVERY_WEEK", "--times", one_window, "--dates", "0"}),
              "camfleet calendar: --dates: '0' is not a day; write weekdays 1 (Monday) to 7 (Sunday) like "
              "1,4,6"},
        Wrong{calendar({"--type", "EVERY_MONTH", "--times", one_window, "--dates", "1,32"}),
              "camfleet calendar: --dates: '32' is not a day; write days of the month 1 to 31 like 1,15,31"},
        Wrong{calendar({"--type", "EVERYDAY", "--times", "["}),
              "camfleet calendar: --times: '[' is not JSON: it goes wrong at line 1, column 2"},
        Wrong{
            calendar({"--type", "EVERYDAY", "--times", R"([{"StartTime":"25:00:00","EndTime":"11:00:00"}])"}),
            "camfleet calendar: --times[0].StartTime: '25:00:00' is not a time of day; write HH:mm:ss, at "
            "most 24:00:00"},
        Wrong{
            calendar(
                {"--type", "EVERYDAY", "--times",
                 R"([{"StartTime":"10:00:00","EndTime":"11:00:00"},{"StartTime":"10:59:59","EndTime":"12:00:00"}])"}),
            "camfleet calendar: --times: 10:00:00-11:00:00 and 10:59:59-12:00:00 overlap; touching is fine"},
        Wrong{calendar({"--type", "EVERYDAY", "--times", one_window, "--zone", "Asia/Shangri-La"}),
              "camfleet calendar: --zone: 'Asia/Shangri-La' is not a time zone of this machine; write an "
              "IANA name like "
              "Asia/Shanghai"},
        Wrong{{"calendar", "--type", "ONCE", "--from", "2026-03-01", "--to", "2026-03-02T00:00:00Z"},
              "camfleet calendar: --from: '2026-03-01' is not an instant; write it like "
              "2026-03-01T10:00:00+08:00 or "
              "2026-03-01T02:00:00Z"},
        Wrong{
            {"calendar", "--type", "ONCE", "--from", "2026-03-02T00:00:00Z", "--to", "2026-03-01T00:00:00Z"},
            "camfleet calendar: --to: 2026-03-01T00:00:00Z lies before --from 2026-03-02T00:00:00Z; write a "
            "later "
            "instant"}));

}  // namespace
}  // namespace camfleet::testing
