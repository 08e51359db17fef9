#include "runtime/plant/whole_file.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace camfleet::plant {
namespace {

namespace fs = std::filesystem;

class WholeFileTest : public ::testing::Test {
 protected:
  WholeFileTest() {
    std::string name = (fs::temp_directory_path() / "whole_file_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~WholeFileTest() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string content(const char* name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
};

TEST_F(WholeFileTest, IsWritten) {
  for (const Durability durability : {Durability::cached, Durability::durable}) {
    for (const std::string& text : {std::string("text"), std::string(), std::string(100'000, 'x')}) {
      ASSERT_TRUE(write_whole(folder_ / "a", text, durability).has_value());
      EXPECT_EQ(content("a"), text);
    }
  }
}

TEST_F(WholeFileTest, NothingStaysOfOneThatDoesNotFit) {
  const auto heard = std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  rlimit small = usual;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = write_whole(folder_ / "a", std::string(1001, 'x'), Durability::cached);
  const auto fits = write_whole(folder_ / "b", std::string(1000, 'x'), Durability::cached);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &usual), 0);
  (void)std::signal(SIGXFSZ, heard);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().line(), (folder_ / "a").string() + ": cannot be written: File too large");
  EXPECT_FALSE(fs::exists(folder_ / "a"));
  EXPECT_TRUE(fits.has_value());
  EXPECT_EQ(write_whole(folder_ / "none" / "a", "x", Durability::cached).error().code, Errc::io);
}

TEST_F(WholeFileTest, HalfALineGoes) {
  const std::string line = std::string(70'000, 'x') + "\n";
  const std::pair<std::string, std::string> table[] = {{"", ""},
                                                       {"\n", "\n"},
                                                       {"half", ""},
                                                       {"a\nb", "a\n"},
                                                       {"a\nb\n", "a\nb\n"},
                                                       {line + line + "half", line + line},
                                                       {line + std::string(200'000, 'y'), line},
                                                       {std::string(200'000, 'y'), ""}};
  for (const auto& [written, kept] : table) {
    std::ofstream(folder_ / "a", std::ios::binary | std::ios::trunc) << written;
    keep_whole_lines(folder_ / "a");
    EXPECT_EQ(content("a"), kept) << written.size();
  }
  keep_whole_lines(folder_ / "none");
}

TEST_F(WholeFileTest, LeavesTheReserveAlone) {
  EXPECT_TRUE(check_room(folder_, 1000, 0).has_value());
  EXPECT_TRUE(check_room(folder_, 1000).has_value()) << "or this machine's disk is full";
  const auto refused = check_room(folder_, UINT64_MAX / 2, 0);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::io);
  EXPECT_NE(refused.error().line().find("KiB free on its disk"), std::string::npos);
  const auto space = fs::space(folder_);
  EXPECT_EQ(check_room(folder_, space.available, UINT64_MAX).has_value(), space.capacity < 8)
      << "at most an eighth of a disk is kept";
  EXPECT_TRUE(check_room(folder_ / "none", 1).has_value()) << "the write will tell";
}

}  // namespace
}  // namespace camfleet::plant
