#include "runtime/api/keys.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/base/text.hpp"
#include "runtime/yaml/reader.hpp"
#include "runtime/yaml/text_file.hpp"
#include "runtime/yaml/value.hpp"

namespace camfleet::api {
namespace {

/// Reads the tree of a keys file. What it says of a value never shows it, unless it is an ID or a project.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  result<std::map<std::string, Key, std::less<>>> keys(const yaml::Value& root) const {
    if (!root.is_mapping() && !root.is_nothing())
      return fail(Errc::invalid_field, place(root, ""), R"(not an object; write {"keys": [...]})");
    CAMFLEET_CHECK(check_fields(root, "", {"keys"}, "keys"));
    CAMFLEET_TRY(const yaml::Value* const found, field(root, "", "keys"));
    const yaml::Value& list = *found;
    if (!list.is_list()) return fail(Errc::invalid_field, place(list, "keys"), "not a list of keys");
    if (list.items().size() > Keys::max_keys)
      return fail(Errc::limit, place(list, "keys"),
                  std::to_string(list.items().size()) + " keys; at most " + std::to_string(Keys::max_keys));
    std::map<std::string, Key, std::less<>> keys;
    std::size_t index = 0;
    for (const yaml::Value& entry : list.items()) {
      const std::string path = "keys[" + std::to_string(index++) + "]";
      CAMFLEET_TRY(Key one, key(entry, path));
      std::string id = one.id;
      if (!keys.try_emplace(id, std::move(one)).second)
        return fail(Errc::duplicate_field, place(*entry.find("id"), path + ".id"),
                    quote(id) + " is the ID of an earlier key; give each key its own");
    }
    return keys;
  }

 private:
  result<Key> key(const yaml::Value& node, const std::string& path) const {
    if (!node.is_mapping())
      return fail(Errc::invalid_field, place(node, path),
                  "not an object; write {\"id\": ..., \"secret\": ..., \"projects\": [...]}");
    CAMFLEET_CHECK(
        check_fields(node, path, {"id", "secret", "projects", "active"}, "id, secret, projects and active"));
    Key key;
    CAMFLEET_TRY(key.id, text(node, path, "id"));
    CAMFLEET_TRY(key.secret, text(node, path, "secret"));
    CAMFLEET_TRY(key.projects, projects(node, path));
    if (const yaml::Value* active = node.find("active")) {
      const auto value = parse_bool(active->text());
      if (!value)
        return fail(Errc::invalid_field, place(*active, path + ".active"), "neither true nor false");
      key.active = *value;
    }
    return key;
  }

  result<std::vector<std::string>> projects(const yaml::Value& key, const std::string& path) const {
    CAMFLEET_TRY(const yaml::Value* const found, field(key, path, "projects"));
    const yaml::Value& list = *found;
    const std::string inner = path + ".projects";
    if (!list.is_list() || list.items().empty())
      return fail(Errc::invalid_field, place(list, inner),
                  R"(not a list of at least one project; write ["2"], or ["*"] for all projects)");
    std::vector<std::string> projects;
    for (const yaml::Value& entry : list.items()) {
      if (!is_text(entry))
        return fail(Errc::invalid_field, place(entry, inner + "[" + std::to_string(projects.size()) + "]"),
                    "not the ID of a project; write it as text without control characters");
      projects.push_back(entry.text());
    }
    return projects;
  }

  result<std::string> text(const yaml::Value& key, const std::string& path, const std::string& name) const {
    CAMFLEET_TRY(const yaml::Value* const value, field(key, path, name));
    if (!is_text(*value))
      return fail(Errc::invalid_field, place(*value, path + "." + name),
                  "not a text of one character or more, without control characters");
    return value->text();
  }

  result<const yaml::Value*> field(const yaml::Value& object, const std::string& path,
                                   const std::string& name) const {
    if (const yaml::Value* value = object.find(name)) return value;
    return fail(Errc::missing_field, place(object, inside(path, name)), "is missing");
  }

  /// A name that is not known is not shown: it may be a secret in the wrong place.
  result<void> check_fields(const yaml::Value& object, const std::string& path,
                            const std::set<std::string, std::less<>>& known, std::string_view list) const {
    for (const yaml::Value::Entry& entry : object.entries()) {
      if (!known.contains(entry.name))
        return fail(Errc::invalid_field, place_at(entry.line, path),
                    "a field that is not known; the fields are " + std::string(list));
    }
    return success();
  }

  static bool is_text(const yaml::Value& node) { return !node.text().empty() && is_plain_utf8(node.text()); }

  static std::string inside(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  /// "NAME:LINE: PATH".
  std::string place(const yaml::Value& node, const std::string& path) const {
    return place_at(node.line(), path);
  }
  std::string place_at(int line, const std::string& path) const {
    std::string out = name_ + ":" + std::to_string(line);
    return path.empty() ? out : out + ": " + path;
  }

  std::string name_;
};

}  // namespace

bool Key::may_act_in(std::string_view project) const {
  return std::ranges::any_of(projects, [&](const std::string& one) { return one == "*" || one == project; });
}

result<Keys> Keys::load(const std::filesystem::path& file) {
  CAMFLEET_TRY(const std::string text, yaml::read_text_file(file.string(), "a keys file"));
  return parse(text, file.string());
}

result<Keys> Keys::parse(std::string_view text, std::string_view name) {
  CAMFLEET_TRY(const yaml::Value root, yaml::read_yaml(text, name, yaml::Quoting::hides));
  Keys keys;
  CAMFLEET_TRY(keys.keys_, Reader(name).keys(root));
  if (keys.size() > 0) keys.first_ = root.find("keys")->items().front().find("id")->text();
  return keys;
}

const Key* Keys::find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace camfleet::api
