#include "runtime/yaml/text_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace camfleet::yaml {
namespace {

namespace fs = std::filesystem;

TEST(TextFile, IsARegularFileWithinLimits) {
  std::string name = (fs::temp_directory_path() / "text_file_XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  const auto file = [&](const char* of) { return (folder / of).string(); };
  const auto error_of = [&](const char* of) { return read_text_file(file(of), "a fleet file").error(); };
  std::ofstream(file("text")) << "a: 1\n";
  std::ofstream(file("empty")) << "";
  std::ofstream(file("largest")) << std::string(max_bytes, 'x');
  std::ofstream(file("larger")) << std::string(max_bytes + 1, 'x');
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_text_file(file("text"), "a fleet file").value(), "a: 1\n");
  EXPECT_EQ(read_text_file(file("empty"), "a fleet file").value(), "");
  EXPECT_EQ(read_text_file(file("largest"), "a fleet file").value().size(), max_bytes);
  EXPECT_EQ(error_of("larger").line(), file("larger") + ": 16777217 bytes; at most 16 MiB");
  EXPECT_EQ(error_of("none").line(), file("none") + ": no such file; give the path of a fleet file");
  EXPECT_EQ(error_of("pipe").line(), file("pipe") + ": not a regular file; give the path of a fleet file");
  EXPECT_EQ(error_of(".").code, Errc::unreadable);
  EXPECT_EQ(read_text_file("/dev/zero", "a fleet file").error().code, Errc::unreadable);
  EXPECT_EQ(read_text_file(file("text/more"), "a fleet file").error().code, Errc::not_found);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace camfleet::yaml
