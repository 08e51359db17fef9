#include "runtime/api/keys.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace camfleet::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Keys keys_of(std::string_view text) {
  auto keys = Keys::parse(text, "keys.yaml");
  EXPECT_TRUE(keys.has_value()) << keys.error().line();
  return keys.has_value() ? std::move(keys).value() : Keys();
}

TEST(Keys, AreReadFromJson) {
  const Keys keys = keys_of(R"({"keys": [
    {"id": "one", "secret": "s-1", "projects": ["2", "3"]},
    {"id": "two", "secret": "s-2", "projects": ["*"], "active": false},
    {"id": "three", "secret": "s-3", "projects": [2], "active": true}
  ]})");
  EXPECT_EQ(keys.size(), 3U);
  ASSERT_NE(keys.find("one"), nullptr);
  EXPECT_EQ(keys.find("one")->id, "one");
  EXPECT_EQ(keys.find("one")->secret, "s-1");
  EXPECT_THAT(keys.find("one")->projects, ElementsAre("2", "3"));
  EXPECT_TRUE(keys.find("one")->active);
  ASSERT_NE(keys.find("two"), nullptr);
  EXPECT_FALSE(keys.find("two")->active);
  ASSERT_NE(keys.find("three"), nullptr);
  EXPECT_TRUE(keys.find("three")->may_act_in("2"));
  EXPECT_EQ(keys.find("ONE"), nullptr);
  EXPECT_EQ(keys.find(""), nullptr);
}

TEST(Keys, AreReadFromYaml) {
  const Keys keys = keys_of(
      "keys:\n"
      "  - id: 一\n"
      "    secret: 12345\n"
      "    projects: [2]\n"
      "    active: true\n"
      "  - {id: two, secret: \"a b\", projects: [\"*\"]}\n");
  ASSERT_NE(keys.find("一"), nullptr);
  EXPECT_EQ(keys.find("一")->secret, "12345");
  ASSERT_NE(keys.find("two"), nullptr);
  EXPECT_EQ(keys.find("two")->secret, "a b");
  EXPECT_EQ(keys_of("keys: []").size(), 0U);
}

TEST(Keys, ActInTheirProjectsAlone) {
  const Key key{"id", "secret", {"2", "30"}, true};
  EXPECT_TRUE(key.may_act_in("2"));
  EXPECT_TRUE(key.may_act_in("30"));
  for (const char* project : {"3", "0", "22", "", "*"}) EXPECT_FALSE(key.may_act_in(project)) << project;
  const Key all{"id", "secret", {"1", "*"}, true};
  EXPECT_TRUE(all.may_act_in("2"));
  EXPECT_TRUE(all.may_act_in(""));
  EXPECT_FALSE(Key{}.may_act_in(""));
}

struct WrongKeys {
  std::string text;
  Errc code;
  std::string line;  ///< its beginning
};

TEST(Keys, AreRefusedWithPlaceAndReasonButNoSecret) {
  const std::string first = "keys:\n- {id: a, secret: HUSH, projects: [\"2\"]}\n";
  const WrongKeys refusals[] = {
      {"", Errc::missing_field, "k.yaml:1: keys: is missing"},
      {"{}", Errc::missing_field, "k.yaml:1: keys: is missing"},
      {"HUSH", Errc::invalid_field, "k.yaml:1: not an object"},
      {"[HUSH]", Errc::invalid_field, "k.yaml:1: not an object"},
      {"keys: HUSH", Errc::invalid_field, "k.yaml:1: keys: not a list"},
      {"keys: {HUSH: 1}", Errc::invalid_field, "k.yaml:1: keys: not a list"},
      {"keys: []\nHUSH: 1", Errc::invalid_field, "k.yaml:2: a field that is not known; the fields are keys"},
      {"keys: []\n---\nkeys: [HUSH]", Errc::invalid_field, "k.yaml:3: more than one document"},
      {"keys: []\nkeys: []", Errc::duplicate_field, "k.yaml:2: a field is given twice"},
      {"keys: [HUSH]", Errc::invalid_field, "k.yaml:1: keys[0]: not an object"},
      {"keys: [null]", Errc::invalid_field, "k.yaml:1: keys[0]: not an object"},
      {"keys:\n- {}", Errc::missing_field, "k.yaml:2: keys[0].id: is missing"},
      {first + "- {id: b, projects: [\"2\"]}", Errc::missing_field, "k.yaml:3: keys[1].secret: is missing"},
      {"keys: [{id: a, secret: HUSH}]", Errc::missing_field, "k.yaml:1: keys[0].projects: is missing"},
      {"keys: [{id: '', secret: HUSH, projects: ['2']}]", Errc::invalid_field, "k.yaml:1: keys[0].id: not a"},
      {"keys: [{id: [HUSH], secret: HUSH, projects: ['2']}]", Errc::invalid_field,
       "k.yaml:1: keys[0].id: not"},
      {R"({"keys": [{"id": "a\nb", "secret": "HUSH", "projects": ["2"]}]})", Errc::invalid_field,
       "k.yaml:1: keys[0].id: not a text"},
      {"keys: [{id: a, secret: null, projects: ['2']}]", Errc::invalid_field,
       "k.yaml:1: keys[0].secret: not"},
      {"keys: [{id: a, secret: [HUSH], projects: ['2']}]", Errc::invalid_field, "k.yaml:1: keys[0].secret: "},
      {"keys: [{id: a, secret: \"HUSH\\u0007\", projects: ['2']}]", Errc::invalid_field,
       "k.yaml:1: keys[0].secret: not a text"},
      {"keys: [{id: a, secret: HUSH, projects: '2'}]", Errc::invalid_field,
       "k.yaml:1: keys[0].projects: not"},
      {"keys: [{id: a, secret: HUSH, projects: []}]", Errc::invalid_field, "k.yaml:1: keys[0].projects: not"},
      {"keys: [{id: a, secret: HUSH, projects: ['2', '']}]", Errc::invalid_field,
       "k.yaml:1: keys[0].projects[1]: not the ID"},
      {"keys: [{id: a, secret: HUSH, projects: ['2'], active: 1}]", Errc::invalid_field,
       "k.yaml:1: keys[0].active: neither true nor false"},
      {"keys: [{id: a, secret: HUSH, projects: ['2'], active: [true]}]", Errc::invalid_field,
       "k.yaml:1: keys[0].active: neither"},
      {"keys:\n- id: a\n  HUSH: 1", Errc::invalid_field, "k.yaml:3: keys[0]: a field that is not known"},
      {"keys:\n- ? [HUSH]\n  : 1", Errc::invalid_field, "k.yaml:2: a field's name is not text"},
      {"keys:\n- id: a\n  secret: HUSH\n  secret: HUSH", Errc::duplicate_field,
       "k.yaml:4: a field is given twice"},
      {first + "- {id: a, secret: HUSH2, projects: [\"3\"]}", Errc::duplicate_field,
       "k.yaml:3: keys[1].id: 'a' is the ID of an earlier key"},
      {"keys:\n- {id: a, secret: *HUSH, projects: ['2']}", Errc::invalid_field, "k.yaml:2: neither JSON nor"},
      {"keys:\n- {id: a, secret: \"HUSH", Errc::invalid_field, "k.yaml:2: neither JSON nor YAML"},
      {"keys:\n- {id: a, secret: \"HUSH\\q\"}", Errc::invalid_field, "k.yaml:2: neither JSON nor YAML"},
      {"keys:\n- {id: a, secret: HUSH, projects: [*]}", Errc::invalid_field,
       "k.yaml:2: neither JSON nor YAML"},
      {"{\"keys\": []} HUSH", Errc::invalid_field, "k.yaml"},
      {std::string(200'000, '['), Errc::too_large, "k.yaml:1: more than 32 lists and mappings"},
      {std::string((16U << 20U) + 1, ' '), Errc::too_large, "k.yaml: 16777217 bytes; at most 16 MiB"},
  };
  for (const WrongKeys& refusal : refusals) {
    const std::string text = refusal.text.substr(0, 200);
    const auto keys = Keys::parse(refusal.text, "k.yaml");
    ASSERT_FALSE(keys.has_value()) << text;
    EXPECT_EQ(keys.error().code, refusal.code) << text << "\n" << keys.error().line();
    EXPECT_TRUE(keys.error().line().starts_with(refusal.line)) << text << "\n" << keys.error().line();
    EXPECT_THAT(keys.error().line(), Not(HasSubstr("HUSH")));
    EXPECT_THAT(keys.error().line(), Not(HasSubstr("\n")));
  }
}

TEST(Keys, AreTenThousandAtMost) {
  std::string text = "keys:\n";
  for (std::size_t i = 0; i < Keys::max_keys; ++i)
    text += "- {id: k" + std::to_string(i) + ", secret: s, projects: ['2']}\n";
  EXPECT_EQ(keys_of(text).size(), Keys::max_keys);
  const auto keys = Keys::parse(text + "- {id: more, secret: s, projects: ['2']}\n", "k");
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, Errc::limit);
  EXPECT_EQ(keys.error().line(), "k:2: keys: 10001 keys; at most 10000");
}

class KeysFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "camfleet_keys_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path root_;
};

TEST_F(KeysFile, IsLoaded) {
  const auto path = root_ / "keys.json";
  std::ofstream(path) << R"({"keys": [{"id": "a", "secret": "s", "projects": ["2"]}]})";
  const auto keys = Keys::load(path);
  ASSERT_TRUE(keys.has_value()) << keys.error().line();
  ASSERT_NE(keys.value().find("a"), nullptr);
}

TEST_F(KeysFile, IsRefused) {
  const auto absent = Keys::load(root_ / "absent");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, Errc::not_found);
  EXPECT_EQ(absent.error().where, (root_ / "absent").string());
  const auto folder = Keys::load(root_);
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code, Errc::unreadable);
  std::ofstream(root_ / "bad") << "keys: [{id: a";
  const auto bad = Keys::load(root_ / "bad");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, Errc::invalid_field);
  EXPECT_THAT(bad.error().where, HasSubstr((root_ / "bad").string() + ":1"));
  std::ofstream(root_ / "big").close();
  std::filesystem::resize_file(root_ / "big", (16U << 20U) + 1);
  const auto big = Keys::load(root_ / "big");
  ASSERT_FALSE(big.has_value());
  EXPECT_EQ(big.error().code, Errc::too_large);
}

}  // namespace
}  // namespace camfleet::api
