#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/store/store.hpp"

namespace camfleet::service {

/// Whether the streams of devices are pulled, whatever the instances say, where that was switched: by device,
/// and project of the instance. Thread-safe.
class StreamSwitches {
 public:
  void set(const store::StreamSwitch& one);
  /// None: as the instance says.
  [[nodiscard]] std::optional<bool> find(std::string_view device, std::string_view project) const;
  [[nodiscard]] bool empty() const;
  void drop(std::string_view device);
  /// Drops those of every device that `is_known` does not know; gives them.
  std::vector<std::string> keep_only(const std::function<bool(const std::string&)>& is_known);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, bool, std::less<>>, std::less<>> switched_;
};

}  // namespace camfleet::service
