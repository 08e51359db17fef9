#include "simulator/score/object_labels.hpp"

#include <algorithm>
#include <utility>

#include "actors/base/text.hpp"

namespace camfleet::score {
namespace {

using scene::ObjectClass;

/// The names of COCO, of Open Images and of the usual detectors of one class.
constexpr std::pair<std::string_view, ObjectClass> labels[] = {
    {"person", ObjectClass::person},       {"people", ObjectClass::person},
    {"pedestrian", ObjectClass::person},   {"body", ObjectClass::person},
    {"face", ObjectClass::face},           {"human face", ObjectClass::face},
    {"plate", ObjectClass::plate},         {"license plate", ObjectClass::plate},
    {"licence plate", ObjectClass::plate}, {"license_plate", ObjectClass::plate},
    {"number plate", ObjectClass::plate},  {"vehicle registration plate", ObjectClass::plate},
    {"vehicle", ObjectClass::vehicle},     {"car", ObjectClass::vehicle},
    {"bus", ObjectClass::vehicle},         {"truck", ObjectClass::vehicle},
    {"lorry", ObjectClass::vehicle},       {"van", ObjectClass::vehicle},
    {"motorcycle", ObjectClass::vehicle},  {"motorbike", ObjectClass::vehicle}};

}  // namespace

std::optional<ObjectClass> class_of(std::string_view label) {
  const auto* found = std::ranges::find(labels, label, &std::pair<std::string_view, ObjectClass>::first);
  if (found != std::end(labels)) return found->second;
  const std::string lower = to_lower(label);
  return lower == label ? std::nullopt : class_of(lower);
}

ClassSet classes_told(scene::Scene scene) {
  ClassSet classes;
  for (std::size_t i = 0; i < scene::class_names.size(); ++i) {
    const auto kind = static_cast<scene::ObjectClass>(i);
    if (scene::is_told(scene, kind)) classes.add(kind);
  }
  return classes;
}

ClassSet classes_of(const vision::Algorithm& algorithm) {
  ClassSet classes;
  for (const vision::Variant& variant : algorithm.variants) {
    for (const std::string& label : variant.labels) {
      if (const auto kind = class_of(label)) classes.add(*kind);
    }
  }
  return classes;
}

std::string label_of(const vision::Algorithm& algorithm, ObjectClass kind) {
  for (const vision::Variant& variant : algorithm.variants) {
    for (const std::string& label : variant.labels) {
      if (class_of(label) == kind) return label;
    }
  }
  return {};
}

}  // namespace camfleet::score
