#include "simulator/score/matching.hpp"

#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "simulator/score/height_class.hpp"
#include "simulator/score/object_labels.hpp"

namespace camfleet::testing {
namespace {

using namespace camfleet::score;
using scene::ObjectClass;

/// "p 10 20 30 60" a person, "f …" a face; "/300" behind it: so many per mille are in view.
scene::Seen object(const std::string& text) {
  std::istringstream in(text);
  char kind = 0;
  scene::Seen seen;
  char slash = 0;
  in >> kind >> seen.box.x >> seen.box.y >> seen.box.w >> seen.box.h >> slash >> seen.per_mille;
  if (slash == 0) seen.per_mille = 1000;
  seen.kind = kind == 'p' ? ObjectClass::person : ObjectClass::face;
  return seen;
}

FoundBox box(const std::string& text) {
  const scene::Seen seen = object(text);
  FoundBox found;
  found.x = static_cast<std::int16_t>(seen.box.x);
  found.y = static_cast<std::int16_t>(seen.box.y);
  found.w = static_cast<std::int16_t>(seen.box.w);
  found.h = static_cast<std::int16_t>(seen.box.h);
  found.kind = seen.kind;
  return found;
}

/// What became of each box: the position of its object, "-" wrong, "i" ignored.
std::string fates(const std::vector<std::string>& truth, const std::vector<std::string>& boxes) {
  std::vector<scene::Seen> objects;
  std::vector<FoundBox> found;
  for (const std::string& text : truth) objects.push_back(object(text));
  for (const std::string& text : boxes) found.push_back(box(text));
  Matches matches;
  match(objects, found, matches);
  std::string text;
  for (const auto& [fate, at] : matches.boxes)
    text += fate == Fate::right ? std::to_string(at) : fate == Fate::wrong ? "-" : "i";
  return text;
}

TEST(Matching, GivesEachBoxTheBestFreeObjectOfItsClass) {
  struct Row {
    const char* what;
    std::vector<std::string> truth;
    std::vector<std::string> boxes;
    const char* fates;
  };
  const Row table[] = {
      {"the same place", {"p 10 10 20 40"}, {"p 10 10 20 40"}, "0"},
      {"another class", {"p 10 10 20 40"}, {"f 10 10 20 40"}, "-"},
      {"a half is enough: 400 of 800", {"p 0 0 20 40"}, {"p 0 0 20 20"}, "0"},
      {"a little less is not", {"p 0 0 20 40"}, {"p 0 0 20 19"}, "-"},
      {"an object is found once", {"p 0 0 20 40"}, {"p 0 0 20 39", "p 0 0 20 40"}, "0-"},
      {"the better of two", {"p 0 0 20 40", "p 4 0 20 40"}, {"p 4 0 20 40", "p 4 0 20 40"}, "10"},
      {"the first of two alike", {"p 0 0 20 40", "p 0 0 20 40"}, {"p 0 0 20 40"}, "0"},
      {"less than half in view is nobody's", {"p 0 0 20 40 /499"}, {"p 0 0 20 40", "p 0 0 20 40"}, "ii"},
      {"half in view counts", {"p 0 0 20 40 /500"}, {"p 0 0 20 40", "p 0 0 20 40"}, "0-"},
      {"who counts comes first", {"p 0 0 20 40 /100", "p 3 0 20 40"}, {"p 0 0 20 40"}, "1"},
      {"what is left goes to who does not",
       {"p 3 0 20 40", "p 0 0 20 40 /100"},
       {"p 0 0 20 40", "p 0 0 20 40"},
       "0i"},
      {"no area", {"p 0 0 20 40"}, {"p 0 0 0 0"}, "-"},
      {"nothing", {}, {"p 0 0 20 40"}, "-"}};
  for (const Row& row : table) EXPECT_EQ(fates(row.truth, row.boxes), row.fates) << row.what;
}

TEST(HeightClasses, AreNamedByTheirLowerEnds) {
  const std::pair<int, const char*> table[] = {{0, "0"},   {19, "0"},   {20, "20"},   {31, "20"},
                                               {32, "32"}, {47, "40"},  {48, "48"},   {89, "64"},
                                               {90, "90"}, {129, "90"}, {130, "130"}, {2160, "130"}};
  for (const auto& [height, name] : table) EXPECT_EQ(height_names[height_class(height)], name) << height;
}

TEST(ObjectLabels, AreThoseOfTheCatalogue) {
  const auto catalogue = vision::Catalogue::built_in();
  const auto owes = [&](const char* id) {
    std::string text;
    const ClassSet classes = classes_of(*catalogue.find(id));
    for (std::size_t i = 0; i < scene::class_names.size(); ++i) {
      const auto kind = static_cast<ObjectClass>(i);
      if (classes.has(kind))
        text += std::string(scene::class_names[i]) + "=" + label_of(*catalogue.find(id), kind) + " ";
    }
    return text;
  };
  EXPECT_EQ(owes("1"), "face=face ");
  EXPECT_EQ(owes("2"), "person=person ");
  EXPECT_EQ(owes("3"), "") << "motion owes nothing";
  EXPECT_EQ(owes("4"), "person=person vehicle=car ");
  EXPECT_EQ(owes("5"), "face=face ");
  EXPECT_EQ(class_of("Bus"), ObjectClass::vehicle);
  EXPECT_EQ(class_of("license plate"), ObjectClass::plate);
  EXPECT_EQ(class_of("teddy bear"), std::nullopt);
}

}  // namespace
}  // namespace camfleet::testing
