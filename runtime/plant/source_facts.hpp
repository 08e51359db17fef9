#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/roster.hpp"
#include "runtime/media/registry.hpp"

namespace camfleet::plant {

/// How long one server is asked, and all of them together.
inline constexpr Duration ask_limit = seconds(2);
inline constexpr Duration ask_all_limit = seconds(10);

/// What was found out about sources beyond their URLs, by URL: what they are, as their servers said, and how
/// long their footage is. Each is asked and read once. Thread-safe; nobody waits for another's reading.
class SourceFacts {
 public:
  /// Asks the servers of those whose URLs leave open what they are, 32 at a time; who does not answer, or has
  /// not been asked when ask_all_limit is over, is what its URL says, and live in doubt.
  void ask(std::span<const std::string> sources, const media::SourceRegistry& registry);
  /// It is known already, from when the device was made.
  void know(const std::string& source, DeviceKind kind);

  /// What a device of this URL is.
  [[nodiscard]] DeviceKind kind_of(const media::SourceUrl& url, const media::SourceRegistry& registry) const;

  /// Where servers said another kind than the URL alone does: a line for each, for who reads the log.
  [[nodiscard]] std::vector<Error> surprises() const;

  /// See plant::measure.
  result<void> measure(DeviceEntry& device, const media::SourceRegistry& sources);

 private:
  struct Asked {
    media::SourceUrl url;
    DeviceKind guess = DeviceKind::live;
  };
  struct Measured {
    DeviceEntry device;  ///< one with that source
    result<void> outcome;
  };

  /// Of these, those whose servers are to be asked.
  [[nodiscard]] std::vector<Asked> open_questions(std::span<const std::string> sources,
                                                  const media::SourceRegistry& registry) const;
  void take(const Asked& asked, const result<media::SourceTraits>& said);

  mutable std::mutex mutex_;
  std::map<std::string, DeviceKind, std::less<>> kinds_;
  std::vector<Error> surprises_;
  std::map<std::string, Measured, std::less<>> measured_;
};

}  // namespace camfleet::plant
