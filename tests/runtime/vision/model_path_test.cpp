#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/runtime/vision/support.hpp"

namespace camfleet::vision {
namespace {

/// Sets variables of the environment and puts them back.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Environment() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

using Folders = std::vector<std::string>;
constexpr const char* opencv_data = "/usr/share/opencv4/haarcascades";

TEST(ModelPath, FoldersInOrder) {
  const Environment models("CAMFLEET_MODELS", "/a::/b");
  const Environment cache("XDG_CACHE_HOME", "/cache");
  EXPECT_EQ(ModelPath::standard("/option").folders,
            (Folders{"/option", "/a", "/b", "/cache/camfleet/models", opencv_data}));
}

TEST(ModelPath, WithoutSettings) {
  const Environment models("CAMFLEET_MODELS", nullptr);
  const Environment cache("XDG_CACHE_HOME", nullptr);
  const Environment home("HOME", "/home/someone");
  EXPECT_EQ(ModelPath::standard("").folders, (Folders{"/home/someone/.cache/camfleet/models", opencv_data}));
  const Environment nowhere("HOME", nullptr);
  EXPECT_EQ(ModelPath::standard("").folders, Folders{opencv_data});
}

TEST(ModelPath, TheFirstFolderWins) {
  const testing::TempFolder first;
  const testing::TempFolder second;
  const auto other = second.write("other", "");
  const auto both = first.write("both", "");
  second.write("both", "");
  const ModelPath models{{first.path(), second.path()}};
  EXPECT_EQ(models.find("both"), both);
  EXPECT_EQ(models.find("other"), other);
  EXPECT_EQ(models.find(other), other) << "an absolute path as it is";
  EXPECT_EQ(models.find("neither"), "");
  EXPECT_EQ(models.find(""), "");
  EXPECT_EQ(models.find(first.path()), "") << "a folder is no file";
}

Algorithm two_variants() {
  Algorithm algorithm{"9", "零", "Nothing", "detector", {}};
  algorithm.variants.resize(2);
  algorithm.variants[0].model = {"a.cfg", "a.weights"};
  algorithm.variants[1].model = {"b.xml"};
  return algorithm;
}

TEST(ChooseVariant, TheFirstThatIsWholeIsTaken) {
  const auto algorithm = two_variants();
  const testing::TempFolder folder;
  const ModelPath models{{folder.path()}};
  folder.write("a.cfg", "");
  folder.write("b.xml", "");
  EXPECT_EQ(choose_variant(algorithm, models).value(), &algorithm.variants[1]);
  folder.write("a.weights", "");
  EXPECT_EQ(choose_variant(algorithm, models).value(), &algorithm.variants[0]);
}

TEST(ChooseVariant, WhatIsMissingIsNamed) {
  const auto chosen = choose_variant(two_variants(), ModelPath{{"/nowhere", "/nor/here"}});
  ASSERT_FALSE(chosen.has_value());
  EXPECT_EQ(chosen.error().code, Errc::model);
  EXPECT_EQ(
      chosen.error().line(),
      "algorithm 9 (Nothing): needs a.cfg, a.weights or b.xml, not found in /nowhere, /nor/here; tools/setup "
      "fetches models, --models or CAMFLEET_MODELS names a folder that has them");
}

}  // namespace
}  // namespace camfleet::vision
