#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/api/api_error.hpp"
#include "runtime/api/backend.hpp"

namespace camfleet::api {

enum class FieldType { text, whole, boolean, list };

/// One parameter of an action.
struct Field {
  std::string_view name;
  FieldType type = FieldType::text;
  bool required = false;
  std::string_view about{};
  std::int64_t least = 0;  ///< whole: the range
  std::int64_t most = INT64_MAX;
  std::size_t longest = 128;               ///< text: characters; list: entries
  std::vector<std::string_view> values{};  ///< text: the only ones; empty: any
};

/// How the answers of a family of actions look.
enum class Family {
  instance,  ///< Code "0", Message "SUCCESS", Success true
  device,    ///< Code "200", Message "success"
};

/// What a call leaves behind.
enum class Effect { reads, changes };

/// What a call costs, and so who does it.
enum class Work {
  quick,     ///< whoever took it
  reads,     ///< looks through the store
  pictures,  ///< decodes pictures or footage
  asks       ///< waits for a camera's server
};

/// A call whose signature and fields have been checked.
class Call {
 public:
  Call(nlohmann::json fields, Projects projects, std::string project)
      : fields_(std::move(fields)), projects_(std::move(projects)), project_(std::move(project)) {}

  [[nodiscard]] const nlohmann::json& fields() const { return fields_; }
  /// What the caller's key may see, narrowed to ProjectId where that is given.
  [[nodiscard]] const Projects& projects() const { return projects_; }
  /// Where what it makes belongs.
  [[nodiscard]] const std::string& project() const { return project_; }

  /// Empty when it is absent.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::int64_t whole(std::string_view name, std::int64_t otherwise) const;
  /// ISO 8601 with zone, milliseconds since 1970, or a wall time "2026-03-02 10:00:00" of `zone`, where there
  /// is one; none: absent. Errors: invalid_field.
  [[nodiscard]] result<std::optional<Instant>> instant(std::string_view name,
                                                       const std::string& zone = "") const;
  /// Entries as texts; a field of kind `list` has been brought into this form.
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

 private:
  nlohmann::json fields_;
  Projects projects_;
  std::string project_;
};

/// What an action says: the text of a JSON object, of the members of its answer beside Code, Message,
/// RequestId and Success.
using Finish = std::function<void(api_result<std::string>)>;

/// Of the body of an action that says nothing else, in bytes.
inline constexpr std::size_t usual_body = 4UL * 1024 * 1024;

struct Action {
  std::string_view name;
  std::string_view about{};
  bool is_extension = false;  ///< of our own, not one of the vendor's
  Family family = Family::instance;
  Effect effect = Effect::changes;
  std::vector<Field> fields;
  std::string_view example;  ///< the parameters of a request, as a query
  void (*run)(Backend& backend, const Call& call, const Finish& finish) = nullptr;
  std::size_t most_body = usual_body;  ///< bytes
  Work (*work)(const Call& call) = [](const Call& /*call*/) { return Work::quick; };
};

inline Work reads(const Call& /*call*/) {
  return Work::reads;
}
inline Work decodes(const Call& /*call*/) {
  return Work::pictures;
}

/// Every action, by name: the only list. It dispatches, checks fields, and makes the OpenAPI file.
const std::vector<Action>& actions();
const Action* find_action(std::string_view name);

std::vector<Action> instance_actions();
std::vector<Action> result_actions();
std::vector<Action> device_actions();
std::vector<Action> source_actions();
std::vector<Action> event_actions();
std::vector<Action> node_actions();

/// The error of an action as its caller is told: a field that is absent is 400 Missing<Name>, one that is
/// there twice 400 InvalidParameter, everything else 500 RequestFailed.
ApiError to_api(const Error& error);

/// Brings the fields of a request into the form that Call promises; those that the action does not know are
/// dropped. Errors: as to_api has them.
api_result<nlohmann::json> check_fields(const Action& action, nlohmann::json fields);

}  // namespace camfleet::api
