#include "tools/camfleet/cli/output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tools/camfleet/cli/command.hpp"

namespace camfleet::cli {
namespace {

TEST(Output, AFailureSticksAndIsTold) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  Output out(full);
  out.write(std::string(Output::block_size, 'x'));
  EXPECT_TRUE(out.is_over());
  out.write("more");
  EXPECT_FALSE(out.finish().has_value());
  EXPECT_FALSE(out.finish().has_value());
  ::close(full);
}

TEST(Output, HoldsShortTextBackUntilTheEnd) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Output out(ends[1]);
  out.write("a");
  out.write("b");
  ASSERT_TRUE(out.finish().has_value());
  ::close(ends[1]);
  char got[8];
  EXPECT_EQ(::read(ends[0], got, sizeof got), 2);
  EXPECT_EQ(std::string_view(got, 2), "ab");
  ::close(ends[0]);
}

TEST(ExitCodes, WhatTheCallerCanPutRightIsBadInput) {
  for (const Errc code :
       {Errc::bad_usage, Errc::invalid_field, Errc::not_found, Errc::limit, Errc::corrupt}) {
    EXPECT_EQ(exit_code_of(code), ExitCode::bad_input);
  }
  for (const Errc code : {Errc::io, Errc::timed_out, Errc::model, Errc::broken_invariant}) {
    EXPECT_EQ(exit_code_of(code), ExitCode::failed);
  }
}

}  // namespace
}  // namespace camfleet::cli
