#include "simulator/scene/scene.hpp"

#include <string>

namespace camfleet::scene {

std::string_view to_text(Scene scene) {
  return scene_names[static_cast<std::size_t>(scene)];
}

bool is_told(Scene scene, ObjectClass kind) {
  switch (scene) {
    case Scene::street:
    case Scene::night:
    case Scene::yard:
    case Scene::crowd:
      return kind != ObjectClass::face;
    case Scene::lobby:
      return kind != ObjectClass::person;
    case Scene::empty:
    case Scene::card:
      return true;
  }
  return true;
}

std::string_view to_text(ObjectClass kind) {
  return class_names[static_cast<std::size_t>(kind)];
}

result<Scene> parse_scene(std::string_view name) {
  for (std::size_t i = 0; i < scene_names.size(); ++i)
    if (scene_names[i] == name) return static_cast<Scene>(i);
  std::string known;
  for (const std::string_view each : scene_names) known += (known.empty() ? "" : ", ") + std::string(each);
  return fail(Errc::invalid_field, "scene", "\"" + std::string(name) + "\" is none; there are " + known);
}

}  // namespace camfleet::scene
