#include "runtime/yaml/reader.hpp"

#include <gtest/gtest.h>

#include "runtime/yaml/text_file.hpp"

namespace camfleet::yaml {
namespace {

using std::string;

/// Everything of a value, on one line.
string shown(const Value& value) {
  string out;
  if (value.is_nothing()) out = "~";
  if (value.is_text()) out = value.is_quoted() ? '"' + value.text() + '"' : value.text();
  for (const Value& item : value.items()) out += (out.empty() ? "[" : ",") + shown(item);
  if (value.is_list()) out += out.empty() ? "[]" : "]";
  for (const auto& [name, line, inner] : value.entries()) {
    out += out.empty() ? "{" : ",";
    out += name + "@" + std::to_string(line) + ":" + shown(inner);
  }
  if (value.is_mapping()) out += out.empty() ? "{}" : "}";
  return out;
}

string read(const string& text, Quoting quoting = Quoting::quotes) {
  const auto value = read_yaml(text, "f.yaml", quoting);
  return value.has_value() ? shown(value.value()) : "error: " + value.error().line();
}

string repeated(const string& text, int times) {
  string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Yaml, IsReadAsItIsWritten) {
  EXPECT_EQ(read(""), "~");
  EXPECT_EQ(read("# nothing\n"), "~");
  EXPECT_EQ(read("~"), "~");
  EXPECT_EQ(read("a: |\n  text\n  more\n"), "{a@1:\"text\nmore\n\"}");
  EXPECT_EQ(read("a: 1\n\nb: [x, 'y', ~]\nc: {d: 0x1, e: true}\nf: []\ng: {}"),
            R"({a@1:1,b@3:[x,"y",~],c@4:{d@4:0x1,e@4:true},f@5:[],g@6:{}})");
  EXPECT_EQ(read(R"({"a": ["1", 2, null]})"), R"({a@1:["1",2,~]})");
}

TEST(Yaml, AnAliasIsWhatItStandsFor) {
  EXPECT_EQ(read("a: &x [1, &y 2]\nb: *x\nc: {d: *y}"), "{a@1:[1,2],b@2:[1,2],c@3:{d@3:2}}");
  EXPECT_EQ(read("a: &x 1\nb: &x 2\nc: *x"), "{a@1:1,b@2:2,c@3:2}");
}

TEST(Yaml, NothingHoldsItself) {
  for (const char* text : {"x: &a [*a]", "&a [*a]", "&a {b: *a}", "x: &a {b: [1, {c: *a}]}"})
    EXPECT_EQ(read(text).rfind("error: f.yaml:1: ", 0), 0U) << text << ": " << read(text);
  EXPECT_EQ(read("x: &a [*a]"),
            "error: f.yaml:1: an alias stands within its own anchor; a value cannot hold itself");
}

TEST(Yaml, ANameStandsOnce) {
  EXPECT_EQ(read("a: 1\nb: {c: 1,\n c: 2}"), "error: f.yaml:3: 'c' is given twice; give it once");
  EXPECT_EQ(read("a: 1\nb: {c: 1,\n c: 2}", Quoting::hides),
            "error: f.yaml:3: a field is given twice; give it once");
  EXPECT_EQ(read("rtsp://u:HUSH@h: 1\nrtsp://u:HUSH@h: 2"),
            "error: f.yaml:2: a field is given twice; give it once");
  EXPECT_EQ(read("a: 1\n[b]: 2"), "error: f.yaml:2: a field's name is not text");
  EXPECT_EQ(read("~: 1"), "error: f.yaml:1: a field's name is not text");
}

TEST(Yaml, IsOneDocument) {
  for (const char* text : {"---\na: 1\n...\n", "\na: 1\n---\n", "\na: 1\n---\n# no more\n---\n~\n"})
    EXPECT_EQ(read(text), "{a@2:1}") << text;
  EXPECT_EQ(read("a: 1\n---\nb: 2"), "error: f.yaml:3: more than one document; write a single one");
}

TEST(Yaml, WhatIsNoneComesToAnEnd) {
  for (const char* text : {", a: \"b\", 'c", ",", "a: 1\n,", "]"})
    EXPECT_EQ(read(text).rfind("error: f.yaml", 0), 0U) << text << ": " << read(text);
}

TEST(Yaml, WhatIsNoneSaysWhere) {
  EXPECT_EQ(read("a: 1\nb: [").rfind("error: f.yaml:2: not YAML: ", 0), 0U) << read("a: 1\nb: [");
  EXPECT_EQ(
      read("a: 1\nb: *secret", Quoting::hides),
      "error: f.yaml:2: neither JSON nor YAML from here on; look for an open quote or bracket, the indent, a "
      "* without quotes");
  for (const string& text :
       {string("a: \x01"), string("\xff\xfe"), string("a\0b", 3), string("%YAML 9.9\n---\na"), string("!<"),
        string("&"), string("? "), string("- - - -\n -")})
    std::ignore = read(text);
}

TEST(Yaml, HasLimits) {
  EXPECT_EQ(read(repeated("[", max_depth) + "x" + repeated("]", max_depth)).front(), '[');
  string anchored;
  for (int i = 0; i < 28; ++i) anchored += "&a" + std::to_string(i) + " [";
  anchored += repeated("1,", 200'000) + repeated("]", 28);
  EXPECT_EQ(read(anchored), "error: f.yaml:1: more than 2000000 values") << "each anchor keeps what it names";
  EXPECT_EQ(read(repeated("[", max_depth + 1) + repeated("]", max_depth + 1)),
            "error: f.yaml:1: more than 32 lists and mappings in each other");
  EXPECT_EQ(read(repeated("[", 100'000)).rfind("error: f.yaml:1: ", 0), 0U);
  EXPECT_EQ(read(repeated("{a: ", 100'000)).rfind("error: f.yaml:1: ", 0), 0U);
  string bomb = "a0: &a0 [" + repeated("x,", 9) + "x]\n";
  for (int i = 1; i < 9; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
            repeated("*a" + std::to_string(i - 1) + ",", 9) + "*a" + std::to_string(i - 1) + "]\n";
  EXPECT_EQ(read(bomb), "error: f.yaml:6: more than 2000000 values");
  EXPECT_EQ(read(string(max_bytes + 1, ' ')), "error: f.yaml: 16777217 bytes; at most 16 MiB");
}

}  // namespace
}  // namespace camfleet::yaml
