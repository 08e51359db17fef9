#pragma once

#include <set>
#include <string>
#include <vector>

#include "actors/base/error.hpp"
#include "runtime/plant/problem_log.hpp"
#include "simulator/scenario.hpp"

namespace camfleet::cli {

/// The devices that the command line names, each with an id of its own.
class FootageArguments {
 public:
  explicit FootageArguments(plant::ProblemLog& problems) : problems_(&problems) {}

  /// A file, a folder or a URL. A folder of clips is its clips, one device each, in natural order; a folder
  /// without any is a set of pictures. Errors: not_found, forbidden, unreadable, too_large, invalid_field.
  result<void> add(const std::string& argument);

  [[nodiscard]] std::vector<sim::ScenarioDevice>& devices() { return devices_; }

 private:
  /// `query` with its question mark, or empty.
  result<void> add_folder(const std::string& path, const std::string& query, const std::string& argument);
  /// An id is the name, made unique by a number.
  result<void> add_device(std::string name, std::string source, const std::string& argument);

  plant::ProblemLog* problems_;
  std::vector<sim::ScenarioDevice> devices_;
  std::set<std::string> taken_;
};

}  // namespace camfleet::cli
