// What becomes of the program when its standard streams are closed, full or not read to the end.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/tools/run_command.hpp"
#include "tools/camfleet/cli/output.hpp"

namespace camfleet::testing {
namespace {

// 144,000 lines: far more than a pipe holds.
const std::string long_output =
    "\"$CAMFLEET\" rounds --devices 100 --slice 1 --every 1 --window 00:00:00-24:00:00";

TEST(StandardStreams, AReaderThatHasSeenEnoughIsNoFailure) {
  const auto got = camfleet_in_bash(long_output + " --json | head -n 1; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.out, "{\"device\":0,\"begins\":0,\"ends\":1}\n");
  EXPECT_EQ(got.err, "");
}

TEST(StandardStreams, TheTableEndsEarlyToo) {
  const auto got = camfleet_in_bash(long_output + " | head -n 1; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_EQ(got.err, "");
}

TEST(StandardStreams, AFullDeviceIsAFailure) {
  const std::vector<std::string> rounds{"rounds",  "--devices", "1",        "--slice",          "60",
                                        "--every", "10",        "--window", "10:00:00-11:00:00"};
  for (const auto& arguments : {rounds, {"--help"}}) {
    const auto got = camfleet(arguments, {.stdout_path = "/dev/full"});
    EXPECT_EQ(got.exit_code, 3);
    EXPECT_EQ(
        got.err,
        "camfleet: stdout: cannot be written: No space left on device; send it to a place that takes it\n");
  }
}

TEST(StandardStreams, AClosedOutputIsAFailure) {
  const auto got = camfleet_in_bash("\"$CAMFLEET\" --version >&-");
  EXPECT_EQ(got.exit_code, 3);
  EXPECT_EQ(got.err,
            "camfleet: stdout: cannot be written: Bad file descriptor; send it to a place that takes it\n");
}

TEST(StandardStreams, AFileNeverTakesTheNumberOfAClosedStream) {
  const auto got = run_in_child([] {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
    cli::guard_standard_streams();
    return ::open("/dev/null", O_WRONLY) > STDERR_FILENO ? 0 : 1;
  });
  EXPECT_EQ(got.exit_code, 0);
}

TEST(StandardStreams, AClosedErrorOutputChangesNoExitCode) {
  EXPECT_EQ(camfleet_in_bash("\"$CAMFLEET\" nonsense 2>&-").exit_code, 2);
  EXPECT_EQ(camfleet_in_bash("\"$CAMFLEET\" --version 2>&-").exit_code, 0);
}

TEST(StandardStreams, AClosedInputIsFine) {
  const auto got = camfleet_in_bash("\"$CAMFLEET\" --version <&-");
  EXPECT_EQ(got.exit_code, 0);
  EXPECT_NE(got.out, "");
}

}  // namespace
}  // namespace camfleet::testing
