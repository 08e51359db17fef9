#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "actors/base/error.hpp"

namespace camfleet::cli {

/// Node processes of this program with footage that costs nothing: made before this process has threads, they
/// wait for the port where they are to join.
class ForkedNodes {
 public:
  /// Makes the keys of so many nodes in `folder`, and their processes. Errors: io, limit; those of the keys.
  static result<ForkedNodes> make(const std::filesystem::path& folder, std::uint32_t count);
  ~ForkedNodes();
  ForkedNodes(ForkedNodes&& other) noexcept;
  ForkedNodes(const ForkedNodes&) = delete;
  ForkedNodes& operator=(const ForkedNodes&) = delete;
  ForkedNodes& operator=(ForkedNodes&&) = delete;

  void join(std::uint16_t port);

 private:
  ForkedNodes() = default;
  struct Child {
    pid_t pid = -1;
    int port_pipe = -1;
  };
  std::vector<Child> children_;
};

/// As a roster and a node know it.
std::string node_name(std::uint32_t number);

}  // namespace camfleet::cli
