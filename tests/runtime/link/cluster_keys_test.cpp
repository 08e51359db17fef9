#include "runtime/link/cluster_keys.hpp"

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace camfleet::link {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Keys : public ::testing::Test {
 protected:
  Keys() {
    std::string pattern = (fs::temp_directory_path() / "camfleet-keys-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    keys_ = ClusterKeys(root_ / "keys");
  }
  ~Keys() override { fs::remove_all(root_); }

  fs::path root_;
  ClusterKeys keys_{""};
};

TEST_F(Keys, AreMadeAndRead) {
  ASSERT_TRUE(keys_.init().has_value());
  EXPECT_EQ(keys_.add("east-1").value(), root_ / "keys/nodes/east-1");
  ASSERT_TRUE(keys_.add("west-2").has_value());
  const auto listed = keys_.nodes().value();
  ASSERT_EQ(listed.size(), 2U);
  const NodeKeys node = read_node_keys(root_ / "keys/nodes/east-1").value();
  EXPECT_EQ(listed.at("east-1").fingerprint, fingerprint_of(node.own.own.certificate).value());
  EXPECT_EQ(listed.at("east-1").fingerprint.size(), 64U);
  EXPECT_EQ(listed.at("east-1").curve_key, node.own.curve.public_key);
  EXPECT_NE(listed.at("east-1").fingerprint, listed.at("west-2").fingerprint);
  const OwnKeys scheduler = keys_.scheduler().value();
  EXPECT_EQ(node.scheduler_curve, scheduler.curve.public_key);
  EXPECT_EQ(node.own.authority, scheduler.authority);
}

TEST_F(Keys, OfARemovedNodeAreNotThoseOfOneOfItsName) {
  ASSERT_TRUE(keys_.init().has_value());
  ASSERT_TRUE(keys_.add("east-1").has_value());
  const std::string before = keys_.nodes().value().at("east-1").fingerprint;
  ASSERT_TRUE(keys_.remove("east-1").has_value());
  EXPECT_TRUE(keys_.nodes().value().empty());
  EXPECT_THAT(keys_.remove("east-1").error().line(), HasSubstr("nodes/east-1: there is no such node"));
  ASSERT_TRUE(keys_.add("east-1").has_value());
  EXPECT_NE(keys_.nodes().value().at("east-1").fingerprint, before);
}

TEST_F(Keys, AreNeverWrittenOver) {
  ASSERT_TRUE(keys_.init().has_value());
  EXPECT_THAT(keys_.init().error().line(), HasSubstr("is there already; keys are never written over"));
  ASSERT_TRUE(keys_.add("a").has_value());
  const std::string before = keys_.nodes().value().at("a").fingerprint;
  EXPECT_THAT(keys_.add("a").error().line(), HasSubstr("nodes/a: is there already"));
  EXPECT_EQ(keys_.nodes().value().at("a").fingerprint, before);
  for (const auto& entry : fs::recursive_directory_iterator(root_))
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
}

TEST_F(Keys, TheirFolderMayBeWrittenInManyWays) {
  fs::create_directory(root_ / "empty");
  for (const std::string name : {"empty", "slash/", "twice//", "./dot", "a/../up/"}) {
    const ClusterKeys keys(fs::path(root_.string() + "/" + name));
    const auto made = keys.init();
    ASSERT_TRUE(made.has_value()) << name << ": " << made.error().line();
    EXPECT_TRUE(keys.add("a").has_value()) << name;
    EXPECT_EQ(keys.nodes().value().size(), 1U) << name;
  }
  for (const char* made : {"empty", "slash", "twice", "dot", "up"})
    EXPECT_TRUE(fs::exists(root_ / made / "nodes/a/key.pem")) << made;
}

TEST_F(Keys, AreWholeForWhoeverReadsThemMeanwhile) {
  ASSERT_TRUE(keys_.init().has_value());
  std::atomic<bool> is_over = false;
  std::thread changes([&] {
    for (int i = 0; i < 100; ++i) {
      keys_.add("comes").value();
      keys_.remove("comes").value();
    }
    is_over = true;
  });
  while (!is_over) {
    const auto listed = keys_.nodes();
    EXPECT_TRUE(listed.has_value()) << listed.error().line();
  }
  changes.join();
  for (const auto& entry : fs::directory_iterator(root_ / "keys/nodes")) ADD_FAILURE() << entry.path();
}

TEST_F(Keys, AreForTheirOwnerAlone) {
  const mode_t usual = umask(0);
  ASSERT_TRUE(keys_.init().has_value());
  ASSERT_TRUE(keys_.add("a").has_value());
  umask(usual);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    struct stat found {};
    ASSERT_EQ(::stat(entry.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, entry.is_directory() ? 0700U : 0600U) << entry.path();
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2 + 5 + 6);
}

TEST_F(Keys, OfWrongNamesAreRefused) {
  ASSERT_TRUE(keys_.init().has_value());
  for (const std::string name : {"", "East", "a_b", "../a", "a/b", "a.b", "é"}) {
    EXPECT_THAT(keys_.add(name).error().line(), HasSubstr("is no name of a node; write 1 to 64")) << name;
    EXPECT_FALSE(keys_.remove(name).has_value()) << name;
  }
  EXPECT_FALSE(keys_.add(std::string(65, 'a')).has_value());
  EXPECT_TRUE(keys_.add(std::string(64, 'a')).has_value());
}

TEST_F(Keys, ThatAreNotThereOrDamagedSaySo) {
  EXPECT_THAT(keys_.nodes().error().line(), HasSubstr("is not there; camfleet keys init makes it"));
  EXPECT_FALSE(keys_.add("a").has_value());
  ASSERT_TRUE(keys_.init().has_value());
  ASSERT_TRUE(keys_.add("a").has_value());
  const fs::path folder = root_ / "keys/nodes/a";
  std::ofstream(folder / "curve.public") << std::string(40, '"');
  EXPECT_THAT(keys_.nodes().error().line(), HasSubstr("a/curve.public: is no CURVE key"));
  std::ofstream(folder / "curve.public") << std::string(70'000, 'a');
  EXPECT_THAT(keys_.nodes().error().line(), HasSubstr("more than 64 KiB"));
  fs::remove(folder / "curve.public");
  EXPECT_THAT(keys_.nodes().error().line(), HasSubstr("a/curve.public: is not there"));
  std::ofstream(folder / "certificate.pem") << "nothing";
  EXPECT_THAT(keys_.nodes().error().line(), HasSubstr("a/certificate.pem: it is no certificate in PEM"));
  std::ofstream(root_ / "keys/authority/key.pem") << "nothing";
  EXPECT_FALSE(keys_.add("b").has_value());
  EXPECT_FALSE(fs::exists(root_ / "keys/nodes/b"));
}

TEST_F(Keys, OfAnotherAuthorityMakeNoNode) {
  const Certificate one = make_authority().value();
  const Certificate other = make_authority().value();
  const auto made = make_certificate({one.certificate, other.key}, "a", Role::node);
  EXPECT_THAT(made.error().line(), HasSubstr("it is not the one of the authority's certificate"));
}

}  // namespace
}  // namespace camfleet::link
