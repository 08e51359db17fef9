#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "actors/base/error.hpp"
#include "runtime/link/certificate.hpp"

namespace camfleet::link {

/// A CURVE key pair of ZeroMQ, as 40 characters of Z85 each.
struct CurveKeys {
  std::string public_key;
  std::string secret_key;
};

/// What a process proves itself with, and knows the other side by.
struct OwnKeys {
  std::string authority;  ///< the certificate of who signs
  Certificate own;
  CurveKeys curve;
};

/// What a node is known by; anything else of its name is refused.
struct ListedNode {
  std::string name;
  std::string fingerprint;  ///< of its certificate
  std::string curve_key;    ///< its public one
};

/// The keys of a cluster: a folder on the scheduler's machine, with one folder for each node, which goes to
/// that node's machine.
///
///     DIR/authority/    certificate.pem key.pem                       who signs; needed to add nodes alone
///     DIR/scheduler/    authority.pem certificate.pem key.pem curve.public curve.secret
///     DIR/nodes/NAME/   the same, and scheduler-curve.public
///
/// Folders are of mode 0700 and files of 0600. A node is in the list as long as its folder is there with
/// certificate.pem and curve.public, by which it is known; its secrets need not stay there.
class ClusterKeys {
 public:
  explicit ClusterKeys(const std::filesystem::path& folder);

  /// Makes the folder. Errors: invalid_field: something is in it; io.
  [[nodiscard]] result<void> init() const;
  /// Makes the folder of a new node, which is answered. Errors: invalid_field: such a node is there, or that
  /// is no name; limit: as many nodes as can be; not_found: the cluster's folder was not made; unreadable,
  /// io.
  [[nodiscard]] result<std::filesystem::path> add(std::string_view name) const;
  /// Strikes a node from the list. Errors: not_found, io.
  [[nodiscard]] result<void> remove(std::string_view name) const;

  /// The scheduler's own. Errors: not_found, unreadable, io.
  [[nodiscard]] result<OwnKeys> scheduler() const;
  /// The nodes that are in the list, by name. Errors: not_found, unreadable, limit, io.
  [[nodiscard]] result<std::map<std::string, ListedNode, std::less<>>> nodes() const;

 private:
  std::filesystem::path folder_;
};

/// A node's own, and the scheduler's public CURVE key.
struct NodeKeys {
  OwnKeys own;
  std::string scheduler_curve;
};
/// Reads a node's folder. Errors: not_found, unreadable, io.
result<NodeKeys> read_node_keys(const std::filesystem::path& folder);

/// 1 to 64 of a–z, 0–9 and `-`. Errors: invalid_field.
result<void> check_node_name(std::string_view name);

}  // namespace camfleet::link
