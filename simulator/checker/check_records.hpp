#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/base/error.hpp"
#include "simulator/checker/checker.hpp"

namespace camfleet::check {

/// Checks what a run left in `folder`: plan.json, ledger.jsonl and findings.jsonl. Errors: not_found,
/// unreadable, too_large, corrupt; invalid_field, missing_field with FILE:LINE; limit.
result<std::unique_ptr<Checker>> check_run(const std::filesystem::path& folder);

/// What a store does not say of its service.
struct StoreFacts {
  std::string zone;  ///< of schedules that name none
  /// Whether a device of the fleet file is live; none: it is not there.
  std::function<std::optional<bool>(const std::string& device)> is_live;
  std::function<bool(const std::string& url)> is_live_url;
};

/// Checks the store of a service, which may be in use. Errors: not_found, unsupported, io; invalid_field,
/// missing_field with the row; limit.
result<std::unique_ptr<Checker>> check_store(const std::filesystem::path& file, const StoreFacts& facts);

}  // namespace camfleet::check
