#pragma once

#include <filesystem>
#include <functional>
#include <memory>
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
  /// Whether a device is live, by its id and (where the store has it) its URL.
  std::function<bool(const std::string& device, const std::string& url)> is_live;
};

/// Checks the store of a service, which may be in use. Errors: not_found, unsupported, io; invalid_field,
/// missing_field with the row; limit.
result<std::unique_ptr<Checker>> check_store(const std::filesystem::path& file, const StoreFacts& facts);

}  // namespace camfleet::check
