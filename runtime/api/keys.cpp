#include "runtime/api/keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "actors/text.hpp"

namespace camfleet::api {
namespace {

constexpr std::uintmax_t max_bytes = 16U << 20U;

/// Reads the tree of a keys file. What it says of a value never shows it, unless it is an ID or a project.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  result<std::map<std::string, Key, std::less<>>> keys(const YAML::Node& root) const {
    if (!root.IsMap() && !root.IsNull())
      return fail(Errc::invalid_field, place(root, ""), R"(not an object; write {"keys": [...]})");
    CAMFLEET_CHECK(check_fields(root, "", {"keys"}, "keys"));
    CAMFLEET_TRY(const YAML::Node list, field(root, "", "keys"));
    if (!list.IsSequence()) return fail(Errc::invalid_field, place(list, "keys"), "not a list of keys");
    if (list.size() > Keys::max_keys)
      return fail(Errc::limit, place(list, "keys"),
                  std::to_string(list.size()) + " keys; at most " + std::to_string(Keys::max_keys));
    std::map<std::string, Key, std::less<>> keys;
    std::size_t index = 0;
    for (const auto& entry : list) {
      const std::string path = "keys[" + std::to_string(index++) + "]";
      CAMFLEET_TRY(Key one, key(entry, path));
      std::string id = one.id;
      if (!keys.try_emplace(id, std::move(one)).second)
        return fail(Errc::duplicate_field, place(entry["id"], path + ".id"),
                    quote(id) + " is the ID of an earlier key; give each key its own");
    }
    return keys;
  }

 private:
  result<Key> key(const YAML::Node& node, const std::string& path) const {
    if (!node.IsMap())
      return fail(Errc::invalid_field, place(node, path),
                  "not an object; write {\"id\": ..., \"secret\": ..., \"projects\": [...]}");
    CAMFLEET_CHECK(
        check_fields(node, path, {"id", "secret", "projects", "active"}, "id, secret, projects and active"));
    Key key;
    CAMFLEET_TRY(key.id, text(node, path, "id"));
    CAMFLEET_TRY(key.secret, text(node, path, "secret"));
    CAMFLEET_TRY(key.projects, projects(node, path));
    if (const YAML::Node active = node["active"]) {
      const auto value = parse_bool(active.IsScalar() ? active.Scalar() : "");
      if (!value) return fail(Errc::invalid_field, place(active, path + ".active"), "neither true nor false");
      key.active = *value;
    }
    return key;
  }

  result<std::vector<std::string>> projects(const YAML::Node& key, const std::string& path) const {
    CAMFLEET_TRY(const YAML::Node list, field(key, path, "projects"));
    const std::string inner = path + ".projects";
    if (!list.IsSequence() || list.size() == 0)
      return fail(Errc::invalid_field, place(list, inner),
                  R"(not a list of at least one project; write ["2"], or ["*"] for all projects)");
    std::vector<std::string> projects;
    for (const auto& entry : list) {
      if (!is_text(entry))
        return fail(Errc::invalid_field, place(entry, inner + "[" + std::to_string(projects.size()) + "]"),
                    "not the ID of a project; write it as text without control characters");
      projects.push_back(entry.Scalar());
    }
    return projects;
  }

  result<std::string> text(const YAML::Node& key, const std::string& path, const std::string& name) const {
    CAMFLEET_TRY(const YAML::Node value, field(key, path, name));
    if (!is_text(value))
      return fail(Errc::invalid_field, place(value, path + "." + name),
                  "not a text of one character or more, without control characters");
    return value.Scalar();
  }

  result<YAML::Node> field(const YAML::Node& object, const std::string& path, const std::string& name) const {
    if (const YAML::Node value = object[name]) return value;
    return fail(Errc::missing_field, place(object, inside(path, name)), "is missing");
  }

  /// A name that is not known is not shown: it may be a secret in the wrong place.
  result<void> check_fields(const YAML::Node& object, const std::string& path,
                            const std::set<std::string, std::less<>>& known, std::string_view list) const {
    std::set<std::string, std::less<>> seen;
    for (const auto& entry : object) {
      if (!entry.first.IsScalar() || !known.contains(entry.first.Scalar()))
        return fail(Errc::invalid_field, place(entry.first, path),
                    "a field that is not known; the fields are " + std::string(list));
      const std::string& name = entry.first.Scalar();
      if (!seen.insert(name).second)
        return fail(Errc::duplicate_field, place(entry.first, inside(path, name)),
                    "is given twice; give it once");
    }
    return success();
  }

  static bool is_text(const YAML::Node& node) {
    return node.IsScalar() && !node.Scalar().empty() && is_plain_utf8(node.Scalar());
  }

  static std::string inside(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  /// "NAME:LINE: PATH".
  std::string place(const YAML::Node& node, const std::string& path) const {
    const int line = node.IsDefined() ? std::max(node.Mark().line, 0) + 1 : 1;
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
  const std::string name = file.string();
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (status.type() == std::filesystem::file_type::not_found)
    return fail(Errc::not_found, name, "no such file; give the path of a keys file");
  if (status.type() == std::filesystem::file_type::none)
    return fail(Errc::unreadable, name, "cannot be read: " + code.message());
  if (!std::filesystem::is_regular_file(status))
    return fail(Errc::unreadable, name, "not a regular file; give the path of a keys file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(Errc::unreadable, name, std::string("cannot be read: ") + std::strerror(errno));
  const auto size = std::filesystem::file_size(file, code);
  if (!code && size > max_bytes)
    return fail(Errc::limit, name, std::to_string(size) + " bytes; at most 16 MiB");
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad()) return fail(Errc::unreadable, name, "cannot be read to its end");
  return parse(text.view(), name);
}

result<Keys> Keys::parse(std::string_view text, std::string_view name) {
  if (text.size() > max_bytes)
    return fail(Errc::limit, std::string(name), std::to_string(text.size()) + " bytes; at most 16 MiB");
  Keys keys;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1)
      return fail(Errc::invalid_field, std::string(name), "more than one document; write a single object");
    const YAML::Node root = documents.empty() ? YAML::Node() : documents.front();
    CAMFLEET_TRY(keys.keys_, Reader(name).keys(root));
    if (keys.size() > 0) keys.first_ = root["keys"][0]["id"].Scalar();
  } catch (const YAML::Exception& error) {
    // Its own words may quote the file, and with it a secret.
    const int line = std::max(error.mark.line, 0) + 1;
    return fail(Errc::invalid_field, std::string(name) + ":" + std::to_string(line),
                "neither JSON nor YAML from here on; look for an open quote or bracket, the indent, a * "
                "without quotes");
  }
  return keys;
}

const Key* Keys::find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace camfleet::api
